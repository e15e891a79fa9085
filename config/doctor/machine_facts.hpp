#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/certificates.hpp"
#include "config/system/hardware_health.hpp"

/// What the checks of a machine look at; plain data. Where a machine does not tell, a text is
/// empty, a number 0 and an optional without a value: nothing is said of it then.
namespace bramble {

struct ram_facts {
  std::uint64_t total_mb = 0;
  std::uint64_t available_mb = 0;
  std::uint64_t swap_mb = 0;
  std::uint64_t swap_free_mb = 0;
  std::uint64_t killed = 0;  ///< programs that the kernel ended for want of memory, since boot
};

/// The file system that a folder is in.
struct disk_facts {
  std::string folder;
  std::string device;       ///< "mmcblk0p2", as the kernel calls it; or what is mounted
  std::string file_system;  ///< "ext4"
  std::string kind;         ///< "SD card", "eMMC", "NVMe"; empty: of another
  std::string mount;        ///< where it is mounted
  bool read_only = false;
  std::uint64_t total_mb = 0;
  std::uint64_t free_mb = 0;  ///< for who is not root
  double inodes_free = 1;     ///< share
  std::uint64_t errors = 0;   ///< that ext4 has counted on it
};

struct processor_facts {
  std::string driver;           ///< of its clock: "cpufreq-dt"
  std::string governor;         ///< "ondemand"; of several the most sparing one
  std::uint64_t limit_khz = 0;  ///< the clock it may reach now
  std::uint64_t most_khz = 0;   ///< and could
  std::string kernel_machine;   ///< "aarch64"
  int userland_bits = 0;        ///< 32 or 64: of the programs that came with the system
};

struct machine_facts {
  std::string board;
  std::string system;      ///< "Debian GNU/Linux 12 (bookworm)"
  std::string system_id;   ///< "debian", "raspbian"
  int system_version = 0;  ///< 12
  wall_time now;
  std::optional<bool> clock_is_set;  ///< by somebody who knows the time
  ram_facts memory;
  disk_facts disk;
  board_health health;
  processor_facts processor;
  std::string blas;               ///< the library, with its folder
  std::uint64_t descriptors = 0;  ///< that this process may open, once it asks for them
};

}  // namespace bramble
