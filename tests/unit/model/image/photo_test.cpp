#include <png.h>
#include <rapidcheck.h>
#include <zlib.h>

#include <array>
#include <cmath>

#include "model/image/image.hpp"
#include "model/image/orientation.hpp"
#include "model/image/photo_tensor.hpp"
#include "model/image/resize.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/image_samples.hpp"
#include "tests/support/mutate.hpp"

using namespace bramble;
using samples::byte_order;

namespace {

template <class Sample>
std::size_t place(const pixels<Sample>& of, int x, int y, int colour) {
  const auto pixel = static_cast<std::size_t>(y) * static_cast<std::size_t>(of.width) +
                     static_cast<std::size_t>(x);
  return 3 * pixel + static_cast<std::size_t>(colour);
}

/// Pixel by pixel, by the words of the EXIF standard: where its 0th row and 0th column are.
template <class Sample>
pixels<Sample> turned(const pixels<Sample>& stored, int orientation) {
  const auto index = static_cast<std::size_t>(orientation - 1);
  const bool lying = orientation >= 5;
  pixels<Sample> out{lying ? stored.height : stored.width, lying ? stored.width : stored.height,
                     stored.rgb};
  for (int y = 0; y < stored.height; ++y)
    for (int x = 0; x < stored.width; ++x) {
      const int right = stored.width - 1 - x, below = stored.height - 1 - y;
      const int to_x = std::array{x, right, right, x, y, below, below, y}.at(index);
      const int to_y = std::array{y, y, below, below, x, x, right, right}.at(index);
      for (int colour = 0; colour < 3; ++colour)
        out.rgb.at(place(out, to_x, to_y, colour)) = stored.rgb.at(place(stored, x, y, colour));
    }
  return out;
}

byte_vector bytes_of(const std::string& text) {
  return {text.begin(), text.end()};
}

/// A zTXt chunk's data: keyword, method, deflated text.
byte_vector compressed(const std::string& keyword, const std::string& text) {
  byte_vector deflated(compressBound(text.size()));
  auto size = static_cast<uLongf>(deflated.size());
  REQUIRE(compress(deflated.data(), &size, reinterpret_cast<const Bytef*>(text.data()),
                   text.size()) == Z_OK);
  auto out = bytes_of(keyword + std::string{"\0\0", 2});
  out.insert(out.end(), deflated.begin(), deflated.begin() + static_cast<std::ptrdiff_t>(size));
  return out;
}

image shown(byte_span bytes) {
  return std::get<image>(decode_image(bytes, "photo").picture);
}

}  // namespace

TEST_CASE("a JPEG is turned upright, however the camera was held") {
  // More rows than are decoded at once, and not a multiple of them.
  const auto plain = samples::jpeg(40, 37);
  for (const auto order : {byte_order::little, byte_order::big})
    for (int orientation = 1; orientation <= 8; ++orientation) {
      INFO(orientation);
      CHECK(shown(samples::with_exif(plain, samples::exif(orientation, order))) ==
            turned(shown(plain), orientation));
    }
}

TEST_CASE("a PNG is turned upright, wherever it says so") {
  const auto stored = samples::pattern(19, 37);
  for (const bool interlaced : {false, true}) {
    const auto plain = samples::png(19, 37, {PNG_COLOR_TYPE_RGB, 8, interlaced}, stored.rgb);
    for (int orientation = 1; orientation <= 8; ++orientation) {
      INFO(orientation << (interlaced ? " interlaced" : ""));
      const auto exif = samples::exif(orientation, byte_order::big);
      const auto text = samples::raw_profile(exif);
      const auto wanted = turned(stored, orientation);
      CHECK(shown(samples::with_chunk(plain, "eXIf", exif)) == wanted);
      CHECK(shown(samples::with_chunk(plain, "eXIf", exif, false)) == wanted);
      const std::string keyword = "Raw profile type exif";
      CHECK(shown(samples::with_chunk(plain, "tEXt",
                                      bytes_of(keyword + std::string{"\0", 1} + text))) == wanted);
      CHECK(shown(samples::with_chunk(plain, "zTXt", compressed(keyword, text))) == wanted);
      CHECK(shown(samples::with_chunk(plain, "zTXt", compressed("Comment", text))) == stored);
    }
  }
}

TEST_CASE("orientations that are no such thing are ignored") {
  using detail::orientation_of_exif;
  const auto good = samples::exif(6);
  REQUIRE(orientation_of_exif(good) == 6);
  for (const int wrong : {0, 9, 255, 65535}) CHECK(orientation_of_exif(samples::exif(wrong)) == 1);
  // Cut off anywhere before the end of its entry.
  for (std::size_t size = 0; size < 32; ++size)
    CHECK(orientation_of_exif(byte_span{good}.first(size)) == 1);
  auto changed = [&](std::size_t at, std::uint8_t value) {
    auto bytes = good;
    bytes[at] = value;
    return orientation_of_exif(bytes);
  };
  CHECK(changed(0, 'X') == 1);
  CHECK(changed(2, 43) == 1);
  CHECK(changed(7, 0xff) == 1);  // a directory far behind the end
  CHECK(changed(24, 5) == 1);    // a RATIONAL
  CHECK(changed(26, 2) == 1);    // two values
  CHECK(changed(24, 4) == 6);    // written as LONG
  CHECK(changed(24, 1) == 6);    // written as BYTE
  CHECK(changed(9, 0xff) == 6);  // more entries than there are
  CHECK(detail::orientation_of_profile("\nexif\n 9\nno digits") == 1);
  CHECK(detail::orientation_of_profile("") == 1);
  CHECK(detail::orientation_of_profile("\n\n") == 1);
}

TEST_CASE("a chunk of EXIF whose checksum is wrong does not turn the picture") {
  const auto stored = samples::pattern(5, 3);
  const auto plain = samples::png(5, 3, {PNG_COLOR_TYPE_RGB}, stored.rgb);
  auto bytes = samples::with_chunk(plain, "eXIf", samples::exif(6));
  bytes[8 + 25 + 8 + 32 + 1] ^= 1U;  // of its data
  CHECK(shown(bytes) == stored);
}

TEST_CASE("damaged EXIF never turns a picture into anything but itself or one of its turns") {
  const auto plain = samples::jpeg(10, 6);
  const auto stored = shown(plain);
  REQUIRE(rc::check("decode_image", [&] {
    auto tiff = *damaged(samples::exif(8));
    const auto picture = shown(samples::with_exif(plain, tiff));
    bool known = false;
    for (int orientation = 1; orientation <= 8; ++orientation)
      known = known || picture == turned(stored, orientation);
    RC_ASSERT(known);
  }));
}

TEST_CASE("a PNG of 16 bits keeps its precision into the tensor") {
  // 0x1234 and 0x12ff are the same byte, and 0xffff is full light.
  const auto bytes = samples::png(2, 1, {PNG_COLOR_TYPE_RGB, 16},
                                  {0x12, 0x34, 0x12, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0x80, 0});
  const auto picture = std::get<deep_image>(decode_image(bytes, "p").picture);
  REQUIRE(picture.rgb == std::vector<std::uint16_t>{0x1234, 0x12ff, 0xffff, 0, 1, 0x8000});
  CHECK(to_tensor(picture) == std::vector<float>{0x1234 / 65535.0F, 0, 0x12ff / 65535.0F,
                                                 1 / 65535.0F, 1, 0x8000 / 65535.0F});
  const auto grey = samples::png(2, 1, {PNG_COLOR_TYPE_GRAY, 16}, {0x12, 0x34, 0xab, 0xcd});
  CHECK(std::get<deep_image>(decode_image(grey, "p").picture).rgb ==
        std::vector<std::uint16_t>{0x1234, 0x1234, 0x1234, 0xabcd, 0xabcd, 0xabcd});
  const auto turned_one = samples::with_chunk(bytes, "eXIf", samples::exif(6));
  CHECK(std::get<deep_image>(decode_image(turned_one, "p").picture) == turned(picture, 6));
}

TEST_CASE("pictures of 16 bits are resized like those of 8, only finer") {
  const auto coarse = samples::pattern(97, 61);
  deep_image deep{97, 61, {}};
  for (const auto byte : coarse.rgb) deep.rgb.push_back(static_cast<std::uint16_t>(byte * 257));
  const auto small = fit_for_network(coarse, 30, 40);
  const auto fine = fit_for_network(deep, 30, 40);
  REQUIRE(fine.rgb.size() == small.rgb.size());
  bool between = false;
  for (std::size_t i = 0; i < small.rgb.size(); ++i) {
    const double there = fine.rgb[i] / 257.0;
    REQUIRE(std::abs(there - small.rgb[i]) <= 1);  // each of 8-bit's two passes rounds
    between = between || fine.rgb[i] % 257 != 0;
  }
  CHECK(between);
}

TEST_CASE("a picture becomes grey by the brightness of its colours, as Pillow rounds it") {
  // Image.new("RGB", ...).convert("L") of Pillow 9.4.
  image picture{6, 1, {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 10, 200, 30, 1, 2, 3}};
  make_grey(picture);
  CHECK(to_tensor(picture, 1) ==
        std::vector<float>{76 / 255.0F, 150 / 255.0F, 29 / 255.0F, 1, 124 / 255.0F, 2 / 255.0F});
  deep_image deep{2, 1, {65535, 65535, 65535, 65535, 0, 0}};
  make_grey(deep);
  CHECK(deep.rgb == std::vector<std::uint16_t>{65535, 65535, 65535, 19595, 19595, 19595});
}

TEST_CASE("a tensor has its colours one after the other, in 0..1, normalised where wanted") {
  const image picture{2, 1, {0, 51, 102, 255, 204, 153}};
  CHECK(to_tensor(picture) ==
        std::vector<float>{0, 1, 51 / 255.0F, 204 / 255.0F, 102 / 255.0F, 153 / 255.0F});
  const auto normalised = to_tensor(picture, 3, {{0.5F, 0, 0}, {0.25F, 1, 1}});
  CHECK(normalised[0] == -2.0F);
  CHECK(normalised[1] == 2.0F);
  CHECK(normalised[2] == 51 / 255.0F);
}

TEST_CASE("one number normalises all channels, and a grey picture needs but one") {
  const image picture{1, 1, {51, 102, 255}};
  CHECK(to_tensor(picture, 3, {{0.5F}, {0.5F}}) ==
        to_tensor(picture, 3, {{0.5F, 0.5F, 0.5F}, {0.5F, 0.5F, 0.5F}}));
  CHECK(to_tensor(picture, 1, {{0.2F}, {0.5F}}) == std::vector<float>{(51 / 255.0F - 0.2F) / 0.5F});
}

TEST_CASE("what a JPEG lacks is told, and what is only odd is not") {
  const auto whole = samples::jpeg(64, 48);
  REQUIRE(decode_image(whole, "photo").warnings.empty());
  // A byte too many between two segments is an oddity.
  auto odd = whole;
  odd.insert(odd.end() - 2, {0, 0, 0});
  CHECK(decode_image(odd, "photo").warnings.empty());
  // The scan breaks off and the end follows.
  auto broken =
      byte_vector{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(whole.size()) * 3 / 4};
  broken.insert(broken.end(), {0xff, 0xd9});
  const auto warnings = decode_image(broken, "photo").warnings;
  REQUIRE(warnings.size() == 1);
  CHECK(is_sentence(warnings[0]));
  CHECK(warnings[0].starts_with(
      "photo: the JPEG image is damaged (Corrupt JPEG data: premature end"));
}
