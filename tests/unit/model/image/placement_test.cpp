#include "model/image/placement.hpp"

#include <rapidcheck.h>

#include <cmath>
#include <string_view>
#include <type_traits>

#include "model/image/photo_tensor.hpp"
#include "model/image/resize.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/image_samples.hpp"

using namespace bramble;

TEST_CASE("places go from the photo to the input and back") {
  REQUIRE(rc::check("placement", [] {
    const auto side = [] { return *rc::gen::inRange(1, 4000); };
    const auto fit = *rc::gen::element(photo_fit::crop, photo_fit::letterbox, photo_fit::stretch);
    const auto p = place_photo(side(), side(), side(), side(), fit);
    const point at{*rc::gen::inRange(-100, 5000) / 7.0, *rc::gen::inRange(-100, 5000) / 7.0};
    const auto back = to_input(p, to_photo(p, at));
    RC_ASSERT(std::abs(back.x - at.x) < 1e-6);
    RC_ASSERT(std::abs(back.y - at.y) < 1e-6);
    RC_ASSERT(p.scaled_width >= 1);
    RC_ASSERT(p.scaled_height >= 1);
    // A letterbox holds the whole photo, touches two sides, and is in the middle.
    if (fit == photo_fit::letterbox) {
      RC_ASSERT(p.left >= 0 && p.top >= 0);
      RC_ASSERT(p.left + p.scaled_width <= p.width && p.top + p.scaled_height <= p.height);
      RC_ASSERT(p.scaled_width == p.width || p.scaled_height == p.height);
      RC_ASSERT(std::abs(2 * p.left + p.scaled_width - p.width) <= 1);
      RC_ASSERT(std::abs(2 * p.top + p.scaled_height - p.height) <= 1);
    }
  }));
}

TEST_CASE("a letterbox has the scaled photo in the middle and grey beside it") {
  const auto photo = samples::pattern(60, 30);
  const auto shown = fit_for_network(photo, 20, 20, photo_fit::letterbox);
  const auto small = resize(photo, 20, 10);
  REQUIRE(shown.rgb.size() == std::size_t{3} * 20 * 20);
  for (std::size_t i = 0; i < std::size_t{3} * 20 * 5; ++i) {
    CHECK(shown.rgb[i] == 114);
    CHECK(shown.rgb[shown.rgb.size() - 1 - i] == 114);
  }
  CHECK(std::equal(small.rgb.begin(), small.rgb.end(),
                   shown.rgb.begin() + std::ptrdiff_t{3} * 20 * 5));
  CHECK(fit_for_network(photo, 20, 20, photo_fit::stretch) == resize(photo, 20, 20));
  CHECK(fit_for_network(photo, 30, 60, photo_fit::letterbox) == photo);
}

TEST_CASE(
    "a large photo that is shrunk while it is read gives the same bytes, however it was held") {
  constexpr int width = 1150, height = 900;
  const auto pattern = samples::pattern(width, height);
  const auto eight = samples::png(width, height, {2, 8, false, {}, {}}, pattern.rgb);
  byte_vector deep_samples(2 * pattern.rgb.size());
  for (std::size_t i = 0; i < deep_samples.size(); ++i)
    deep_samples[i] = static_cast<std::uint8_t>(i % 2 == 0 ? pattern.rgb[i / 2] : i * 7);
  const auto sixteen = samples::png(width, height, {2, 16, false, {}, {}}, deep_samples);
  const auto jpeg = samples::jpeg(width, height);
  const network_view views[] = {{60, 80, photo_fit::crop, false},
                                {60, 80, photo_fit::letterbox, true},
                                {90, 30, photo_fit::stretch, false}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const auto exif = samples::exif(orientation);
    std::vector<byte_vector> files{samples::with_chunk(eight, "eXIf", exif)};
    if (orientation % 3 == 0) files.push_back(samples::with_chunk(sixteen, "eXIf", exif));
    if (orientation % 6 == 1) files.push_back(samples::with_exif(jpeg, exif));
    for (const auto& file : files) {
      auto whole = decode_image(file, "it");
      const auto& view = views[orientation % 3];
      const auto seen = decode_for_network(file, "it", view);
      std::visit(
          [&](auto& picture) {
            using kind = std::remove_cvref_t<decltype(picture)>;
            if (view.grey) make_grey(picture);
            const bool same = std::get<kind>(seen.picture) ==
                              fit_for_network(picture, view.height, view.width, view.fit);
            CHECK(same);
            CHECK(seen.placement ==
                  place_photo(picture.width, picture.height, view.width, view.height, view.fit));
          },
          whole.picture);
    }
  }
}

TEST_CASE("pictures that are not read are named, with what makes one that is") {
  const auto told = [](std::string_view bytes, const std::string& name) {
    return foreign_picture_of({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
                              name);
  };
  using namespace std::string_view_literals;
  CHECK(told("RIFF\x10\0\0\0WEBPVP8 "sv, "a.webp")->kind == "WebP");
  CHECK(told("RIFF\x10\0\0\0WEBPVP8 "sv, "a.webp")->remedy ==
        "`convert a.webp a.png` of ImageMagick makes one");
  CHECK(told("GIF89a"sv, "a")->kind == "GIF");
  CHECK(told("II*\0"sv, "a")->kind == "TIFF");
  CHECK(told("BM\x36\0\0\0\0\0\0\0"sv, "a")->kind == "BMP");
  CHECK(told("\0\0\0\x18"
             "ftypheic"sv,
             "IMG 1.HEIC")
            ->remedy == "`heif-convert FILE FILE.jpg` of Debian's libheif-examples makes one");
  CHECK(told("\0\0\0\x18"
             "ftypavif"sv,
             "a")
            ->kind == "AVIF");
  CHECK_FALSE(told("hello"sv, "a"));
  CHECK_FALSE(told(""sv, "a"));
}

TEST_CASE("a photo is laid out, ordered and ranged as its model takes it") {
  const image photo{2, 1, {1, 2, 3, 250, 251, 252}};
  meaning how;
  how.range = value_range::bytes;
  CHECK(to_tensor(photo, 3, {}, how) == std::vector<float>{1, 250, 2, 251, 3, 252});
  how.colours = colour_order::bgr;
  CHECK(to_tensor(photo, 3, {}, how) == std::vector<float>{3, 252, 2, 251, 1, 250});
  how.layout = photo_layout::nhwc;
  CHECK(to_tensor(photo, 3, {}, how) == std::vector<float>{3, 2, 1, 252, 251, 250});
  CHECK(to_bytes(photo, 3, how) == std::vector<std::uint8_t>{3, 2, 1, 252, 251, 250});
  // The mean is of the channels in the model's order.
  CHECK(to_tensor(photo, 3, {{1, 2, 3}, {2}}, how).front() == 1);
  const deep_image deep{1, 1, {65535, 257, 0}};
  CHECK(to_bytes(deep, 3) == std::vector<std::uint8_t>{255, 1, 0});
}

TEST_CASE("a tensor becomes the picture that it was made of") {
  REQUIRE(rc::check("to_picture", [] {
    const int width = *rc::gen::inRange(1, 7), height = *rc::gen::inRange(1, 7);
    const auto photo = samples::pattern(width, height);
    meaning how;
    how.range = *rc::gen::element(value_range::unit, value_range::bytes);
    how.colours = *rc::gen::element(colour_order::rgb, colour_order::bgr);
    how.layout = *rc::gen::element(photo_layout::nchw, photo_layout::nhwc);
    const normalisation normalise{{0.4F, 0.5F, 0.6F}, {0.2F, 0.3F, 0.25F}};
    const photo_frame frame{3, height, width, how.layout == photo_layout::nhwc};
    RC_ASSERT(to_picture(to_tensor(photo, 3, normalise, how), frame, normalise, how) == photo);
  }));
}
