#pragma once

#include <cstdint>
#include <string>

/// Figures as people read them.
namespace bramble {

/// A time with the digits that matter: "12.3", "688".
std::string format_ms(double ms);

/// "24 %" of 0.24.
std::string percent(double share);

/// "40 s", "12 min", "3 h".
std::string format_duration(double seconds);

/// A rate likewise: "290", "19.1", "0.45"; "-" for none.
std::string format_mbit(double mbit);

/// "5.3 MB", "12 kB", "40 B".
std::string format_bytes(std::uint64_t bytes);

}  // namespace bramble
