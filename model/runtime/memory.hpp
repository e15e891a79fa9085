#pragma once

#include <cstdint>

namespace bramble {

/// Main memory of this machine; without a bound where the system does not say.
std::uint64_t machine_memory_bytes();

/// Gives the system back what the heaps keep of freed memory: after much was packed, measured or
/// computed that is now gone. Some milliseconds; thread-safe.
void return_freed_memory();

/// For a program that runs ops once and whose peak matters: large allocations go back to the system
/// as soon as they are freed, and oneDNN keeps no code for a second time. For the whole process,
/// and for good; before anything large is allocated.
void prefer_small_peak();

/// oneDNN's part of that; nothing where it is not built in.
void keep_no_onednn_code();

}  // namespace bramble
