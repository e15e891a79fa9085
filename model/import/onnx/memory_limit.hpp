#pragma once

#include <c10/core/Allocator.h>

#include <cstdint>

namespace bramble {

/// While one lives, LibTorch gives no more memory than this to tensors that are made meanwhile, all
/// together: a few numbers of a file may ask for any amount. Beyond that it throws
/// `std::runtime_error`. One at a time in a process; tensors made under it may outlive it.
class memory_limit {
 public:
  explicit memory_limit(std::uint64_t bytes);
  memory_limit(const memory_limit&) = delete;
  memory_limit& operator=(const memory_limit&) = delete;
  ~memory_limit();

 private:
  c10::Allocator* before_;
};

}  // namespace bramble
