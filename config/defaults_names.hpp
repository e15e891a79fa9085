#pragma once

#include <cstddef>

/// The numbers behind the names of models on a shelf.
namespace bramble::defaults {

/// Decisions about a name that its record remembers. A node that missed more of them than that
/// says "conflict" where it could have caught up.
inline constexpr std::size_t name_history_most = 16;

/// Digits of a SHA-256 that tell one decision about a name from another: nobody forges them, since
/// whoever tells of names has a key of the cluster.
inline constexpr std::size_t name_stamp_digits = 16;

/// A file of a store that says what a name means: an identity and the history, a line each.
inline constexpr std::size_t name_file_limit_bytes = 4096;

/// A label is a word or a few; the longest of ImageNet has 121 characters.
inline constexpr std::size_t label_bytes_most = 400;

}  // namespace bramble::defaults
