#pragma once

#include <chrono>
#include <cstddef>

/// Which of a peer's addresses a link for tensors goes over, where there are several.
namespace bramble::defaults {

/// A link moves only while neither side has sent or got tensors or weights for so long: what is on
/// its way when a connection is replaced would have to be sent again.
inline constexpr std::chrono::milliseconds path_quiet{2'000};

/// Another address has to be faster by this factor: rates of one path differ by a tenth from one
/// measurement to the next, those of a cable and a wireless card twofold and more.
inline constexpr double path_gain = 1.25;

/// A link that was moved to what was faster stays for so long. Back from an address that was only
/// tried it goes at once.
inline constexpr std::chrono::seconds path_stay{30};

/// An address that did not answer is tried again after this.
inline constexpr std::chrono::minutes path_retry{10};

/// Addresses of one peer that are tried without any of them being known: its cable, its wireless
/// card, and a third.
inline constexpr std::size_t paths_tried_most = 3;

}  // namespace bramble::defaults
