// Faults of one machine, each made in a tree that stands for its /proc, /sys and /etc, and the
// sentence that names it.
#include "config/base/files.hpp"
#include "config/doctor/check_machine.hpp"
#include "config/doctor/read_machine.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;
using level_t = finding::level_t;

namespace {

/// A Raspberry Pi 4 that is well.
struct fake_pi {
  temporary_folder folder;
  std::filesystem::path root = folder.path();

  fake_pi() {
    write("proc/device-tree/model", std::string{"Raspberry Pi 4 Model B Rev 1.4\0", 31});
    write("etc/os-release",
          "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID=\"12\"\n");
    write("proc/meminfo",
          "MemTotal:        3884360 kB\nMemAvailable:    3000000 kB\nSwapTotal:        524284 kB\n"
          "SwapFree:         524284 kB\n");
    write("proc/vmstat", "nr_free_pages 5\noom_kill 0\n");
    write("proc/sys/kernel/arch", "aarch64\n");
    write("bin/sh", "\177ELF\2");
    write("proc/self/mountinfo", "22 1 179:2 / / rw,noatime - ext4 /dev/root rw\n");
    write("sys/block/mmcblk0/device/type", "SD\n");
    std::filesystem::create_directories(root / "sys/dev/block");
    std::filesystem::create_symlink("../../devices/mmc0/block/mmcblk0/mmcblk0p2",
                                    root / "sys/dev/block/179:2");
    write("sys/fs/ext4/mmcblk0p2/errors_count", "0\n");
    write("sys/class/thermal/thermal_zone0/temp", "48000\n");
    write(throttled, "0\n");
    write(policy + "scaling_governor", "ondemand\n");
    write(policy + "scaling_driver", "cpufreq-dt\n");
    write(policy + "cpuinfo_max_freq", "1800000\n");
    write(policy + "scaling_max_freq", "1800000\n");
    blas("/usr/lib/aarch64-linux-gnu/openblas-pthread/libblas.so.3");
    write("proc/self/limits", "Max open files            1024                 524288    files\n");
  }

  static inline const std::string throttled = "sys/devices/platform/soc/soc:firmware/get_throttled";
  static inline const std::string policy = "sys/devices/system/cpu/cpufreq/policy0/";

  void write(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories((root / file).parent_path());
    write_file_atomically(root / file, as_bytes(text));
  }

  void blas(const std::string& target) const {
    const auto link = root / "etc/alternatives/libblas.so.3-aarch64-linux-gnu";
    std::filesystem::create_directories(link.parent_path());
    std::filesystem::remove(link);
    std::filesystem::create_symlink(target, link);
  }

  machine_facts facts() const {
    auto out = read_machine(folder.path(), root, [](const auto&, auto&) { return false; });
    // Not of a tree: how full this machine's own disk is, and its clock.
    out.disk.total_mb = 30'000, out.disk.free_mb = 20'000, out.disk.inodes_free = 0.9;
    out.clock_is_set = true;
    return out;
  }

  finding about(const std::string& check) const { return about(check, facts()); }

  static finding about(const std::string& check, const machine_facts& facts) {
    for (const auto& each : check_machine(facts))
      if (each.check == check) return each;
    throw std::runtime_error("nothing is said of " + check);
  }
};

void check_says(const finding& what, level_t level, const std::string& cause,
                const std::string& advice) {
  INFO(what.says << " -> " << what.advice);
  CHECK(what.level == level);
  CHECK(contains(what.says, cause));
  CHECK(contains(what.advice, advice));
}

}  // namespace

TEST_CASE("a machine that is well has a line for each check, and nothing to type") {
  const fake_pi pi;
  const auto findings = check_machine(pi.facts());
  CHECK(findings.size() == 9);
  for (const auto& each : findings) {
    INFO(each.check << ": " << each.says);
    CHECK(each.level == level_t::ok);
    CHECK(each.advice.empty());
  }
  CHECK(contains(pi.about("system").says, "Raspberry Pi 4 Model B Rev 1.4, Debian GNU/Linux 12"));
  CHECK(contains(pi.about("disk").says, "an SD card mmcblk0p2 (ext4): 19.5 GB of 29.3 GB free"));
  CHECK(pi.about("files").says == "524288 may be open at once");
}

TEST_CASE("a machine that tells nothing is not called ill") {
  const temporary_folder nothing;
  auto facts =
      read_machine(nothing.path(), nothing.path(), [](const auto&, auto&) { return false; });
  facts.clock_is_set.reset();
  facts.disk.total_mb = 0, facts.disk.inodes_free = 1;
  for (const auto& each : check_machine(facts)) {
    INFO(each.check << ": " << each.says);
    CHECK(each.level == level_t::ok);
  }
}

TEST_CASE("fault: the clock is that of 1970, or nobody sets it") {
  const fake_pi pi;
  auto facts = pi.facts();
  facts.clock_is_set = false;
  check_says(fake_pi::about("clock", facts), level_t::warning, "nothing sets it by the network",
             "timedatectl set-ntp true");
  facts.now = wall_time{};
  check_says(fake_pi::about("clock", facts), level_t::problem, "1970-01-01, which cannot be",
             "timedatectl set-ntp true");
}

TEST_CASE("a clock that systemd has set is known to be right, whatever the kernel may say") {
  const fake_pi pi;
  pi.write("run/systemd/timesync/synchronized", "");
  CHECK(read_machine(pi.root, pi.root).clock_is_set == true);
}

TEST_CASE("fault: memory is short, swapped out, or was") {
  const fake_pi pi;
  const std::string total = "MemTotal: 921600 kB\n", swap = "SwapTotal: 1024000 kB\n";
  pi.write("proc/meminfo", total + "MemAvailable: 150000 kB\n");
  check_says(pi.about("memory"), level_t::warning, "146 MB of 900 MB are free", "ps aux");
  pi.write("proc/meminfo", total + "MemAvailable: 40000 kB\n");
  check_says(pi.about("memory"), level_t::problem, "the next model ends a program", "ps aux");
  pi.write("proc/meminfo", total + "MemAvailable: 500000 kB\n" + swap + "SwapFree: 512000 kB\n");
  check_says(pi.about("memory"), level_t::warning, "500 MB are in the swap", "ps aux");
  pi.write("proc/vmstat", "oom_kill 2\n");
  check_says(pi.about("memory"), level_t::warning, "ended programs for want of it, 2 times",
             "journalctl -k");
}

TEST_CASE("fault: the SD card is nearly full, full, or has no room for files") {
  const fake_pi pi;
  auto facts = pi.facts();
  facts.disk.free_mb = 700;
  check_says(fake_pi::about("disk", facts), level_t::warning,
             "SD card mmcblk0p2 (ext4), which is nearly full: 0.7 GB", "bramble model rm NAME");
  facts.disk.free_mb = 20;
  check_says(fake_pi::about("disk", facts), level_t::problem, "which is full",
             "bramble model rm NAME");
  facts.disk.free_mb = 20'000, facts.disk.inodes_free = 0.001;
  check_says(fake_pi::about("disk", facts), level_t::problem, "no room for more files", "du ");
}

TEST_CASE("fault: the file system can only be read") {
  const fake_pi pi;
  pi.write("proc/self/mountinfo", "22 1 179:2 / / ro,noatime - ext4 /dev/root ro\n");
  check_says(pi.about("disk"), level_t::problem, "can only be read",
             "mount -o remount,rw /dev/mmcblk0p2");
  // The mount of the folder counts, not that of the root.
  pi.write("proc/self/mountinfo", "22 1 179:2 / / ro - ext4 /dev/root ro\n23 22 0:30 / " +
                                      std::filesystem::canonical(pi.root).string() +
                                      " rw shared:1 - xfs /dev/sda1 rw\n");
  check_says(pi.about("disk"), level_t::ok, "sda1 (xfs)", "");
  pi.write("proc/self/mountinfo", "22 1 179:2 / / rw - ext4 /dev/root ro,errors=remount-ro\n");
  check_says(pi.about("disk"), level_t::problem, "can only be read", "dmesg | grep mmcblk0p2");
}

TEST_CASE("fault: the SD card fails") {
  const fake_pi pi;
  pi.write("sys/fs/ext4/mmcblk0p2/errors_count", "3\n");
  check_says(pi.about("disk"), level_t::problem, "damaged 3 times", "forcefsck");
}

TEST_CASE("fault: what is written is gone after a restart") {
  const fake_pi pi;
  pi.write("proc/self/mountinfo", "22 1 0:21 / / rw - overlay overlayroot rw,lowerdir=/x\n");
  check_says(pi.about("disk"), level_t::warning, "gone after a restart", "Overlay File System");
}

TEST_CASE("fault: it is hot") {
  const fake_pi pi;
  pi.write("sys/class/thermal/thermal_zone0/temp", "77100\n");
  check_says(pi.about("heat"), level_t::warning, "77 C: a little more", "heat sink");
  pi.write("sys/class/thermal/thermal_zone0/temp", "84000\n");
  check_says(pi.about("heat"), level_t::problem, "84 C: it slows itself down", "heat sink");
}

TEST_CASE("fault: the supply is too weak, now or since boot") {
  const fake_pi pi;
  pi.write(fake_pi::throttled, "50005\n");
  check_says(pi.about("power"), level_t::problem, "under-voltage, throttled right now", "supply");
  pi.write(fake_pi::throttled, "50000\n");
  check_says(pi.about("power"), level_t::warning, "since boot there was: under-voltage, throttled",
             "supply");
  pi.write(fake_pi::throttled, "80000\n");
  check_says(pi.about("power"), level_t::warning, "since boot there was: hot", "heat sink");
}

TEST_CASE("fault: the governor saves power, or the clock is limited") {
  const fake_pi pi;
  pi.write(fake_pi::policy + "scaling_governor", "powersave\n");
  check_says(pi.about("processor"), level_t::warning, "powersave", "echo ondemand");
  // These two choose the clock themselves under that name.
  pi.write(fake_pi::policy + "scaling_driver", "intel_pstate\n");
  CHECK(pi.about("processor").level == level_t::ok);
  pi.write(fake_pi::policy + "scaling_max_freq", "600000\n");
  check_says(pi.about("processor"), level_t::warning, "only reach 600 MHz of 1800",
             "scaling_max_freq");
}

TEST_CASE("fault: 32-bit programs on a 64-bit processor") {
  const fake_pi pi;
  pi.write("bin/sh", "\177ELF\1");
  check_says(pi.about("system"), level_t::problem, "32-bit programs on a 64-bit kernel",
             "64-bit edition");
}

TEST_CASE("fault: another system than Bramble is made for") {
  const fake_pi pi;
  pi.write("etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 11\"\nID=debian\nVERSION_ID=\"11\"\n");
  check_says(pi.about("system"), level_t::warning, "was not tried", "Debian 12 and 13");
}

TEST_CASE("fault: a slow BLAS") {
  const fake_pi pi;
  pi.blas("/usr/lib/aarch64-linux-gnu/blas/libblas.so.3");
  check_says(pi.about("blas"), level_t::problem, "5 to 10 times slower",
             "apt install libopenblas0-pthread");
  pi.blas("/usr/lib/aarch64-linux-gnu/openblas-serial/libblas.so.3");
  check_says(pi.about("blas"), level_t::warning, "one core only", "libopenblas0-pthread");
  // What the process has loaded counts more than what another would get.
  pi.write(
      "proc/self/maps",
      "7f00-7f01 r-xp 00000000 08:01 17    /usr/lib/openblas-pthread/libopenblasp-r0.3.21.so\n");
  CHECK(pi.about("blas").level == level_t::ok);
}

TEST_CASE("fault: few files may be open") {
  const fake_pi pi;
  pi.write("proc/self/limits", "Max open files            256                  512      files\n");
  check_says(pi.about("files"), level_t::warning, "512 may be open", "ulimit -Hn");
}
