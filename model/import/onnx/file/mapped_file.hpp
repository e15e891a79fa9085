#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "config/base/codec.hpp"

namespace bramble {

/// A file's bytes without memory of their own.
struct mapped_file {
  std::shared_ptr<const void> keep;
  byte_span bytes;
};

/// Throws `user_error` (starting with `place`) where there is no such file, or it cannot be read.
mapped_file map_whole(const std::filesystem::path& path, const std::string& place);

/// Gives back the memory that reading a mapping has taken; it is read again where it is asked for.
void forget_pages(const mapped_file& file);

}  // namespace bramble
