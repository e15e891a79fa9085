#include "config/doctor/read_machine.hpp"

#include <sys/timex.h>

#include <array>
#include <fstream>
#include <map>
#include <sstream>

#include "config/system/board_name.hpp"

namespace bramble {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kb_of_mb = 1024;

std::string first_word(const fs::path& file) {
  std::ifstream in{file};
  std::string word;
  in >> word;
  return word;
}

std::uint64_t number_in(const fs::path& file) {
  std::ifstream in{file};
  std::uint64_t value = 0;
  in >> value;
  return value;
}

/// "NAME VALUE ..." or "NAME: VALUE ..." in each line.
std::map<std::string, std::uint64_t> numbers_by_name(const fs::path& file) {
  std::map<std::string, std::uint64_t> out;
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);) {
    std::istringstream words{line};
    std::string name;
    std::uint64_t value = 0;
    if (!(words >> name >> value)) continue;
    if (name.ends_with(':')) name.pop_back();
    out.emplace(name, value);
  }
  return out;
}

/// KEY=VALUE or KEY="VALUE" in each line.
std::map<std::string, std::string> os_release(const fs::path& root) {
  std::map<std::string, std::string> out;
  std::ifstream in{root / "etc/os-release"};
  for (std::string line; std::getline(in, line);) {
    const auto equals = line.find('=');
    if (equals == std::string::npos) continue;
    auto value = line.substr(equals + 1);
    std::erase(value, '"');
    out.emplace(line.substr(0, equals), value);
  }
  return out;
}

/// Of a program that came with the system; 0 where it is none that the kernel would load.
int elf_bits(const fs::path& program) {
  std::ifstream in{program, std::ios::binary};
  std::array<char, 5> start{};
  if (!in.read(start.data(), start.size()) || std::string{start.data(), 4} != "\177ELF") return 0;
  return start[4] == 1 ? 32 : 64;
}

/// Nothing where nobody says: a service may not ask the kernel, and only systemd's own client
/// leaves a file.
std::optional<bool> is_clock_set(const fs::path& root) {
  std::error_code none;
  if (fs::exists(root / "run/systemd/timesync/synchronized", none)) return true;
  timex now{};
  const auto state = ::adjtimex(&now);
  if (state < 0) return std::nullopt;
  return state != TIME_ERROR;
}

}  // namespace

ram_facts read_memory(const fs::path& root) {
  auto known = numbers_by_name(root / "proc/meminfo");
  ram_facts out;
  out.total_mb = known["MemTotal"] / kb_of_mb;
  out.available_mb = known["MemAvailable"] / kb_of_mb;
  out.swap_mb = known["SwapTotal"] / kb_of_mb;
  out.swap_free_mb = known["SwapFree"] / kb_of_mb;
  out.killed = numbers_by_name(root / "proc/vmstat")["oom_kill"];
  return out;
}

processor_facts read_processor(const fs::path& root) {
  processor_facts out;
  std::error_code none;
  const fs::directory_iterator policies{root / "sys/devices/system/cpu/cpufreq", none};
  for (auto it = begin(policies); !none && it != fs::directory_iterator{}; it.increment(none)) {
    if (!it->path().filename().string().starts_with("policy")) continue;
    const auto governor = first_word(it->path() / "scaling_governor");
    if (out.governor.empty() || governor == "powersave") out.governor = governor;
    out.driver = first_word(it->path() / "scaling_driver");
    // The quickest cores count: a machine of two kinds is as fast as these.
    const auto most = number_in(it->path() / "cpuinfo_max_freq");
    if (most <= out.most_khz) continue;
    out.most_khz = most;
    out.limit_khz = number_in(it->path() / "scaling_max_freq");
  }
  out.kernel_machine = first_word(root / "proc/sys/kernel/arch");
  out.userland_bits = elf_bits(root / "bin/sh");
  return out;
}

std::string read_blas(const fs::path& root) {
  std::ifstream maps{root / "proc/self/maps"};
  for (std::string line; std::getline(maps, line);) {
    const auto path = line.find('/');
    if (path == std::string::npos) continue;
    const auto name = line.rfind('/') + 1;
    for (const char* known : {"libblas.so", "libopenblas", "libblis", "libmkl", "libatlas"})
      if (line.compare(name, std::string_view{known}.size(), known) == 0) return line.substr(path);
  }
  std::error_code none;
  const fs::directory_iterator choices{root / "etc/alternatives", none};
  for (auto it = begin(choices); !none && it != fs::directory_iterator{}; it.increment(none))
    if (it->path().filename().string().starts_with("libblas.so.3-"))
      return fs::read_symlink(it->path(), none).string();
  return {};
}

std::uint64_t read_descriptors(const fs::path& root) {
  std::ifstream limits{root / "proc/self/limits"};
  const std::string wanted = "Max open files";
  for (std::string line; std::getline(limits, line);) {
    if (!line.starts_with(wanted)) continue;
    std::istringstream columns{line.substr(wanted.size())};
    std::string soft;
    std::uint64_t hard = 0;
    columns >> soft >> hard;
    return hard;
  }
  return 0;
}

machine_facts read_machine(const fs::path& folder, const fs::path& root,
                           const firmware_mailbox& mailbox) {
  machine_facts out;
  out.board = board_name(root);
  auto release = os_release(root);
  out.system = release["PRETTY_NAME"];
  out.system_id = release["ID"];
  std::istringstream{release["VERSION_ID"]} >> out.system_version;
  out.now = std::chrono::system_clock::now();
  out.clock_is_set = is_clock_set(root);
  out.memory = read_memory(root);
  out.disk = read_disk(folder, root);
  out.health = read_board(root, mailbox);
  out.processor = read_processor(root);
  out.blas = read_blas(root);
  out.descriptors = read_descriptors(root);
  return out;
}

}  // namespace bramble
