#pragma once

#include <vector>

#include "config/doctor/finding.hpp"
#include "config/doctor/machine_facts.hpp"

namespace bramble {

// Pure: facts go in, findings come out. Each says nothing of what is not known.

/// All of them, one for each subject, in the order in which people read them.
std::vector<finding> check_machine(const machine_facts& facts);

finding check_system(const machine_facts& facts);
finding check_clock(const machine_facts& facts);
finding check_memory(const ram_facts& memory);
finding check_disk(const disk_facts& disk);
finding check_heat(const board_health& health);
finding check_power(const board_health& health);
finding check_processor(const processor_facts& processor);
finding check_blas(const std::string& library);
finding check_descriptors(std::uint64_t most);

}  // namespace bramble
