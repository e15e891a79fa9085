#include "actors/client/board.hpp"

#include <algorithm>
#include <fstream>

namespace bramble {
namespace {

/// The hottest zone believed; some report nonsense while they are off.
constexpr double coldest_c = -50, hottest_c = 150;

double temperature(const std::filesystem::path& zone) {
  std::ifstream in{zone / "temp"};
  double millidegrees = 0;
  if (!(in >> millidegrees)) return 0;
  const auto degrees = millidegrees / 1000;
  return degrees > coldest_c && degrees < hottest_c ? degrees : 0;
}

}  // namespace

board_health read_board(const std::filesystem::path& root) {
  board_health out;
  std::error_code none;  // no such folder: a virtual machine
  for (const auto& entry : std::filesystem::directory_iterator{root / "sys/class/thermal", none})
    if (entry.path().filename().string().rfind("thermal_zone", 0) == 0)
      out.temperature_c = std::max(out.temperature_c, temperature(entry.path()));
  std::ifstream in{root / "sys/devices/platform/soc/soc:firmware/get_throttled"};
  in >> std::hex >> out.throttled;
  if (!in) out.throttled = 0;
  return out;
}

std::string describe_throttling(std::uint32_t bits) {
  constexpr const char* names[] = {"under-voltage", "frequency capped", "throttled", "hot"};
  std::string out;
  for (unsigned i = 0; i < 4; ++i)
    if ((bits >> i & 1U) != 0) out += (out.empty() ? "" : ", ") + std::string{names[i]};
  return out;
}

}  // namespace bramble
