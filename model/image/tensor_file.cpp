#include "model/image/tensor_file.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>
#include <string_view>

#include "config/base/files.hpp"
#include "config/parse.hpp"
#include "model/image/convert_elements.hpp"
#include "model/image/npy_header.hpp"

namespace bramble {
namespace {

constexpr std::array<std::uint8_t, 6> magic{0x93, 'N', 'U', 'M', 'P', 'Y'};

// Tensor files are little-endian, and so are the machines that Bramble runs on.
static_assert(std::endian::native == std::endian::little);

/// Cuts the header's text out and moves `bytes` behind it.
std::string_view take_header(byte_span& bytes, const std::string& name) {
  const auto fail = [&] {
    return user_error(name + ": the .npy file is truncated in its header.");
  };
  if (bytes.size() < 10) throw fail();
  const int version = bytes[6];
  if (version < 1 || version > 3)
    throw user_error(name + ": this is a .npy file of version " + std::to_string(version) +
                     "; 1, 2 and 3 are read.");
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  if (bytes.size() < 8 + length_bytes) throw fail();
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) length |= std::size_t{bytes[8 + i]} << (8 * i);
  bytes = bytes.subspan(8 + length_bytes);
  if (length > bytes.size()) throw fail();
  const std::string_view text{reinterpret_cast<const char*>(bytes.data()), length};
  bytes = bytes.subspan(length);
  return text;
}

const char* numpy_name(element_type type) {
  switch (type) {
    case element_type::f32:
      return "<f4";
    case element_type::f16:
      return "<f2";
    case element_type::f64:
      return "<f8";
    case element_type::i64:
      return "<i8";
    case element_type::i32:
      return "<i4";
    case element_type::i16:
      return "<i2";
    case element_type::i8:
      return "|i1";
    case element_type::u8:
      return "|u1";
    case element_type::boolean:
      return "|b1";
  }
  throw std::invalid_argument("no such element type");
}

}  // namespace

bool looks_like_npy(byte_span bytes) {
  return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
}

tensor_data decode_npy(byte_span bytes, const std::string& name, element_type wanted) {
  if (!looks_like_npy(bytes)) throw user_error(name + ": this is no .npy file.");
  const auto header = detail::parse_npy_header(take_header(bytes, name), name);
  if (header.fortran_order)
    throw user_error(name + ": the .npy file is in Fortran order; save it with " +
                     "numpy.ascontiguousarray(...).");
  const auto size = detail::npy_element_size(header.type, name);
  const auto elements = bounded_element_count(header.shape);
  if (!elements)
    throw user_error(name + ": the .npy file announces a tensor of shape " +
                     format_shape(header.shape) + ", which is larger than any that is read.");
  const auto there_should_be = static_cast<std::uint64_t>(*elements) * size;
  if (bytes.size() != there_should_be)
    throw user_error(name + ": the .npy file is " +
                     (bytes.size() < there_should_be ? "truncated" : "too long") + ": shape " +
                     format_shape(header.shape) + " takes " + std::to_string(there_should_be) +
                     " bytes, and " + std::to_string(bytes.size()) + " follow the header.");
  return {header.shape, detail::convert_elements(bytes, header.type, wanted, name)};
}

byte_vector encode_npy(std::span<const std::int64_t> shape, element_type type, byte_span elements) {
  const std::vector<std::int64_t> dimensions{shape.begin(), shape.end()};
  const auto count = bounded_element_count(dimensions);
  if (!count || static_cast<std::uint64_t>(*count) * size_of(type) != elements.size())
    throw std::invalid_argument("a tensor's values do not fit its shape " +
                                format_shape(dimensions));
  auto header =
      std::string{"{'descr': '"} + numpy_name(type) + "', 'fortran_order': False, 'shape': (";
  for (const auto dimension : shape) header += std::to_string(dimension) + ",";
  header += "), }";
  // The elements begin at a multiple of 64, for those who map the file.
  const std::size_t preamble = magic.size() + 4;
  header.append(63 - (preamble + header.size()) % 64, ' ');
  header += '\n';

  byte_vector out{magic.begin(), magic.end()};
  out.insert(out.end(), {1, 0, static_cast<std::uint8_t>(header.size() & 0xff),
                         static_cast<std::uint8_t>(header.size() >> 8)});
  out.insert(out.end(), header.begin(), header.end());
  out.insert(out.end(), elements.begin(), elements.end());
  return out;
}

byte_vector encode_npy(std::span<const std::int64_t> shape, std::span<const float> values) {
  return encode_npy(shape, element_type::f32,
                    {reinterpret_cast<const std::uint8_t*>(values.data()), values.size_bytes()});
}

void write_npy(const std::filesystem::path& path, std::span<const std::int64_t> shape,
               std::span<const float> values) {
  write_file_atomically(path, encode_npy(shape, values));
}

}  // namespace bramble
