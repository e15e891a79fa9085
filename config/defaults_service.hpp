#pragma once

#include <chrono>

/// What a node tells systemd, where systemd runs it.
namespace bramble::defaults {

/// Signs of life come so many times in the watchdog's interval: even one that waited for all of its
/// answers until they were given up is in time.
inline constexpr int beats_in_watchdog_interval = 4;

/// Without a watchdog there is only the status text, for people.
inline constexpr std::chrono::milliseconds status_text_interval{10'000};

}  // namespace bramble::defaults
