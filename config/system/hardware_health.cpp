#include "config/system/hardware_health.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <vector>

namespace bramble {
namespace {

namespace fs = std::filesystem;

/// The hottest zone believed; some report nonsense while they are off.
constexpr double coldest_c = -50, hottest_c = 150;

/// Under-voltage in what `vcgencmd get_throttled` tells.
constexpr std::uint32_t under_voltage = 1;

/// What lies in `folder` under a name that begins and ends so. Nothing where there is no such
/// folder: a virtual machine.
std::vector<fs::path> entries(const fs::path& folder, const std::string& begin,
                              const std::string& end) {
  std::vector<fs::path> out;
  std::error_code none;
  for (fs::directory_iterator it{folder, none}, last; !none && it != last; it.increment(none)) {
    const auto name = it->path().filename().string();
    if (name.starts_with(begin) && name.ends_with(end)) out.push_back(it->path());
  }
  return out;
}

double temperature(const fs::path& zone) {
  std::ifstream in{zone / "temp"};
  double millidegrees = 0;
  if (!(in >> millidegrees)) return 0;
  const auto degrees = millidegrees / 1000;
  return degrees > coldest_c && degrees < hottest_c ? degrees : 0;
}

std::optional<std::uint32_t> hexadecimal(const fs::path& file) {
  std::ifstream in{file};
  std::uint32_t bits = 0;
  if (!(in >> std::hex >> bits)) return std::nullopt;
  return bits;
}

/// soc/soc:firmware/get_throttled up to a Pi 4; on a Pi 5 the two folders have an address in their
/// names (soc@107c000000). The bus lists the firmware's device wherever it lies.
std::optional<std::uint32_t> by_firmware_file(const fs::path& root) {
  auto folders = entries(root / "sys/devices/platform", "soc", "");
  folders.push_back(root / "sys/bus/platform/devices");
  for (const auto& folder : folders)
    for (const auto& device : entries(folder, "", ":firmware"))
      if (const auto bits = hexadecimal(device / "get_throttled")) return bits;
  return std::nullopt;
}

/// One property, of one word: the kernel checks that we may ask, the firmware answers.
std::optional<std::uint32_t> by_mailbox(const fs::path& root, const firmware_mailbox& ask) {
  constexpr std::uint32_t whole_request = 0, whole_answer = 0x80000000, answered = 0x80000000;
  constexpr std::uint32_t get_throttled = 0x00030046;
  // Size of all, what it is; property, room for its value, what it is; value (the bits to forget:
  // none, others want them too); end; and a word that makes it a multiple of 16 bytes.
  firmware_message message{sizeof message, whole_request, get_throttled, 4, 0, 0, 0, 0};
  if (!ask(root / "dev/vcio", message)) return std::nullopt;
  if (message[1] != whole_answer || (message[4] & answered) == 0) return std::nullopt;
  return message[5];
}

std::optional<std::uint32_t> by_voltage_sensor(const fs::path& root) {
  for (const auto& sensor : entries(root / "sys/class/hwmon", "hwmon", "")) {
    std::ifstream name_file{sensor / "name"};
    std::string name;
    if (!(name_file >> name) || name != "rpi_volt") continue;
    if (const auto alarm = hexadecimal(sensor / "in0_lcrit_alarm"))
      return *alarm != 0 ? under_voltage : 0;
  }
  return std::nullopt;
}

}  // namespace

bool ask_firmware(const fs::path& device, firmware_message& message) {
  const int mailbox = ::open(device.c_str(), O_RDONLY | O_CLOEXEC);
  if (mailbox < 0) return false;
  // As the kernel's vcio driver declares it: the argument's type is a pointer, its size that of
  // one.
  const bool asked = ::ioctl(mailbox, _IOWR(100, 0, char*), message.data()) >= 0;
  ::close(mailbox);
  return asked;
}

board_health read_board(const fs::path& root, const firmware_mailbox& mailbox) {
  board_health out;
  for (const auto& zone : entries(root / "sys/class/thermal", "thermal_zone", ""))
    out.temperature_c = std::max(out.temperature_c, temperature(zone));
  out.throttled = by_firmware_file(root);
  if (!out.throttled) out.throttled = by_mailbox(root, mailbox);
  if (!out.throttled) out.throttled = by_voltage_sensor(root);
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
