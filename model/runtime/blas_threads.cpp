#include "model/runtime/blas_threads.hpp"

#include <dlfcn.h>

#include <atomic>
#include <cstdint>

namespace bramble {
namespace {

/// The function of that name in whatever library this process has loaded, or null. Debian lets its
/// administrator choose the BLAS, so none can be linked by name.
template <class Function>
Function* loaded(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

struct blas {
  void (*openblas)(int) = loaded<void(int)>("openblas_set_num_threads");
  void (*blis)(std::int64_t) = loaded<void(std::int64_t)>("bli_thread_set_num_threads");
};

}  // namespace

void use_blas_threads(int n) {
  static const blas here;
  static std::atomic<int> told{0};
  if (told.exchange(n) == n) return;
  if (here.openblas != nullptr) here.openblas(n);
  if (here.blis != nullptr) here.blis(n);
}

}  // namespace bramble
