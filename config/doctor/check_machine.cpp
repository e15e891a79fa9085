#include "config/doctor/check_machine.hpp"

#include <algorithm>

#include "config/defaults_doctor.hpp"
#include "config/defaults_join.hpp"
#include "config/format.hpp"

namespace bramble {
namespace {

constexpr double mb_of_gb = 1024;

std::string gigabytes(std::uint64_t mb) {
  return fixed(static_cast<double>(mb) / mb_of_gb, 1) + " GB";
}

std::string megabytes_of(std::uint64_t mb) {
  return std::to_string(mb) + " MB";
}

std::string times(std::uint64_t n) {
  return n == 1 ? "once" : std::to_string(n) + " times";
}

}  // namespace

finding check_system(const machine_facts& facts) {
  const auto board =
      facts.board.empty() ? std::string{"a machine that does not say what it is"} : facts.board;
  const auto what = board + ", " + (facts.system.empty() ? "system not known" : facts.system);
  if (facts.processor.userland_bits == 32) {
    const bool able = facts.processor.kernel_machine == "aarch64";
    return is_problem(
        "system", what + ", 32-bit programs" + (able ? " on a 64-bit kernel" : ""),
        able
            ? "install the 64-bit edition of Raspberry Pi OS: its kernels compute much faster, and "
              "Bramble's packages are for it"
            : "Bramble is made for 64-bit systems; a Raspberry Pi 3 or later can run one");
  }
  const bool is_debian = facts.system_id == "debian" || facts.system_id == "raspbian";
  const bool is_known = is_debian && (facts.system_version == 12 || facts.system_version == 13);
  if (!facts.system.empty() && !is_known)
    return is_warning("system", what + ", on which Bramble was not tried",
                      "it is made for Debian 12 and 13, and Raspberry Pi OS made of them");
  return is_ok("system", what);
}

finding check_clock(const machine_facts& facts) {
  const auto says = "it says " + format_date(facts.now);
  const std::string set = "sudo timedatectl set-ntp true, and wait a minute";
  if (facts.now < defaults::clock_least)
    return is_problem("clock", says + ", which cannot be: certificates are not valid then", set);
  if (facts.clock_is_set == false)
    return is_warning("clock", says + ", and nothing sets it by the network", set);
  return is_ok("clock", says + (facts.clock_is_set ? ", set by the network" : ""));
}

finding check_memory(const ram_facts& memory) {
  if (memory.total_mb == 0) return is_ok("memory", "not known");
  const auto room =
      megabytes_of(memory.available_mb) + " of " + megabytes_of(memory.total_mb) + " are free";
  const auto used = memory.swap_mb - std::min(memory.swap_free_mb, memory.swap_mb);
  const std::string who = "ps aux --sort=-rss | head shows what takes it";
  if (memory.available_mb < defaults::memory_least_mb)
    return is_problem("memory", room + ": the next model ends a program", who);
  if (memory.killed > 0)
    return is_warning(
        "memory",
        room + ", but since boot the kernel ended programs for want of it, " + times(memory.killed),
        "journalctl -k | grep -i 'out of memory' shows which");
  if (memory.available_mb < defaults::memory_short_mb) return is_warning("memory", room, who);
  if (used > defaults::swap_used_mb)
    return is_warning("memory",
                      room + ", and " + megabytes_of(used) +
                          " are in the swap: what comes back from there makes runs late",
                      who);
  return is_ok("memory", room + (used > 0 ? ", " + megabytes_of(used) + " in the swap" : ""));
}

finding check_disk(const disk_facts& disk) {
  const auto what =
      disk.folder + " is on " +
      (disk.kind.empty() ? "" : (disk.kind == "SD card" ? "an " : "") + disk.kind + " ") +
      (disk.device.empty() ? "a disk that is not known" : disk.device) +
      (disk.file_system.empty() ? "" : " (" + disk.file_system + ")");
  // A service sees mounts of its own, but the same devices.
  const bool is_device =
      !disk.device.empty() && disk.device.find_first_of("/:") == std::string::npos;
  if (disk.read_only)
    return is_problem("disk", what + ", which can only be read: nothing is kept",
                      "sudo dmesg | grep " + (disk.device.empty() ? "remount" : disk.device) +
                          " says why (the kernel does so to a card that fails); then sudo mount -o "
                          "remount,rw " +
                          (is_device ? "/dev/" + disk.device : disk.mount));
  if (disk.errors > 0)
    return is_problem("disk", what + ", whose file system was damaged " + times(disk.errors),
                      "copy what matters, then sudo touch /forcefsck and sudo reboot; a card that "
                      "goes on so is to be replaced");
  const auto room = ": " + gigabytes(disk.free_mb) + " of " + gigabytes(disk.total_mb) + " free";
  const std::string clear = "bramble model list, bramble model rm NAME, sudo apt-get clean";
  if (disk.total_mb > 0 && disk.free_mb < defaults::disk_least_mb)
    return is_problem("disk", what + ", which is full" + room, clear);
  if (disk.inodes_free < defaults::inodes_least)
    return is_problem("disk", what + ", which has no room for more files" + room,
                      "sudo du --inodes -xS / | sort -n | tail shows where they are");
  if (disk.total_mb > 0 && disk.free_mb < defaults::disk_short_mb)
    return is_warning("disk", what + ", which is nearly full" + room, clear);
  if (disk.file_system == "tmpfs" || disk.file_system == "overlay")
    return is_warning("disk", what + ": what is written there is gone after a restart",
                      "raspi-config, Performance, Overlay File System: off; or give BRAMBLE_HOME a "
                      "folder on a disk");
  return is_ok("disk", what + (disk.total_mb > 0 ? room : ""));
}

finding check_heat(const board_health& health) {
  if (health.temperature_c == 0) return is_ok("heat", "not known: this machine does not tell");
  const auto what = fixed(health.temperature_c, 0) + " C";
  if (health.temperature_c >= defaults::hot_c)
    return is_problem("heat", what + ": it slows itself down",
                      "a fan or a heat sink, and air around it");
  if (health.temperature_c >= defaults::warm_c)
    return is_warning("heat", what + ": a little more, and it slows itself down",
                      "a fan or a heat sink, and air around it");
  return is_ok("heat", what);
}

finding check_power(const board_health& health) {
  if (!health.throttled)
    return is_ok("power", "not known: only a Raspberry Pi tells of its supply");
  constexpr unsigned since_boot = 16;  // where the bits of what was begin
  constexpr std::uint32_t under_voltage = 1;
  const auto advice_for_bits = [](std::uint32_t bits) -> std::string {
    return (bits & under_voltage) != 0
               ? "a supply made for this board, its own cable, and fewer things that draw from USB"
               : "a fan or a heat sink, and air around it";
  };
  if (const auto now = describe_throttling(*health.throttled); !now.empty())
    return is_problem("power", now + " right now", advice_for_bits(*health.throttled));
  const auto past = *health.throttled >> since_boot;
  if (const auto before = describe_throttling(past); !before.empty())
    return is_warning("power", "well now, but since boot there was: " + before,
                      advice_for_bits(past));
  return is_ok("power", "well, now and since boot");
}

finding check_processor(const processor_facts& processor) {
  if (processor.governor.empty()) return is_ok("processor", "its clock is not ours to see");
  // These drivers call "powersave" what goes as high as need be.
  const bool chooses = processor.driver.find("pstate") != std::string::npos;
  if (processor.governor == "powersave" && !chooses)
    return is_warning(
        "processor", "the governor powersave holds it at its lowest clock",
        "echo ondemand | sudo tee /sys/devices/system/cpu/cpufreq/policy*/scaling_governor");
  const auto share = processor.most_khz == 0 ? 1
                                             : static_cast<double>(processor.limit_khz) /
                                                   static_cast<double>(processor.most_khz);
  const auto clock = std::to_string(processor.limit_khz / 1000) + " MHz";
  if (share < defaults::clock_share_least)
    return is_warning(
        "processor",
        "it may only reach " + clock + " of " + std::to_string(processor.most_khz / 1000),
        "cat /sys/devices/system/cpu/cpufreq/policy0/cpuinfo_max_freq | sudo tee "
        "/sys/devices/system/cpu/cpufreq/policy*/scaling_max_freq");
  return is_ok("processor", "governor " + processor.governor +
                                (processor.most_khz == 0 ? "" : ", up to " + clock));
}

finding check_blas(const std::string& library) {
  if (library.empty()) return is_ok("blas", "not known");
  const std::string install = "sudo apt install libopenblas0-pthread, and start the node anew";
  const auto has = [&](const char* part) { return library.find(part) != std::string::npos; };
  if (has("openblas") && has("serial"))
    return is_warning("blas", library + ", which uses one core only", install);
  if (has("openblas") || has("blis") || has("mkl")) return is_ok("blas", library);
  return is_problem("blas", library + ", which multiplies 5 to 10 times slower than OpenBLAS",
                    install);
}

finding check_descriptors(std::uint64_t most) {
  if (most == 0) return is_ok("files", "how many may be open is not limited, or not known");
  const auto what = std::to_string(most) + " may be open at once";
  if (most < defaults::descriptors_least)
    return is_warning("files", what + ": every connection is one, and others are refused",
                      "ulimit -Hn 4096, LimitNOFILE=4096 in the service, or "
                      "/etc/security/limits.conf");
  return is_ok("files", what);
}

std::vector<finding> check_machine(const machine_facts& facts) {
  return {check_system(facts),
          check_clock(facts),
          check_memory(facts.memory),
          check_disk(facts.disk),
          check_heat(facts.health),
          check_power(facts.health),
          check_processor(facts.processor),
          check_blas(facts.blas),
          check_descriptors(facts.descriptors)};
}

}  // namespace bramble
