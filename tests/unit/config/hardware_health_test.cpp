#include "config/system/hardware_health.hpp"

#include "config/base/files.hpp"
#include "config/system/board_name.hpp"
#include "config/system/memory.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;

namespace {

void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  write_file_atomically(file, as_bytes(text));
}

const std::string pi4 = "sys/devices/platform/soc/soc:firmware/get_throttled";
const std::string pi5 = "sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled";

bool no_mailbox(const std::filesystem::path&, firmware_message&) {
  return false;
}

}  // namespace

TEST_CASE("a board's hottest zone is read") {
  const temporary_folder root;
  const auto zones = root.path() / "sys/class/thermal";
  write(zones / "thermal_zone0/temp", "47312\n");
  write(zones / "thermal_zone1/temp", "61000\n");
  write(zones / "thermal_zone2/temp", "-274000\n");
  write(zones / "cooling_device0/temp", "99000\n");
  CHECK(read_board(root.path(), no_mailbox).temperature_c == 61);
  write(zones / "thermal_zone1/temp", "warm\n");
  CHECK(read_board(root.path(), no_mailbox).temperature_c == Approx(47.312));
}

TEST_CASE("memory that is free is read where the kernel tells it") {
  const temporary_folder root;
  CHECK(free_memory_mb(root.path()) == 0);
  write(root.path() / "proc/meminfo", "MemTotal: 3884360 kB\nMemAvailable:    3000000 kB\n");
  CHECK(free_memory_mb(root.path()) == 2929);
  write(root.path() / "proc/meminfo", "MemAvailable: much\n");
  CHECK(free_memory_mb(root.path()) == 0);
}

TEST_CASE("under-voltage is found where a Pi 4 shows it") {
  const temporary_folder root;
  write(root.path() / pi4, "50005\n");
  CHECK(read_board(root.path(), no_mailbox).throttled == 0x50005U);
  write(root.path() / pi4, "0\n");
  CHECK(read_board(root.path(), no_mailbox).throttled == 0U);
}

TEST_CASE("under-voltage is found where a Pi 5 shows it") {
  const temporary_folder root;
  write(root.path() / pi5, "50005\n");
  CHECK(read_board(root.path(), no_mailbox).throttled == 0x50005U);
}

TEST_CASE("under-voltage is found where only the bus knows the firmware") {
  const temporary_folder root;
  const auto device = root.path() / "sys/devices/platform/axi/axi:firmware";
  write(device / "get_throttled", "1\n");
  std::filesystem::create_directories(root.path() / "sys/bus/platform/devices");
  std::filesystem::create_directory_symlink(device,
                                            root.path() / "sys/bus/platform/devices/axi:firmware");
  CHECK(read_board(root.path(), no_mailbox).throttled == 1U);
}

TEST_CASE("under-voltage is found where only the mailbox tells it") {
  const temporary_folder root;
  firmware_message sent{};
  std::filesystem::path device;
  const auto answer = [&](std::uint32_t all, std::uint32_t property) {
    return read_board(root.path(), [&, all, property](const auto& path, auto& message) {
      device = path, sent = message;
      message[1] = all;
      message[4] = property;
      message[5] = 0x50005;
      return true;
    });
  };
  CHECK(answer(0x80000000, 0x80000004).throttled == 0x50005U);
  CHECK(device == root.path() / "dev/vcio");
  // As the firmware's documentation has it; no bit is cleared.
  CHECK(sent == firmware_message{32, 0, 0x00030046, 4, 0, 0, 0, 0});
  CHECK_FALSE(answer(0x80000001, 0x80000004).throttled);  // it could not parse it
  CHECK_FALSE(answer(0x80000000, 0).throttled);           // it does not know the property
}

TEST_CASE("under-voltage is found where only the voltage sensor tells it") {
  const temporary_folder root;
  const auto sensors = root.path() / "sys/class/hwmon";
  write(sensors / "hwmon0/name", "cpu_thermal\n");
  write(sensors / "hwmon0/in0_lcrit_alarm", "1\n");
  CHECK_FALSE(read_board(root.path(), no_mailbox).throttled);
  write(sensors / "hwmon2/name", "rpi_volt\n");
  CHECK_FALSE(read_board(root.path(), no_mailbox).throttled);
  write(sensors / "hwmon2/in0_lcrit_alarm", "0\n");
  CHECK(read_board(root.path(), no_mailbox).throttled == 0U);
  write(sensors / "hwmon2/in0_lcrit_alarm", "1\n");
  CHECK(read_board(root.path(), no_mailbox).throttled == 1U);
  // The firmware's own file says more.
  write(root.path() / pi5, "50000\n");
  CHECK(read_board(root.path(), no_mailbox).throttled == 0x50000U);
}

TEST_CASE("a board that tells nothing, or nonsense, is not known to be well") {
  const temporary_folder root;
  CHECK(read_board(root.path()).temperature_c == 0);
  CHECK_FALSE(read_board(root.path()).throttled);
  write(root.path() / pi4, "no\n");
  write(root.path() / pi5, "");
  write(root.path() / "dev/vcio", "a file, not a device");
  CHECK_FALSE(read_board(root.path()).throttled);
}

TEST_CASE("only what holds now is told, not what has been") {
  CHECK(describe_throttling(0).empty());
  CHECK(describe_throttling(0x50000).empty());
  CHECK(describe_throttling(0x5) == "under-voltage, throttled");
}

TEST_CASE("a board is called as its device tree says, or by its processor") {
  const temporary_folder root;
  CHECK(board_name(root.path()).empty());
  write(root.path() / "proc/cpuinfo",
        "processor\t: 0\nmodel name\t:  Some CPU @ 2 GHz \nflags: x\n");
  CHECK(board_name(root.path()) == "Some CPU @ 2 GHz");
  write(root.path() / "proc/device-tree/model",
        std::string{"Raspberry Pi 4 Model B Rev 1.4\0", 31});
  CHECK(board_name(root.path()) == "Raspberry Pi 4 Model B Rev 1.4");
  write(root.path() / "proc/device-tree/model", "\x1b[2J evil\n");
  CHECK(board_name(root.path()) == "?[2J evil");
}
