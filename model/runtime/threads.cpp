#include "model/runtime/threads.hpp"

#include <ATen/Parallel.h>
#include <torch/csrc/api/include/torch/version.h>

#include "config/base/error.hpp"
#include "config/defaults_runtime.hpp"
#include "model/runtime/blas_threads.hpp"

namespace bramble {
namespace {

thread_local int threads_here = 0;

}  // namespace

void use_threads(int n) {
  if (n < 1)
    throw user_error("The number of threads must be at least 1; it is " + std::to_string(n) + ".");
  if (threads_here == n) return;
  // The first question to a new thread makes LibTorch initialise its team there, with a default
  // that would otherwise come later and replace our number.
  at::get_num_threads();
  at::set_num_threads(n);
  use_blas_threads(n);
  threads_here = n;
}

void parallel_rows(std::int64_t rows, std::int64_t work_per_row,
                   const std::function<void(std::int64_t, std::int64_t)>& body) {
  const auto per_row = std::max<std::int64_t>(1, work_per_row);
  const auto grain = std::max<std::int64_t>(1, defaults::parallel_grain_elements / per_row);
  if (threads_here <= 1 || rows <= grain)
    body(0, rows);
  else
    at::parallel_for(0, rows, grain, body);
}

std::string libtorch_version() {
  return TORCH_VERSION;
}

}  // namespace bramble
