#include "model/import/onnx/memory_limit.hpp"

#include <c10/core/CPUAllocator.h>
#include <malloc.h>
#include <torch/version.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <utility>

namespace bramble {
namespace {

/// Hands on to another allocator, and counts.
class counting_allocator : public c10::Allocator {
 public:
  /// What earlier runs still hold is not counted again.
  void begin(c10::Allocator* from, std::int64_t most) {
    from_ = from;
    most_ = most;
    limit_ = taken_ + most;
  }

  c10::DeleterFnPtr raw_deleter() const override { return &release; }

#if TORCH_VERSION_MAJOR >= 2
  c10::DataPtr allocate(std::size_t size) override {
    return give(size);
  }
  void copy_data(void* to, const void* from, std::size_t count) const override {
    default_copy_data(to, from, count);
  }
#else
  c10::DataPtr allocate(std::size_t size) const override {
    return give(size);
  }
#endif

 private:
  c10::DataPtr give(std::size_t size) const {
    if (std::cmp_greater(size, most_) || taken_ + static_cast<std::int64_t>(size) > limit_)
      throw std::runtime_error("it would take more than the " + std::to_string(most_ >> 20) +
                               " MB that a network of this size may run in");
    auto* data = size == 0 ? nullptr : from_->raw_allocate(size);
    if (data != nullptr) taken_ += static_cast<std::int64_t>(malloc_usable_size(data));
    return {data, data, &release, c10::Device{c10::kCPU}};
  }

  /// Memory of before may come here, and memory of now go elsewhere: it is the same `free`.
  static void release(void* data);

  c10::Allocator* from_ = nullptr;
  std::int64_t most_ = 0, limit_ = 0;
  mutable std::atomic<std::int64_t> taken_{0};
};

counting_allocator& counting() {
  static counting_allocator one;
  return one;
}

void counting_allocator::release(void* data) {
  if (data == nullptr) return;
  counting().taken_ -= static_cast<std::int64_t>(malloc_usable_size(data));
  counting().from_->raw_deallocate(data);
}

}  // namespace

memory_limit::memory_limit(std::uint64_t bytes) : before_{c10::GetCPUAllocator()} {
  counting().begin(before_, static_cast<std::int64_t>(bytes));
  c10::SetCPUAllocator(&counting(), /*priority=*/1);
}

memory_limit::~memory_limit() {
  c10::SetCPUAllocator(before_, /*priority=*/1);
}

}  // namespace bramble
