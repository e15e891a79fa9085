#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace bramble {

/// Memory of a tensor; shared with sends that are still in flight.
using buffer = std::shared_ptr<std::uint8_t>;

/// Keeps the buffers of past requests for the next ones: fresh memory from the system would cost a
/// page fault every 4 KiB, 8 % of a request. Thread-safe, and buffers may outlive the pool's owner.
class buffer_pool : public std::enable_shared_from_this<buffer_pool> {
 public:
  static std::shared_ptr<buffer_pool> make();
  buffer_pool(const buffer_pool&) = delete;
  buffer_pool& operator=(const buffer_pool&) = delete;
  ~buffer_pool();

  /// At least `bytes`, aligned to 64, content undefined.
  buffer take(std::size_t bytes);

  /// Gives unused memory back to the system.
  void trim();
  /// How much of it there is.
  std::size_t idle_bytes() const;

 private:
  buffer_pool() = default;
  void put(std::uint8_t* memory, std::size_t capacity) noexcept;

  mutable std::mutex mutex_;
  std::multimap<std::size_t, std::uint8_t*> free_;
};

}  // namespace bramble
