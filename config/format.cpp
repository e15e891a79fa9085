#include "config/format.hpp"

#include <cmath>
#include <cstdarg>
#include <cstdio>

namespace bramble {
namespace {

__attribute__((format(printf, 1, 2))) std::string format(const char* pattern, ...) {
  char text[256];
  va_list arguments;
  va_start(arguments, pattern);
  std::vsnprintf(text, sizeof text, pattern, arguments);
  va_end(arguments);
  return text;
}

}  // namespace

std::string format_ms(double ms) {
  return format(ms < 99.95 ? "%.1f" : "%.0f", ms);
}

std::string percent(double share) {
  return std::to_string(std::lround(share * 100)) + " %";
}

std::string format_duration(double seconds) {
  if (seconds < 120) return format("%.0f s", seconds);
  if (seconds < 7200) return format("%.0f min", seconds / 60);
  return format("%.0f h", seconds / 3600);
}

std::string format_mbit(double mbit) {
  if (mbit <= 0) return "-";
  return format(mbit < 0.995 ? "%.2f" : mbit < 99.95 ? "%.1f" : "%.0f", mbit);
}

std::string format_bytes(std::uint64_t bytes) {
  const auto size = static_cast<double>(bytes);
  if (size >= 1e6) return format("%.1f MB", size / 1e6);
  if (size >= 1e3) return format("%.0f kB", size / 1e3);
  return format("%.0f B", size);
}

}  // namespace bramble
