#include "model/image/image.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "model/image/canvas.hpp"
#include "model/image/decoders.hpp"
#include "model/image/photo_tensor.hpp"
#include "model/image/resize.hpp"

namespace bramble {
namespace {

constexpr std::array<std::uint8_t, 3> jpeg_magic{0xff, 0xd8, 0xff};
constexpr std::array<std::uint8_t, 8> png_magic{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

template <std::size_t N>
bool starts_with(byte_span bytes, const std::array<std::uint8_t, N>& magic) {
  return bytes.size() >= N && std::equal(magic.begin(), magic.end(), bytes.begin());
}

bool is_space(std::uint8_t byte) {
  return std::isspace(byte) != 0;
}

bool is_pnm(byte_span bytes) {
  return bytes.size() >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7' &&
         (is_space(bytes[2]) || bytes[2] == '#');
}

/// Reads the numbers of a PNM header: decimal, between white space and comments.
class pnm_header {
 public:
  pnm_header(byte_span bytes, const std::string& name) : rest_{bytes.subspan(2)}, name_{name} {}

  std::uint64_t number() {
    skip_space_and_comments();
    std::uint64_t value = 0;
    bool any = false;
    for (; !rest_.empty() && std::isdigit(rest_[0]) != 0; rest_ = rest_.subspan(1)) {
      value = std::min<std::uint64_t>(value * 10 + (rest_[0] - '0'), std::uint32_t(-1));
      any = true;
    }
    if (!any) throw user_error(name_ + ": the header of this PNM image is damaged or cut short.");
    return value;
  }

  /// The pixels begin behind exactly one white space.
  byte_span pixels() const {
    if (rest_.empty() || !is_space(rest_[0]))
      throw user_error(name_ + ": the header of this PNM image is damaged or cut short.");
    return rest_.subspan(1);
  }

 private:
  void skip_space_and_comments() {
    bool comment = false;
    while (!rest_.empty() && (comment || is_space(rest_[0]) || rest_[0] == '#')) {
      if (rest_[0] == '#') comment = true;
      if (rest_[0] == '\n' || rest_[0] == '\r') comment = false;
      rest_ = rest_.subspan(1);
    }
  }

  byte_span rest_;
  const std::string& name_;
};

}  // namespace

namespace detail {

void check_size(std::uint64_t width, std::uint64_t height, std::uint64_t limit,
                const std::string& name) {
  if (width == 0 || height == 0) throw user_error(name + ": this image has no pixels.");
  if (width > limit || height > limit || width * height > limit)
    throw user_error(name + ": the image has " + std::to_string(width) + "x" +
                     std::to_string(height) + " pixels, and at most " + std::to_string(limit) +
                     " in all are read; scale it down first.");
}

decoded_image decode_pnm(byte_span bytes, const std::string& name, const network_view* view) {
  const char kind = static_cast<char>(bytes[1]);
  if (kind != '5' && kind != '6')
    throw user_error(name + ": this is a PNM image of kind P" + std::string(1, kind) +
                     "; only the binary P6 (colour) and P5 (grey) are read.");
  pnm_header header{bytes, name};
  const auto width = header.number();
  const auto height = header.number();
  const auto largest = header.number();
  if (largest != 255)
    throw user_error(name + ": the samples of this PNM image go up to " + std::to_string(largest) +
                     "; only 255 (8 bits) is read.");
  const auto pixels = header.pixels();
  const std::uint64_t samples = kind == '6' ? 3 : 1;
  // The bytes there are say how many pixels there can be, before any memory is asked for.
  if (height != 0 && width > pixels.size() / samples / height)
    throw user_error(name + ": the image is truncated: " + std::to_string(width) + "x" +
                     std::to_string(height) + " pixels are announced, and " +
                     std::to_string(pixels.size()) + " bytes follow.");
  canvas<std::uint8_t> out{width, height, upright_orientation, view, true, name};
  const auto most = out.block_rows(height), in_row = static_cast<std::size_t>(samples * width);
  for (std::size_t first = 0; first < height; first += most) {
    const auto rows = std::min<std::size_t>(most, height - first);
    const auto from = pixels.subspan(first * in_row, rows * in_row);
    auto* to = out.block(first);
    for (std::size_t i = 0; i < rows * out.row_samples(); ++i)
      to[i] = from[samples == 3 ? i : i / 3];
    out.put(first, rows);
  }
  return std::move(out).finish();
}

}  // namespace detail

bool looks_like_image(byte_span bytes) {
  return starts_with(bytes, jpeg_magic) || starts_with(bytes, png_magic) || is_pnm(bytes);
}

namespace {

decoded_image decode_any(byte_span bytes, const std::string& name, const network_view* view) {
  if (starts_with(bytes, jpeg_magic)) return detail::decode_jpeg(bytes, name, view);
  if (starts_with(bytes, png_magic)) return detail::decode_png(bytes, name, view);
  if (is_pnm(bytes)) return detail::decode_pnm(bytes, name, view);
  throw user_error(name + ": this is no image in a format that is read (JPEG, PNG, PPM).");
}

template <class Sample>
pixels<Sample> shown(pixels<Sample>& picture, const network_view& view) {
  if (view.grey) make_grey(picture);
  return fit_for_network(picture, view.height, view.width, view.fit);
}

}  // namespace

decoded_image decode_image(byte_span bytes, const std::string& name) {
  return decode_any(bytes, name, nullptr);
}

decoded_image decode_for_network(byte_span bytes, const std::string& name,
                                 const network_view& view) {
  auto out = decode_any(bytes, name, &view);
  if (out.placement) return out;
  std::visit(
      [&](auto& picture) {
        out.placement =
            place_photo(picture.width, picture.height, view.width, view.height, view.fit);
        out.picture = shown(picture, view);
      },
      out.picture);
  return out;
}

}  // namespace bramble
