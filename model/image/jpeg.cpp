#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <memory>
#include <vector>

#include "config/defaults.hpp"
#include "model/image/canvas.hpp"
#include "model/image/decoders.hpp"

// jpeglib.h needs size_t and FILE to be known, jerror.h what jpeglib.h says.
#include <jpeglib.h>

#include <jerror.h>

namespace bramble::detail {
namespace {

/// The warnings after which libjpeg goes on with invented pixels. It has others, which are harmless
/// oddities of cameras and editors; bytes too many are among them.
constexpr std::array<int, 5> missing_data{JWRN_HIT_MARKER, JWRN_HUFF_BAD_CODE, JWRN_ARITH_BAD_CODE,
                                          JWRN_MUST_RESYNC, JWRN_BOGUS_PROGRESSION};
using jpeg_message = std::array<char, JMSG_LENGTH_MAX>;

/// libjpeg reports errors by leaving its functions with longjmp, which must not cross a frame that
/// owns anything. So everything is owned here, outside, and the two functions that call setjmp have
/// only trivial locals.
struct jpeg_decoder {
  jpeg_decompress_struct codec{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  std::jmp_buf escape{};
  jpeg_message message{};
  std::array<jpeg_message, missing_data.size()> warnings{};  ///< the first of each kind, or empty
  bool ended_early = false;
  bool too_many_scans = false;
  std::vector<JSAMPLE> inks;  ///< a row in printing colours; empty: the picture is in others

  jpeg_decoder() = default;
  jpeg_decoder(const jpeg_decoder&) = delete;
  jpeg_decoder& operator=(const jpeg_decoder&) = delete;
  /// Also right for a decoder that was never created: libjpeg looks at its (zeroed) memory manager.
  ~jpeg_decoder() { jpeg_destroy_decompress(&codec); }
};

/// EXIF, and other things, stand in segments of this kind.
constexpr int exif_marker = JPEG_APP0 + 1;

jpeg_decoder& owner(j_common_ptr codec) {
  return *static_cast<jpeg_decoder*>(codec->client_data);
}

[[noreturn]] void leave(j_common_ptr codec) {
  auto& decoder = owner(codec);
  codec->err->format_message(codec, decoder.message.data());
  std::longjmp(decoder.escape, 1);
}

/// After the end of the data libjpeg goes on, too; that much missing is an error to us.
void note_warning(j_common_ptr codec, int level) {
  if (level >= 0) return;
  auto& decoder = owner(codec);
  if (codec->err->msg_code == JWRN_JPEG_EOF) decoder.ended_early = true;
  for (std::size_t i = 0; i < missing_data.size(); ++i)
    if (codec->err->msg_code == missing_data[i] && decoder.warnings[i][0] == '\0')
      codec->err->format_message(codec, decoder.warnings[i].data());
}

void discard_message(j_common_ptr /*codec*/) {}

void count_scans(j_common_ptr codec) {
  auto& decoder = owner(codec);
  if (decoder.codec.input_scan_number <= defaults::jpeg_scans_limit) return;
  decoder.too_many_scans = true;
  std::longjmp(decoder.escape, 1);
}

bool read_header(jpeg_decoder& decoder, byte_span bytes) {
  if (setjmp(decoder.escape) != 0) return false;
  auto& codec = decoder.codec;
  codec.err = jpeg_std_error(&decoder.errors);
  decoder.errors.error_exit = leave;
  decoder.errors.emit_message = note_warning;
  decoder.errors.output_message = discard_message;
  codec.client_data = &decoder;
  jpeg_create_decompress(&codec);
  decoder.progress.progress_monitor = count_scans;
  codec.progress = &decoder.progress;
  jpeg_mem_src(&codec, bytes.data(), static_cast<unsigned long>(bytes.size()));
  jpeg_save_markers(&codec, exif_marker, 0xffff);
  jpeg_read_header(&codec, TRUE);
  return true;
}

/// What is left of `light` behind an ink of which `rest` is not there; rounded as Pillow does.
std::uint8_t behind(unsigned light, unsigned rest) {
  const auto product = light * (255 - rest) + 128;
  return static_cast<std::uint8_t>(light - (((product >> 8U) + product) >> 8U));
}

/// Red, green and blue of a row of cyan, magenta, yellow and black, as Pillow makes them. A JPEG
/// holds what is not there of each ink: Adobe's programs write it so, and all others followed.
void print_row(const JSAMPLE* inks, std::uint8_t* rgb, std::size_t pixels) {
  for (std::size_t i = 0; i < pixels; ++i)
    for (std::size_t colour = 0; colour < 3; ++colour)
      rgb[3 * i + colour] = behind(inks[4 * i + 3], inks[4 * i + colour]);
}

bool read_rows(jpeg_decoder& decoder, canvas<std::uint8_t>& to) {
  if (setjmp(decoder.escape) != 0) return false;
  auto& codec = decoder.codec;
  codec.out_color_space = decoder.inks.empty() ? JCS_RGB : JCS_CMYK;
  jpeg_start_decompress(&codec);
  const std::size_t most = to.block_rows(codec.output_height);
  while (codec.output_scanline < codec.output_height) {
    const std::size_t first = codec.output_scanline;
    const std::size_t rows = std::min<std::size_t>(most, codec.output_height - first);
    while (codec.output_scanline < first + rows) {
      auto* place = to.block(first) + (codec.output_scanline - first) * to.row_samples();
      JSAMPROW row = decoder.inks.empty() ? place : decoder.inks.data();
      jpeg_read_scanlines(&codec, &row, 1);
      if (!decoder.inks.empty()) print_row(row, place, codec.output_width);
    }
    to.put(first, rows);
  }
  jpeg_finish_decompress(&codec);
  return true;
}

int orientation_of(const jpeg_decompress_struct& codec) {
  for (const auto* marker = codec.marker_list; marker != nullptr; marker = marker->next) {
    const byte_span all{marker->data, marker->data_length};
    const auto tiff = without_exif_mark(all);
    if (marker->marker == exif_marker && tiff.size() < all.size()) return orientation_of_exif(tiff);
  }
  return upright_orientation;
}

std::vector<std::string> warnings_of(const jpeg_decoder& decoder, const std::string& name) {
  std::vector<std::string> out;
  for (const auto& each : decoder.warnings)
    if (each[0] != '\0')
      out.push_back(name + ": the JPEG image is damaged (" + each.data() +
                    "); what is missing was guessed, and the answer may be wrong.");
  return out;
}

[[noreturn]] void complain(const jpeg_decoder& decoder, const std::string& name) {
  if (decoder.ended_early) throw user_error(name + ": the JPEG image is truncated.");
  if (decoder.too_many_scans)
    throw user_error(name + ": the JPEG image has more than " +
                     std::to_string(defaults::jpeg_scans_limit) + " scans.");
  throw user_error(name + ": the JPEG image is damaged (" + decoder.message.data() + ").");
}

}  // namespace

decoded_image decode_jpeg(byte_span bytes, const std::string& name, const network_view* view) {
  const auto decoder = std::make_unique<jpeg_decoder>();
  if (!read_header(*decoder, bytes)) complain(*decoder, name);
  const auto& codec = decoder->codec;
  // A progressive one comes row by row, too, but libjpeg holds all of its coefficients by then.
  canvas<std::uint8_t> out{
      codec.image_width, codec.image_height, orientation_of(codec), view, true, name};
  if (codec.jpeg_color_space == JCS_CMYK || codec.jpeg_color_space == JCS_YCCK)
    decoder->inks.resize(std::size_t{4} * codec.image_width);
  if (!read_rows(*decoder, out) || decoder->ended_early) complain(*decoder, name);
  auto decoded = std::move(out).finish();
  decoded.warnings = warnings_of(*decoder, name);
  return decoded;
}

}  // namespace bramble::detail
