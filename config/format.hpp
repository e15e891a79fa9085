#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Figures and lists as people read them.
namespace bramble {

/// So many digits after the point: "3.40".
std::string fixed(double value, int digits);

/// "a, b, c", and "a, b and c"; empty for none.
std::string joined(const std::vector<std::string>& texts);
std::string listed(const std::vector<std::string>& texts);

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
