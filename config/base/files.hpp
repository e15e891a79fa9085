#pragma once

#include <filesystem>
#include <string>

#include "config/base/codec.hpp"

namespace bramble {

/// The whole file. Throws `user_error` naming the path when it is missing, a folder, or unreadable,
/// or larger than `max_bytes`.
byte_vector read_file(const std::filesystem::path& path, std::uint64_t max_bytes = 4ULL << 30);

/// What `write_file_atomically` throws when there is no room.
class disk_full : public user_error {
 public:
  using user_error::user_error;
};

/// Writes to a temporary name beside `path` (of this call alone: any threads and processes may
/// write one file), syncs, and renames: readers see the old content or the new one, and a full disk
/// leaves the old one. `mode` is the permission of the new file.
void write_file_atomically(const std::filesystem::path& path, byte_span content,
                           unsigned mode = 0644);

inline byte_span as_bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string as_text(byte_span bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace bramble
