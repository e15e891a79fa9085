# Writes a C++ file with the page's files in it: cmake -DOUTPUT=page_files.cpp -DFILES="a;b" -P embed.cmake
set(arrays "")
set(entries "")
set(index 0)
foreach(file ${FILES})
  get_filename_component(name ${file} NAME)
  get_filename_component(extension ${file} EXT)
  if(extension STREQUAL ".html")
    set(type "text/html; charset=utf-8")
  elseif(extension STREQUAL ".css")
    set(type "text/css; charset=utf-8")
  elseif(extension STREQUAL ".js")
    set(type "text/javascript; charset=utf-8")
  elseif(extension STREQUAL ".svg")
    set(type "image/svg+xml")
  else()
    message(FATAL_ERROR "${file}: the gateway serves no files of this kind; see gateway/page/embed.cmake.")
  endif()
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
  string(APPEND arrays "constexpr char content_${index}[] = {${bytes}'\\0'};\n")
  string(APPEND entries "    {\"/${name}\", \"${type}\", {content_${index}, sizeof content_${index} - 1}},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE ${OUTPUT}.new "// Made of gateway/page by gateway/page/embed.cmake.
#include <array>

#include \"gateway/page/page_files.hpp\"

namespace bramble::gateway {
namespace {

${arrays}
constexpr std::array<page_file, ${index}> files{{
${entries}}};

}  // namespace

std::span<const page_file> page_files() {
  return files;
}

}  // namespace bramble::gateway
")
file(RENAME ${OUTPUT}.new ${OUTPUT})
