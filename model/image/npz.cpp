#include "model/image/npz.hpp"

#include <zlib.h>

#include <limits>
#include <stdexcept>

#include "model/image/tensor_file.hpp"

namespace bramble {
namespace {

// Signatures and the version that is needed to read the file, as APPNOTE.TXT of PKWARE numbers
// them.
constexpr std::uint32_t local_header = 0x04034b50;
constexpr std::uint32_t central_header = 0x02014b50;
constexpr std::uint32_t end_of_directory = 0x06054b50;
constexpr std::uint16_t version_needed = 20;
/// 1 January 1980, the first day of MS-DOS: equal tensors make equal files.
constexpr std::uint16_t day = 0x0021;

void put16(byte_vector& out, std::size_t value) {
  out.push_back(static_cast<std::uint8_t>(value));
  out.push_back(static_cast<std::uint8_t>(value >> 8U));
}

void put32(byte_vector& out, std::size_t value) {
  put16(out, value & 0xFFFFU);
  put16(out, value >> 16U);
}

/// What both headers of a file say alike.
void put_facts(byte_vector& out, const std::string& name, const byte_vector& content) {
  const auto sum = ::crc32_z(0, content.data(), content.size());
  put16(out, version_needed);
  put16(out, 0);  // no flags
  put16(out, 0);  // stored as it is
  put16(out, 0);  // midnight
  put16(out, day);
  put32(out, sum);
  put32(out, content.size());
  put32(out, content.size());
  put16(out, name.size());
  put16(out, 0);  // nothing extra
}

void append(byte_vector& out, const std::string& text) {
  out.insert(out.end(), text.begin(), text.end());
}

}  // namespace

byte_vector encode_npz(const std::vector<named_tensor>& tensors) {
  byte_vector out, directory;
  for (const auto& each : tensors) {
    const auto name = each.name + ".npy";
    const auto content = encode_npy(each.tensor->shape, each.tensor->type, each.tensor->bytes);
    const auto offset = out.size();
    if (name.size() > std::numeric_limits<std::uint16_t>::max() ||
        offset + content.size() > std::numeric_limits<std::uint32_t>::max() - (1U << 20))
      throw std::invalid_argument("tensors that fit into no archive");
    put32(out, local_header);
    put_facts(out, name, content);
    append(out, name);
    out.insert(out.end(), content.begin(), content.end());
    put32(directory, central_header);
    put16(directory, version_needed);
    put_facts(directory, name, content);
    put16(directory, 0);  // no comment
    put16(directory, 0);  // of the first disk
    put16(directory, 0);
    put32(directory, 0);  // no attributes
    put32(directory, offset);
    append(directory, name);
  }
  const auto begin = out.size();
  out.insert(out.end(), directory.begin(), directory.end());
  put32(out, end_of_directory);
  put16(out, 0);
  put16(out, 0);
  put16(out, tensors.size());
  put16(out, tensors.size());
  put32(out, directory.size());
  put32(out, begin);
  put16(out, 0);
  return out;
}

}  // namespace bramble
