#include "model/runtime/buffer.hpp"

#include <cstdlib>
#include <new>

namespace bramble {
namespace {

// A cache line, and the width of the widest vectors.
constexpr std::size_t alignment = 64;

}  // namespace

std::shared_ptr<buffer_pool> buffer_pool::make() {
  return std::shared_ptr<buffer_pool>(new buffer_pool);
}

buffer_pool::~buffer_pool() {
  trim();
}

buffer buffer_pool::take(std::size_t bytes) {
  auto capacity = (bytes + alignment - 1) / alignment * alignment;
  if (capacity == 0) capacity = alignment;
  std::uint8_t* memory = nullptr;
  {
    std::lock_guard guard{mutex_};
    // Best fit, but never a buffer of which most would lie idle.
    const auto found = free_.lower_bound(capacity);
    if (found != free_.end() && found->first <= 2 * capacity) {
      capacity = found->first;
      memory = found->second;
      free_.erase(found);
    }
  }
  if (memory == nullptr)
    memory = static_cast<std::uint8_t*>(std::aligned_alloc(alignment, capacity));
  if (memory == nullptr) throw std::bad_alloc();
  return buffer(memory,
                [pool = shared_from_this(), capacity](std::uint8_t* p) { pool->put(p, capacity); });
}

void buffer_pool::trim() {
  std::lock_guard guard{mutex_};
  for (auto& [capacity, memory] : free_) std::free(memory);
  free_.clear();
}

std::size_t buffer_pool::idle_bytes() const {
  std::lock_guard guard{mutex_};
  std::size_t bytes = 0;
  for (const auto& [capacity, memory] : free_) bytes += capacity;
  return bytes;
}

void buffer_pool::put(std::uint8_t* memory, std::size_t capacity) noexcept {
  try {
    std::lock_guard guard{mutex_};
    free_.emplace(capacity, memory);
  } catch (...) {
    std::free(memory);
  }
}

}  // namespace bramble
