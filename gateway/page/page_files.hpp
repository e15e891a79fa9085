#pragma once

#include <span>
#include <string_view>

namespace bramble::gateway {

/// A file of the page, which is part of the program (gateway/CMakeLists.txt makes it so).
struct page_file {
  std::string_view path;  ///< "/index.html"
  std::string_view type;
  std::string_view content;
};

std::span<const page_file> page_files();

}  // namespace bramble::gateway
