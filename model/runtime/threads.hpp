#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace bramble {

class backend_choices;

struct runtime_options {
  int threads = 1;            ///< of one computing thread's team; see `use_threads`
  bool direct_onednn = true;  ///< whether oneDNN is one of the backends, where it is built in
  bool xnnpack = true;        ///< the same for XNNPACK; LibTorch is always one
  /// What calibrations found, for those who share it; may be null.
  std::shared_ptr<backend_choices> choices{};
  /// What a calibration lets pass before each kernel: a device that is emulated rests after each
  /// piece, and wakes to caches that others have used meanwhile.
  std::chrono::microseconds calibration_rest{0};
};

/// Sets how many threads LibTorch, its BLAS, oneDNN and our own loops use for work that the calling
/// thread starts. OpenMP keeps this per thread, so every computing thread calls it before it makes
/// or runs a kernel; the BLAS has one number for all, which is the last that was set; calling it
/// again with the same number costs nothing. Throws `user_error` for n < 1.
void use_threads(int n);

/// Calls `body(begin, end)` on parts of [0, rows), on the calling thread's team when
/// `rows * work_per_row` (in elements touched) is worth it. Returns when all parts are done.
void parallel_rows(std::int64_t rows, std::int64_t work_per_row,
                   const std::function<void(std::int64_t, std::int64_t)>& body);

/// "1.13.1"; and of oneDNN "2.6.3", or "none" where it is not built in.
std::string libtorch_version();
std::string onednn_version();
/// Whether XNNPACK is built in and works on this processor.
bool has_xnnpack();

}  // namespace bramble
