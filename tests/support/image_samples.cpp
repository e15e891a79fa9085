#include "tests/support/image_samples.hpp"

#include <png.h>
#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include <jpeglib.h>

namespace samples {

bramble::image pattern(int width, int height) {
  bramble::image out{width, height, {}};
  const auto bytes =
      std::uint64_t{3} * static_cast<unsigned>(width) * static_cast<unsigned>(height);
  for (std::uint64_t i = 0; i < bytes; ++i)
    out.rgb.push_back(static_cast<std::uint8_t>((i * i * 7 + i * 13) >> 3 ^ (i % 251) * 5));
  return out;
}

bramble::byte_vector jpeg(int width, int height, jpeg_kind kind) {
  jpeg_compress_struct codec{};
  jpeg_error_mgr errors{};
  codec.err = jpeg_std_error(&errors);
  jpeg_create_compress(&codec);
  unsigned char* out = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&codec, &out, &size);
  codec.image_width = static_cast<JDIMENSION>(width);
  codec.image_height = static_cast<JDIMENSION>(height);
  const bool inks = kind == jpeg_kind::cmyk || kind == jpeg_kind::ycck;
  codec.input_components = inks ? 4 : kind == jpeg_kind::grey ? 1 : 3;
  codec.in_color_space = inks ? JCS_CMYK : kind == jpeg_kind::grey ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&codec);
  if (kind == jpeg_kind::ycck) jpeg_set_colorspace(&codec, JCS_YCCK);
  jpeg_set_quality(&codec, 95, TRUE);
  if (kind == jpeg_kind::progressive) jpeg_simple_progression(&codec);
  jpeg_start_compress(&codec, TRUE);
  // A smooth gradient, which survives compression nearly unchanged.
  std::vector<std::uint8_t> row(static_cast<std::size_t>(width * codec.input_components));
  for (int y = 0; y < height; ++y) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto x = i / static_cast<std::size_t>(codec.input_components);
      const auto colour = i % static_cast<std::size_t>(codec.input_components);
      row[i] = static_cast<std::uint8_t>(20 + 2 * x + static_cast<std::size_t>(y) + 30 * colour);
    }
    JSAMPROW rows = row.data();
    jpeg_write_scanlines(&codec, &rows, 1);
  }
  jpeg_finish_compress(&codec);
  bramble::byte_vector bytes{out, out + size};
  jpeg_destroy_compress(&codec);
  std::free(out);
  return bytes;
}

bramble::byte_vector png(int width, int height, const png_layout& layout,
                         std::vector<std::uint8_t> samples) {
  bramble::byte_vector bytes;
  auto* png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  auto* info = png_create_info_struct(png);
  const auto append = [](png_structp to, png_bytep data, std::size_t size) {
    auto& out = *static_cast<bramble::byte_vector*>(png_get_io_ptr(to));
    out.insert(out.end(), data, data + size);
  };
  png_set_write_fn(png, &bytes, append, [](png_structp) {});
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height),
               layout.depth, layout.colour_type,
               layout.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  std::vector<png_color> palette;
  for (std::size_t i = 0; i + 2 < layout.palette.size(); i += 3)
    palette.push_back({layout.palette[i], layout.palette[i + 1], layout.palette[i + 2]});
  if (!palette.empty()) png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
  if (!layout.transparent.empty())
    png_set_tRNS(png, info, layout.transparent.data(), static_cast<int>(layout.transparent.size()),
                 nullptr);
  png_write_info(png, info);
  const auto row_bytes = png_get_rowbytes(png, info);
  if (samples.size() != row_bytes * static_cast<std::size_t>(height))
    throw std::invalid_argument("samples do not fill the image");
  std::vector<png_bytep> rows;
  rows.reserve(static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y)
    rows.push_back(samples.data() + row_bytes * static_cast<std::size_t>(y));
  png_write_image(png, rows.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return bytes;
}

bramble::byte_vector exif(int value, byte_order order) {
  bramble::byte_vector out;
  const auto put = [&](std::uint32_t number, unsigned size) {
    for (unsigned i = 0; i < size; ++i)
      out.push_back(
          static_cast<std::uint8_t>(number >> 8 * (order == byte_order::big ? size - 1 - i : i)));
  };
  const char mark = order == byte_order::big ? 'M' : 'I';
  out = {static_cast<std::uint8_t>(mark), static_cast<std::uint8_t>(mark)};
  put(42, 2);
  put(8, 4);
  put(2, 2);
  put(0x0100, 2), put(4, 2), put(1, 4), put(640, 4);  // the width, as LONG
  put(0x0112, 2), put(3, 2), put(1, 4);
  put(static_cast<std::uint32_t>(value), 2), put(0, 2);
  put(0, 4);
  return out;
}

bramble::byte_vector with_exif(const bramble::byte_vector& jpeg, const bramble::byte_vector& tiff) {
  bramble::byte_vector out{jpeg.begin(), jpeg.begin() + 2};
  const auto segment = [&](std::string mark, const bramble::byte_vector& data) {
    const auto size = 2 + mark.size() + data.size();
    out.insert(out.end(),
               {0xff, 0xe1, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)});
    out.insert(out.end(), mark.begin(), mark.end());
    out.insert(out.end(), data.begin(), data.end());
  };
  segment("http://ns.adobe.com/xap/1.0/", {0, '<', '>'});
  segment(std::string{"Exif\0\0", 6}, tiff);
  out.insert(out.end(), jpeg.begin() + 2, jpeg.end());
  return out;
}

bramble::byte_vector with_chunk(const bramble::byte_vector& png, const std::string& type,
                                const bramble::byte_vector& data, bool in_front) {
  bramble::byte_vector chunk{type.begin(), type.end()};
  chunk.insert(chunk.end(), data.begin(), data.end());
  const auto sum = crc32(0, chunk.data(), static_cast<uInt>(chunk.size()));
  const auto put = [&](auto where, std::size_t number) {
    for (unsigned i = 0; i < 4; ++i)
      where = chunk.insert(where, static_cast<std::uint8_t>(number >> (24 - 8 * i))) + 1;
  };
  put(chunk.end(), sum);
  put(chunk.begin(), data.size());
  auto out = png;
  constexpr std::ptrdiff_t signature_and_header = 8 + 25, end = 12;
  out.insert(in_front ? out.begin() + signature_and_header : out.end() - end, chunk.begin(),
             chunk.end());
  return out;
}

std::string raw_profile(const bramble::byte_vector& tiff) {
  std::string text = "\nexif\n" + std::to_string(6 + tiff.size()) + "\n";
  bramble::byte_vector all{'E', 'x', 'i', 'f', 0, 0};
  all.insert(all.end(), tiff.begin(), tiff.end());
  for (std::size_t i = 0; i < all.size(); ++i) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", all[i]);
    text += digits;
    if (i % 36 == 35) text += '\n';
  }
  return text + "\n";
}

}  // namespace samples
