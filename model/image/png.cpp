#include <png.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "config/defaults.hpp"
#include "model/image/canvas.hpp"
#include "model/image/decoders.hpp"

namespace bramble::detail {
namespace {

/// What libpng's callbacks need. libpng leaves its functions with longjmp, which must not cross a
/// frame that owns anything: see png_decoder.
struct png_context {
  byte_span rest;
  bool ended_early = false;
  std::array<char, 200> message{};
};

[[noreturn]] void leave(png_structp png, png_const_charp message) {
  auto* context = static_cast<png_context*>(png_get_error_ptr(png));
  std::snprintf(context->message.data(), context->message.size(), "%s", message);
  png_longjmp(png, 1);
}

void discard_warning(png_structp /*png*/, png_const_charp /*message*/) {}

void take_bytes(png_structp png, png_bytep to, std::size_t size) {
  auto* context = static_cast<png_context*>(png_get_io_ptr(png));
  if (size > context->rest.size()) {
    context->ended_early = true;
    png_error(png, "the data ends too early");
  }
  std::memcpy(to, context->rest.data(), size);
  context->rest = context->rest.subspan(size);
}

/// Owns libpng's state; the two functions below that call setjmp have only trivial locals.
class png_decoder {
 public:
  explicit png_decoder(byte_span bytes) : context{.rest = bytes} {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &context, leave, discard_warning);
    if (png != nullptr) info = png_create_info_struct(png);
  }
  png_decoder(const png_decoder&) = delete;
  png_decoder& operator=(const png_decoder&) = delete;
  ~png_decoder() { png_destroy_read_struct(&png, &info, nullptr); }

  png_context context;
  png_structp png = nullptr;
  png_infop info = nullptr;
};

bool read_header(png_decoder& decoder) {
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
  png_set_read_fn(decoder.png, &decoder.context, take_bytes);
  // Pixels are limited by their number, not by side.
  png_set_user_limits(decoder.png, defaults::image_pixels_limit, defaults::image_pixels_limit);
  // What is said beside the picture is not needed here, and libpng would make room for as much of
  // it as a chunk announces, which may be 2 GB that are not in the file.
  png_set_keep_unknown_chunks(decoder.png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  png_read_info(decoder.png, decoder.info);
  return true;
}

/// Everything becomes RGB of 8 or, where the file has them, 16 bits.
template <class Sample>
void ask_for_rgb(png_structp png) {
  png_set_expand(png);
  png_set_strip_alpha(png);
  png_set_gray_to_rgb(png);
  if constexpr (sizeof(Sample) == 2) png_set_swap(png);  // the file has the high byte first
}

template <class Sample>
bool read_rows(png_decoder& decoder, canvas<Sample>& to, std::size_t rows) {
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
  auto* png = decoder.png;
  ask_for_rgb<Sample>(png);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, decoder.info);
  if (png_get_rowbytes(png, decoder.info) != to.row_samples() * sizeof(Sample))
    png_error(png, "unexpected pixel format");
  const auto most = to.block_rows(rows);
  for (int pass = 0; pass < passes; ++pass)
    for (std::size_t first = 0; first < rows; first += most) {
      const auto count = std::min(most, rows - first);
      if (pass > 0) to.take(first, count);
      for (std::size_t i = 0; i < count; ++i)
        png_read_row(png, reinterpret_cast<png_bytep>(to.block(first) + i * to.row_samples()),
                     nullptr);
      to.put(first, count);
    }
  png_read_end(png, nullptr);
  return true;
}

[[noreturn]] void complain(const png_decoder& decoder, const std::string& name) {
  if (decoder.context.ended_early) throw user_error(name + ": the PNG image is truncated.");
  throw user_error(name + ": the PNG image is damaged (" + decoder.context.message.data() + ").");
}

template <class Sample>
decoded_image decode_samples(png_decoder& decoder, int orientation, const std::string& name,
                             const network_view* view) {
  const auto height = png_get_image_height(decoder.png, decoder.info);
  const bool one_pass = png_get_interlace_type(decoder.png, decoder.info) == PNG_INTERLACE_NONE;
  canvas<Sample> out{
      png_get_image_width(decoder.png, decoder.info), height, orientation, view, one_pass, name};
  if (!read_rows(decoder, out, height)) complain(decoder, name);
  return std::move(out).finish();
}

}  // namespace

decoded_image decode_png(byte_span bytes, const std::string& name, const network_view* view) {
  png_decoder decoder{bytes};
  if (decoder.png == nullptr || decoder.info == nullptr)
    throw std::runtime_error("libpng cannot be set up");
  if (!read_header(decoder)) complain(decoder, name);
  const auto orientation = orientation_of_png(bytes);
  return png_get_bit_depth(decoder.png, decoder.info) == 16
             ? decode_samples<std::uint16_t>(decoder, orientation, name, view)
             : decode_samples<std::uint8_t>(decoder, orientation, name, view);
}

}  // namespace bramble::detail
