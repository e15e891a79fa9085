#include <sys/statvfs.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "config/doctor/read_machine.hpp"

namespace bramble {
namespace {

namespace fs = std::filesystem;

/// The folder is made when something is to be written there.
fs::path nearest_that_exists(fs::path folder) {
  std::error_code none;
  while (!fs::exists(folder, none) && folder.has_relative_path()) folder = folder.parent_path();
  const auto real = fs::canonical(folder, none);
  return none ? folder : real;
}

/// mountinfo writes spaces and the like as \040.
std::string without_escapes(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digits = text.substr(i + 1, 3);
    const bool escaped = text[i] == '\\' && digits.size() == 3 &&
                         digits.find_first_not_of("01234567") == std::string::npos;
    if (escaped) {
      out += static_cast<char>(std::stoi(digits, nullptr, 8));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool is_below(const std::string& folder, const std::string& mount) {
  if (mount == "/") return true;
  return folder.starts_with(mount) &&
         (folder.size() == mount.size() || folder[mount.size()] == '/');
}

bool says_read_only(const std::string& options) {
  return options == "ro" || options.starts_with("ro,");
}

/// By its number, since /dev/root is no device's name; else as it was mounted.
std::string device_name(const fs::path& root, const std::string& number,
                        const std::string& source) {
  std::error_code none;
  const auto link = fs::read_symlink(root / "sys/dev/block" / number, none);
  if (!none && link.has_filename()) return link.filename().string();
  return source.starts_with("/dev/") ? fs::path{source}.filename().string() : source;
}

/// The disk of a partition: "mmcblk0" of "mmcblk0p2", "sda" of "sda1".
std::string disk_of(const std::string& partition) {
  const auto name = partition.substr(0, partition.find_last_not_of("0123456789") + 1);
  const bool has_p = name.ends_with('p') && name != partition && name.size() > 1;
  return has_p                             ? name.substr(0, name.size() - 1)
         : partition.starts_with("mmcblk") ? partition
                                           : name;
}

std::string kind_of_device(const fs::path& root, const std::string& device) {
  if (device.starts_with("nvme")) return "NVMe";
  if (!device.starts_with("mmcblk")) return {};
  std::ifstream in{root / "sys/block" / disk_of(device) / "device/type"};
  std::string type;
  in >> type;
  return type == "MMC" ? "eMMC" : "SD card";
}

}  // namespace

disk_facts read_mount(const fs::path& folder, const fs::path& root) {
  disk_facts out;
  out.folder = folder.string();
  std::string longest, number, source;
  std::ifstream in{root / "proc/self/mountinfo"};
  for (std::string line; std::getline(in, line);) {
    // "36 35 98:0 /root /mount options optional... - type source options"
    std::istringstream words{line};
    std::string skipped, device, mount, options, word, type, from, more;
    if (!(words >> skipped >> skipped >> device >> skipped >> mount >> options)) continue;
    while (words >> word && word != "-") {
    }
    if (!(words >> type >> from >> more)) continue;
    mount = without_escapes(mount);
    // Of two at one place the later one hides the other.
    if (!is_below(out.folder, mount) || mount.size() < longest.size()) continue;
    longest = mount, number = device, source = without_escapes(from);
    out.file_system = type;
    out.read_only = says_read_only(options) || says_read_only(more);
  }
  if (longest.empty()) return out;
  out.mount = longest;
  out.device = device_name(root, number, source);
  out.kind = kind_of_device(root, out.device);
  std::ifstream errors{root / "sys/fs/ext4" / out.device / "errors_count"};
  errors >> out.errors;
  return out;
}

disk_facts read_disk(const fs::path& folder, const fs::path& root) {
  const auto there = nearest_that_exists(folder);
  auto out = read_mount(there, root);
  out.folder = folder.string();
  struct statvfs room {};
  if (::statvfs(there.c_str(), &room) != 0) return out;
  const auto mb = [&](std::uint64_t blocks) { return blocks * room.f_frsize >> 20; };
  out.total_mb = mb(room.f_blocks);
  out.free_mb = mb(room.f_bavail);
  if (room.f_files > 0)
    out.inodes_free = static_cast<double>(room.f_favail) / static_cast<double>(room.f_files);
  return out;
}

}  // namespace bramble
