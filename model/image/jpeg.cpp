#include <array>
#include <csetjmp>
#include <cstdio>
#include <memory>

#include "config/defaults.hpp"
#include "model/image/decoders.hpp"

// jpeglib.h needs size_t and FILE to be known.
#include <jerror.h>
#include <jpeglib.h>

namespace bramble::detail {
namespace {

/// libjpeg reports errors by leaving its functions with longjmp, which must not cross a frame that
/// owns anything. So everything is owned here, outside, and the two functions that call setjmp have
/// only trivial locals.
struct jpeg_decoder {
  jpeg_decompress_struct codec{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  std::jmp_buf escape{};
  std::array<char, JMSG_LENGTH_MAX> message{};
  bool ended_early = false;
  bool too_many_scans = false;

  jpeg_decoder() = default;
  jpeg_decoder(const jpeg_decoder&) = delete;
  jpeg_decoder& operator=(const jpeg_decoder&) = delete;
  /// Also right for a decoder that was never created: libjpeg looks at its (zeroed) memory manager.
  ~jpeg_decoder() { jpeg_destroy_decompress(&codec); }
};

jpeg_decoder& owner(j_common_ptr codec) {
  return *static_cast<jpeg_decoder*>(codec->client_data);
}

[[noreturn]] void leave(j_common_ptr codec) {
  auto& decoder = owner(codec);
  codec->err->format_message(codec, decoder.message.data());
  std::longjmp(decoder.escape, 1);
}

/// libjpeg goes on after the end of the data with invented bytes and a warning; other warnings are
/// harmless oddities of cameras and editors.
void note_warning(j_common_ptr codec, int level) {
  if (level < 0 && codec->err->msg_code == JWRN_JPEG_EOF) owner(codec).ended_early = true;
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
  jpeg_read_header(&codec, TRUE);
  return true;
}

bool read_rows(jpeg_decoder& decoder, std::uint8_t* rgb) {
  if (setjmp(decoder.escape) != 0) return false;
  auto& codec = decoder.codec;
  codec.out_color_space = JCS_RGB;
  jpeg_start_decompress(&codec);
  while (codec.output_scanline < codec.output_height) {
    JSAMPROW row = rgb + std::size_t{codec.output_scanline} * codec.output_width * 3;
    jpeg_read_scanlines(&codec, &row, 1);
  }
  jpeg_finish_decompress(&codec);
  return true;
}

[[noreturn]] void complain(const jpeg_decoder& decoder, const std::string& name) {
  if (decoder.ended_early) throw user_error(name + ": the JPEG image is truncated.");
  if (decoder.too_many_scans)
    throw user_error(name + ": the JPEG image has more than " +
                     std::to_string(defaults::jpeg_scans_limit) + " scans.");
  throw user_error(name + ": the JPEG image is damaged (" + decoder.message.data() + ").");
}

}  // namespace

image decode_jpeg(byte_span bytes, const std::string& name) {
  const auto decoder = std::make_unique<jpeg_decoder>();
  if (!read_header(*decoder, bytes)) complain(*decoder, name);
  const auto& codec = decoder->codec;
  if (codec.jpeg_color_space == JCS_CMYK || codec.jpeg_color_space == JCS_YCCK)
    throw user_error(name + ": this JPEG image is in the printing colours CMYK; save it as RGB.");
  auto out = allocate_image(codec.image_width, codec.image_height, name);
  if (!read_rows(*decoder, out.rgb.data()) || decoder->ended_early) complain(*decoder, name);
  return out;
}

}  // namespace bramble::detail
