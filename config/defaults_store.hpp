#pragma once

#include <chrono>
#include <cstddef>

/// The numbers behind looking at the models of a node; the rest is in config/defaults.hpp.
namespace bramble::defaults {

/// Digits of an identity, or of another SHA-256, that people are shown.
inline constexpr std::size_t identity_digits_shown = 12;

/// An import ends with two files in a row, the manifest and the name: one look for both.
inline constexpr std::chrono::milliseconds store_settle{200};

/// How often the folders' times are compared where the kernel tells of changes: for what it does
/// not tell of, such as a medium mounted over the folder or another machine's writing to it.
inline constexpr std::chrono::milliseconds store_glance{30'000};

/// And where it tells nothing (no inotify, or no watch left for this user). Four files are looked
/// at, not all of the store.
inline constexpr std::chrono::milliseconds store_glance_alone{3000};

/// Decoded manifests that an actor keeps, the last used ones: that of Inception-v4 takes 0.3 MB.
inline constexpr std::size_t manifests_kept = 32;

/// What reading a manifest may take, and those asked for before it. A card that is slow, not
/// broken, gives its 0.1 to 1 MB in well under a second.
inline constexpr std::chrono::milliseconds manifest_patience{60'000};

}  // namespace bramble::defaults
