#include <png.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "config/base/files.hpp"
#include "config/base/hash.hpp"
#include "config/defaults.hpp"
#include "model/image/image.hpp"
#include "model/image/resize.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/image_samples.hpp"
#include "tests/support/mutate.hpp"
#include "tests/support/reference_data.hpp"

using namespace bramble;
using samples::jpeg_kind;

namespace {

byte_vector text_bytes(const std::string& text) {
  return {text.begin(), text.end()};
}

byte_vector ppm(const image& picture) {
  auto out = text_bytes("P6\n" + std::to_string(picture.width) + " " +
                        std::to_string(picture.height) + "\n255\n");
  out.insert(out.end(), picture.rgb.begin(), picture.rgb.end());
  return out;
}

std::string said_of(byte_span bytes) {
  return complaint_of([&] { decode_image(bytes, "photo"); });
}

image eight_bits(decoded_image&& from) {
  return std::get<image>(std::move(from.picture));
}

/// The pixels of what is stored with 8 bits and undamaged.
image decoded(byte_span bytes) {
  auto out = decode_image(bytes, "photo");
  CHECK(out.warnings.empty());
  return eight_bits(std::move(out));
}

/// The 16 digits that Pillow 9.4's result had.
std::string digest(const image& picture) {
  return sha256_hex(picture.rgb).substr(0, 16);
}

}  // namespace

TEST_CASE("a JPEG gives the colours that went in, about") {
  for (const auto kind : {jpeg_kind::colour, jpeg_kind::progressive}) {
    const auto picture = decoded(samples::jpeg(40, 30, kind));
    REQUIRE(picture.width == 40);
    REQUIRE(picture.height == 30);
    int worst = 0;
    for (int i = 0; i < 3 * 40 * 30; ++i) {
      const int x = i / 3 % 40, y = i / 3 / 40, colour = i % 3;
      const int sent = 20 + 2 * x + y + 30 * colour;
      worst = std::max(worst, std::abs(picture.rgb.at(static_cast<std::size_t>(i)) - sent));
    }
    CHECK(worst <= 6);
  }
}

TEST_CASE("a grey JPEG becomes RGB") {
  const auto picture = decoded(samples::jpeg(16, 16, jpeg_kind::grey));
  REQUIRE(picture.rgb.size() == std::size_t{3} * 16 * 16);
  for (std::size_t i = 0; i < picture.rgb.size(); i += 3) {
    REQUIRE(picture.rgb[i] == picture.rgb[i + 1]);
    REQUIRE(picture.rgb[i] == picture.rgb[i + 2]);
  }
}

TEST_CASE(
    "a JPEG in printing colours becomes RGB as Pillow makes it, whichever way it holds them") {
  for (const auto kind : {jpeg_kind::cmyk, jpeg_kind::ycck}) {
    const auto picture = decoded(samples::jpeg(24, 16, kind));
    REQUIRE(picture.width == 24);
    double worst = 0;
    for (int i = 0; i < 3 * 24 * 16; ++i) {
      const int x = i / 3 % 24, y = i / 3 / 24, colour = i % 3;
      // What there is not of an ink, and of black.
      const double rest = 20 + 2 * x + y + 30 * colour, light = 20 + 2 * x + y + 90;
      const auto expected = light - light * (255 - rest) / 255;
      worst = std::max(worst, std::abs(picture.rgb.at(static_cast<std::size_t>(i)) - expected));
    }
    CHECK(worst <= 8);
  }
}

TEST_CASE("a JPEG cut off anywhere is refused by its name") {
  for (const auto kind : {jpeg_kind::colour, jpeg_kind::progressive}) {
    const auto whole = samples::jpeg(64, 48, kind);
    // The last two bytes only say that this is the end.
    for (std::size_t size = 3; size + 2 < whole.size(); size += 7) {
      const auto said = said_of(byte_span{whole}.first(size));
      INFO(size << " of " << whole.size() << ": " << said);
      REQUIRE(is_sentence(said));
      REQUIRE(said.starts_with("photo: "));
    }
    CHECK(contains(said_of(byte_span{whole}.first(whole.size() - 40)), "truncated"));
  }
}

TEST_CASE("a JPEG that announces more pixels than the limit is refused before they are allocated") {
  auto bytes = samples::jpeg(16, 16);
  for (std::size_t i = 0; i + 9 < bytes.size(); ++i)
    if (bytes[i] == 0xff && bytes[i + 1] == 0xc0)
      bytes[i + 5] = bytes[i + 6] = bytes[i + 7] = bytes[i + 8] = 0xf0;
  CHECK(contains(said_of(bytes), "scale it down"));
}

TEST_CASE("PNG: RGB is taken as it is, interlaced or not") {
  const auto picture = samples::pattern(19, 11);
  for (const bool interlaced : {false, true})
    CHECK(decoded(samples::png(19, 11, {PNG_COLOR_TYPE_RGB, 8, interlaced}, picture.rgb)) ==
          picture);
}

TEST_CASE("PNG: palette entries are looked up and their transparency is dropped") {
  const std::vector<std::uint8_t> palette{1, 2, 3, 40, 50, 60, 200, 0, 255};
  const auto bytes = samples::png(3, 1, {PNG_COLOR_TYPE_PALETTE, 2, false, palette, {0, 128, 255}},
                                  {0b00'01'10'00});
  CHECK(decoded(bytes).rgb == palette);
}

TEST_CASE("PNG: grey of any depth is spread over 0..255, alpha dropped") {
  using bytes = std::vector<std::uint8_t>;
  CHECK(decoded(samples::png(4, 1, {PNG_COLOR_TYPE_GRAY, 1}, {0b0101'0000})).rgb ==
        bytes{0, 0, 0, 255, 255, 255, 0, 0, 0, 255, 255, 255});
  CHECK(decoded(samples::png(2, 1, {PNG_COLOR_TYPE_GRAY, 4}, {0x3f})).rgb ==
        bytes{0x33, 0x33, 0x33, 255, 255, 255});
  CHECK(decoded(samples::png(1, 1, {PNG_COLOR_TYPE_GRAY_ALPHA, 8}, {77, 0})).rgb ==
        bytes{77, 77, 77});
  CHECK(decoded(samples::png(1, 1, {PNG_COLOR_TYPE_RGB_ALPHA, 8}, {9, 8, 7, 1})).rgb ==
        bytes{9, 8, 7});
}

TEST_CASE("a PNG cut off anywhere is refused by its name") {
  const auto whole = samples::png(19, 11, {PNG_COLOR_TYPE_RGB}, samples::pattern(19, 11).rgb);
  for (std::size_t size = 8; size < whole.size(); ++size) {
    const auto said = said_of(byte_span{whole}.first(size));
    INFO(size << " of " << whole.size() << ": " << said);
    REQUIRE(said == "photo: the PNG image is truncated.");
  }
}

TEST_CASE("PPM and PGM are read, with comments in their headers") {
  const auto picture = samples::pattern(7, 5);
  CHECK(decoded(ppm(picture)) == picture);
  auto grey = text_bytes("P5 # a comment\n#another 9\n2\t1 255\n");
  grey.insert(grey.end(), {10, 20});
  CHECK(decoded(grey).rgb == std::vector<std::uint8_t>{10, 10, 10, 20, 20, 20});
}

TEST_CASE("PNM images that are not read say why") {
  CHECK(contains(said_of(text_bytes("P3\n1 1\n255\n1 2 3\n")), "kind P3"));
  CHECK(contains(said_of(text_bytes("P6\n1 1\n65535\n123456")), "65535"));
  CHECK(contains(said_of(text_bytes("P6\n2 2\n255\n12345678901")), "truncated"));
  CHECK(contains(said_of(text_bytes("P6\n99999999999999999999 99999999999999999999\n255\n")),
                 "truncated"));
  CHECK(contains(said_of(text_bytes("P6\n0 0\n255\n")), "no pixels"));
  CHECK(contains(said_of(text_bytes("P6\n1")), "header"));
  CHECK(contains(said_of(text_bytes("P6\n1 1\n255")), "header"));
  CHECK(contains(said_of(text_bytes("P6\n-1 1\n255\n")), "header"));
}

TEST_CASE("what is no image is refused") {
  CHECK(said_of({}) == "photo: this is no image in a format that is read (JPEG, PNG, PPM).");
  CHECK(contains(said_of(text_bytes("GIF89a")), "no image"));
  CHECK_FALSE(looks_like_image(text_bytes("P8\n")));
  CHECK(looks_like_image(samples::jpeg(8, 8)));
}

TEST_CASE("damaged images never do more than complain") {
  const std::vector<byte_vector> wholes{
      samples::jpeg(40, 30),
      samples::jpeg(40, 30, jpeg_kind::progressive),
      samples::png(19, 11, {PNG_COLOR_TYPE_RGB}, samples::pattern(19, 11).rgb),
      samples::png(19, 11, {PNG_COLOR_TYPE_RGB, 8, true}, samples::pattern(19, 11).rgb),
      samples::png(3, 1, {PNG_COLOR_TYPE_PALETTE, 2, false, {1, 2, 3, 4, 5, 6}, {7}},
                   {0b00'01'00'00}),
      ppm(samples::pattern(7, 5))};
  REQUIRE(rc::check("decode_image", [&] {
    const auto bytes = *damaged(*rc::gen::elementOf(wholes));
    // Large announced sizes are the business of a test of its own; here they only take time.
    RC_ASSERT(succeeds_or_complains([&] {
      const auto picture = eight_bits(decode_image(bytes, "photo"));
      if (picture.rgb.size() != std::size_t{3} * static_cast<unsigned>(picture.width) *
                                    static_cast<unsigned>(picture.height))
        throw std::logic_error("size");
    }));
  }));
}

TEST_CASE("resizing is Pillow's, to the byte") {
  CHECK(digest(resize(samples::pattern(97, 61), 40, 33)) == "bd882f2d8b1755c8");
  CHECK(digest(resize(samples::pattern(13, 7), 64, 50)) == "706dcae576ea98ac");
  CHECK(digest(resize(samples::pattern(50, 50), 50, 20)) == "c9b4d7f26474cc2e");
  CHECK(digest(resize(samples::pattern(31, 200), 31, 31)) == "edbd1a5ec0d445d1");
  CHECK(resize(samples::pattern(8, 9), 8, 9) == samples::pattern(8, 9));
}

TEST_CASE("fitting for a network is Pillow's resize and crop, to the byte") {
  CHECK(digest(fit_for_network(samples::pattern(640, 427), 224, 224)) == "bb82a6de6ea7e64c");
  CHECK(digest(fit_for_network(samples::pattern(300, 451), 299, 299)) == "6edb32c3255ae6dc");
  CHECK(digest(fit_for_network(samples::pattern(40, 30), 227, 227)) == "051b12691c1963f9");
  CHECK(digest(fit_for_network(samples::pattern(1000, 33), 64, 64)) == "e2f52ceb62866573");
}

TEST_CASE("a picture of the network's size is taken as it is") {
  CHECK(fit_for_network(samples::pattern(20, 30), 30, 20) == samples::pattern(20, 30));
}

TEST_CASE("any picture fits any network") {
  REQUIRE(rc::check("fit_for_network", [] {
    const int width = *rc::gen::inRange(1, 120), height = *rc::gen::inRange(1, 120);
    const int to_width = *rc::gen::inRange(1, 90), to_height = *rc::gen::inRange(1, 90);
    const image grey{width, height,
                     std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height), 93)};
    const auto fitted = fit_for_network(grey, to_height, to_width);
    RC_ASSERT(fitted.width == to_width);
    RC_ASSERT(fitted.height == to_height);
    // A flat picture stays flat: the weights of each pixel add up to one.
    RC_ASSERT(fitted.rgb ==
              std::vector<std::uint8_t>(static_cast<std::size_t>(3 * to_width * to_height), 93));
  }));
}

TEST_CASE("the narrowest picture that is allowed fits as well, in little memory") {
  const image tall{1, 4'000'000, std::vector<std::uint8_t>(12'000'000, 5)};
  CHECK(fit_for_network(tall, 64, 64).rgb ==
        std::vector<std::uint8_t>(std::size_t{3} * 64 * 64, 5));
  CHECK(contains(complaint_of([&] { fit_for_network(tall, 9000, 9000); }), "9000x9000"));
}

TEST_CASE("the reference photos give the reference inputs, to the byte", "[reference]") {
  const auto photos = test::reference_data() / "photos";
  if (!std::filesystem::exists(photos)) {
    WARN("skipped: there is no " << photos.string());
    return;
  }
  for (const std::string name :
       {"chelsea_cat.png", "coffee.png", "dragonfly.png", "hot_dog.jpg", "space_shuttle.jpg"}) {
    const auto picture = decoded(read_file(photos / name));
    for (const int side : {224, 227}) {
      const auto wanted = (photos / std::filesystem::path{name}.stem()).string() + "_" +
                          std::to_string(side) + ".ppm";
      INFO(wanted);
      CHECK((fit_for_network(picture, side, side) == decoded(read_file(wanted))));
    }
  }
}
