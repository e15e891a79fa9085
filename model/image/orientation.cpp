#include "model/image/orientation.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "config/defaults_image.hpp"

namespace bramble::detail {
namespace {

constexpr std::array<std::uint8_t, 6> exif_mark{'E', 'x', 'i', 'f', 0, 0};

/// Whole numbers out of bytes that may end anywhere, in the file's byte order.
class tiff_reader {
 public:
  tiff_reader(byte_span bytes, bool big_endian) : bytes_{bytes}, big_endian_{big_endian} {}

  std::optional<std::uint32_t> number(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) return std::nullopt;
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < size; ++i)
      out = out << 8U | bytes_[at + (big_endian_ ? i : size - 1 - i)];
    return out;
  }

 private:
  byte_span bytes_;
  bool big_endian_;
};

/// Sizes of the types that an orientation is written as: EXIF says SHORT; some write BYTE or LONG.
std::size_t size_of_type(std::uint32_t type) {
  return type == 1 ? 1 : type == 3 ? 2 : type == 4 ? 4 : 0;
}

/// The orientation in the directory entry at `at`, if it is one.
std::optional<int> orientation_in(const tiff_reader& in, std::size_t at) {
  constexpr std::uint32_t orientation_tag = 0x0112;
  if (in.number(at, 2) != orientation_tag || in.number(at + 4, 4) != 1U) return std::nullopt;
  const auto value = in.number(at + 8, size_of_type(in.number(at + 2, 2).value_or(0)));
  if (!value || *value < 1 || *value > 8) return std::nullopt;
  return static_cast<int>(*value);
}

std::uint32_t big_endian(byte_span bytes) {
  return tiff_reader{bytes, true}.number(0, 4).value_or(0);
}

struct png_chunk {
  std::string_view type;
  byte_span data;
};

/// Takes the next chunk off `rest`; nothing at the end or where the file is damaged.
std::optional<png_chunk> next_chunk(byte_span& rest) {
  constexpr std::size_t around = 12;  // length, type, checksum
  if (rest.size() < around) return std::nullopt;
  const std::size_t length = big_endian(rest);
  if (length > rest.size() - around) return std::nullopt;
  const auto whole = rest.subspan(4, 4 + length);
  rest = rest.subspan(around + length);
  return png_chunk{{reinterpret_cast<const char*>(whole.data()), 4}, whole.subspan(4)};
}

/// The checksum stands right behind the data.
bool is_sound(const png_chunk& chunk) {
  const auto* type = reinterpret_cast<const Bytef*>(chunk.type.data());
  const auto sum = crc32(crc32(0, nullptr, 0), type, static_cast<uInt>(4 + chunk.data.size()));
  return sum == big_endian({chunk.data.data() + chunk.data.size(), 4});
}

std::string inflated(byte_span bytes) {
  std::string out(defaults::exif_text_limit_bytes, '\0');
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return {};
  // zlib only reads from here.
  stream.next_in =
      const_cast<Bytef*>(bytes.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  inflate(&stream, Z_FINISH);
  // What is longer or damaged at its end still begins with the directory that is looked for.
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

/// The text of a tEXt or zTXt chunk that holds a raw EXIF profile; empty for any other.
std::string raw_profile(const png_chunk& chunk) {
  const std::string_view all{reinterpret_cast<const char*>(chunk.data.data()), chunk.data.size()};
  const auto end = all.find('\0');
  const auto keyword = all.substr(0, end);
  if (end == std::string_view::npos ||
      (keyword != "Raw profile type exif" && keyword != "Raw profile type APP1"))
    return {};
  if (chunk.type == "tEXt") return std::string{all.substr(end + 1)};
  const auto compressed = chunk.data.subspan(end + 1);
  return compressed.size() > 1 && compressed[0] == 0 ? inflated(compressed.subspan(1)) : "";
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const int letter = std::tolower(static_cast<unsigned char>(c));
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

}  // namespace

byte_span without_exif_mark(byte_span bytes) {
  const bool marked = bytes.size() >= exif_mark.size() &&
                      std::equal(exif_mark.begin(), exif_mark.end(), bytes.begin());
  return marked ? bytes.subspan(exif_mark.size()) : bytes;
}

int orientation_of_exif(byte_span tiff) {
  if (tiff.size() < 8 || tiff[0] != tiff[1] || (tiff[0] != 'I' && tiff[0] != 'M'))
    return upright_orientation;
  const tiff_reader in{tiff, tiff[0] == 'M'};
  if (in.number(2, 2) != 42U) return upright_orientation;
  const std::size_t directory = in.number(4, 4).value_or(0);
  const auto entries = in.number(directory, 2).value_or(0);
  for (std::uint32_t i = 0; i < entries; ++i) {
    const auto at = directory + 2 + std::size_t{12} * i;
    if (at >= tiff.size()) break;
    if (const auto found = orientation_in(in, at)) return *found;
  }
  return upright_orientation;
}

int orientation_of_profile(std::string_view text) {
  // "\nexif\n      38\n4578696600...": a name, the number of bytes, and the bytes, in lines.
  const auto name = text.find_first_not_of('\n');
  const auto count = text.find('\n', name);
  const auto digits = count == std::string_view::npos ? count : text.find('\n', count + 1);
  if (name == std::string_view::npos || digits == std::string_view::npos)
    return upright_orientation;
  byte_vector bytes;
  int half = -1;
  for (const char c : text.substr(digits)) {
    if (c == '\n') continue;
    const int value = digit(c);
    if (value < 0) break;
    if (half >= 0) bytes.push_back(static_cast<std::uint8_t>(half << 4 | value));
    half = half >= 0 ? -1 : value;
  }
  return orientation_of_exif(without_exif_mark(bytes));
}

int orientation_of_png(byte_span file) {
  constexpr std::size_t signature = 8;
  auto rest = file.subspan(std::min(file.size(), signature));
  int by_text = upright_orientation;
  while (const auto chunk = next_chunk(rest)) {
    if (chunk->type == "IEND") break;
    const bool text = chunk->type == "tEXt" || chunk->type == "zTXt";
    if ((!text && chunk->type != "eXIf") || !is_sound(*chunk)) continue;
    if (!text) return orientation_of_exif(without_exif_mark(chunk->data));
    if (by_text == upright_orientation) by_text = orientation_of_profile(raw_profile(*chunk));
  }
  return by_text;
}

}  // namespace bramble::detail
