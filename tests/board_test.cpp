#include "actors/client/board.hpp"

#include "config/base/files.hpp"
#include "tests/catch.hpp"
#include "tests/temporary_folder.hpp"

using namespace bramble;

namespace {

void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  write_file_atomically(file, as_bytes(text));
}

}  // namespace

TEST_CASE("a board's hottest zone and its firmware's flags are read") {
  const temporary_folder root;
  const auto zones = root.path() / "sys/class/thermal";
  write(zones / "thermal_zone0/temp", "47312\n");
  write(zones / "thermal_zone1/temp", "61000\n");
  write(zones / "thermal_zone2/temp", "-274000\n");
  write(zones / "cooling_device0/temp", "99000\n");
  write(root.path() / "sys/devices/platform/soc/soc:firmware/get_throttled", "50005\n");
  const auto health = read_board(root.path());
  CHECK(health.temperature_c == 61);
  CHECK(health.throttled == 0x50005);
}

TEST_CASE("a board that tells nothing, or nonsense, is not a hot one") {
  const temporary_folder root;
  CHECK(read_board(root.path()).temperature_c == 0);
  write(root.path() / "sys/class/thermal/thermal_zone0/temp", "warm\n");
  write(root.path() / "sys/devices/platform/soc/soc:firmware/get_throttled", "no\n");
  CHECK(read_board(root.path()).temperature_c == 0);
  CHECK(read_board(root.path()).throttled == 0);
}

TEST_CASE("only what holds now is told, not what has been") {
  CHECK(describe_throttling(0).empty());
  CHECK(describe_throttling(0x50000).empty());
  CHECK(describe_throttling(0x5) == "under-voltage, throttled");
}
