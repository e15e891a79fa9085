#include "config/format.hpp"

#include <cmath>
#include <cstdio>

namespace bramble {
std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

std::string listed(const std::vector<std::string>& texts) {
  std::string out;
  for (std::size_t i = 0; i < texts.size(); ++i)
    out += (i == 0 ? "" : i + 1 == texts.size() ? " and " : ", ") + texts[i];
  return out;
}

std::string format_ms(double ms) {
  return fixed(ms, ms < 99.95 ? 1 : 0);
}

std::string percent(double share) {
  return std::to_string(std::lround(share * 100)) + " %";
}

std::string format_duration(double seconds) {
  if (seconds < 120) return fixed(seconds, 0) + " s";
  if (seconds < 7200) return fixed(seconds / 60, 0) + " min";
  return fixed(seconds / 3600, 0) + " h";
}

std::string format_mbit(double mbit) {
  if (mbit <= 0) return "-";
  return fixed(mbit, mbit < 0.995 ? 2 : mbit < 99.95 ? 1 : 0);
}

std::string format_bytes(std::uint64_t bytes) {
  const auto size = static_cast<double>(bytes);
  if (size >= 1e6) return fixed(size / 1e6, 1) + " MB";
  if (size >= 1e3) return fixed(size / 1e3, 0) + " kB";
  return fixed(size, 0) + " B";
}

}  // namespace bramble
