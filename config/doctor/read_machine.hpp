#pragma once

#include <filesystem>

#include "config/doctor/machine_facts.hpp"

namespace bramble {

/// Reads /proc, /sys and /etc below `root`, and asks the kernel about the file system of `folder`
/// (or of the nearest folder above it that exists) and about the clock. Blocks as the disk does.
machine_facts read_machine(const std::filesystem::path& folder,
                           const std::filesystem::path& root = "/",
                           const firmware_mailbox& mailbox = ask_firmware);

// Its parts.
ram_facts read_memory(const std::filesystem::path& root);
processor_facts read_processor(const std::filesystem::path& root);
disk_facts read_disk(const std::filesystem::path& folder, const std::filesystem::path& root);
/// Of a folder that exists, by /proc/self/mountinfo, without asking how full it is.
disk_facts read_mount(const std::filesystem::path& folder, const std::filesystem::path& root);
/// What this process has loaded, else what a program would load that asks for a BLAS.
std::string read_blas(const std::filesystem::path& root);
/// The hard limit, which nodes raise theirs to.
std::uint64_t read_descriptors(const std::filesystem::path& root);

}  // namespace bramble
