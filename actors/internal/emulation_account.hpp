#pragma once

#include <atomic>
#include <cstdint>

namespace bramble {

/// How well this machine keeps up with the device that it emulates: the executor counts, whoever
/// tells of the node reads. On any thread.
struct emulation_account {
  std::atomic<std::uint64_t> held_us{0};  ///< what pieces should have taken
  std::atomic<std::uint64_t> lost_us{0};  ///< what they took longer

  /// 0.003: it was 0.3 % too slow. 0 where nothing was emulated.
  double overrun() const {
    const auto held = held_us.load(std::memory_order_relaxed);
    return held == 0 ? 0
                     : static_cast<double>(lost_us.load(std::memory_order_relaxed)) /
                           static_cast<double>(held);
  }
};

}  // namespace bramble
