#include "model/answer/drawing.hpp"

#include <rapidcheck.h>

#include <set>

#include "model/answer/letters.hpp"
#include "model/answer/tensor_json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;

namespace {

image grey(int width, int height) {
  return {width, height,
          std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height), 93)};
}

colour at(const image& picture, int x, int y) {
  const auto first = 3 * static_cast<std::size_t>(y * picture.width + x);
  return {picture.rgb.at(first), picture.rgb.at(first + 1), picture.rgb.at(first + 2)};
}

constexpr colour plain{93, 93, 93};

}  // namespace

TEST_CASE("a frame is drawn along a box's edges and nowhere else") {
  auto picture = grey(40, 30);
  draw_boxes(picture, {{{10, 5, 20, 15}, 3, ""}});
  const auto paint = colour_of(3);
  CHECK(at(picture, 10, 5) == paint);
  CHECK(at(picture, 19, 14) == paint);
  CHECK(at(picture, 15, 5) == paint);
  CHECK(at(picture, 11, 6) == plain);
  CHECK(at(picture, 20, 14) == plain);
  CHECK(at(picture, 9, 5) == plain);
}

TEST_CASE("boxes may be anywhere and labels any text") {
  REQUIRE(rc::check("draw_boxes", [] {
    auto picture = grey(*rc::gen::inRange(1, 60), *rc::gen::inRange(1, 60));
    const auto size = picture.rgb.size();
    const auto place = [] { return *rc::gen::element(-1e300, -7.0, 0.0, 3.5, 40.0, 1e9, 1e300); };
    const auto text = *rc::gen::arbitrary<std::string>();
    draw_boxes(picture,
               {{{place(), place(), place(), place()}, *rc::gen::arbitrary<std::size_t>(), text}});
    RC_ASSERT(picture.rgb.size() == size);
  }));
}

TEST_CASE("letters are read from UTF-8, and all of ASCII are drawn differently") {
  CHECK(letters_of("a\xc3\xbcz") == U"a\u00fcz");
  CHECK(letters_of("\xe7\x8c\xab\xf0\x9f\x90\xb1") == U"\u732b\U0001F431");
  CHECK(letters_of("\xc3") == std::u32string{0xFFFD});
  CHECK(letters_of("\xff"
                   "a") == U"\uFFFDa");
  std::set<std::string> drawn;
  for (char32_t letter = U' '; letter <= U'~'; ++letter) {
    std::string dots;
    for (int y = 0; y < letter_height; ++y)
      for (int x = 0; x < letter_width; ++x) dots += is_ink(letter, x, y) ? '#' : ' ';
    drawn.insert(dots);
  }
  CHECK(drawn.size() == 95);
  CHECK(is_ink(0x732B, 0, 3));
  CHECK_FALSE(is_ink(0x732B, 2, 3));
}

TEST_CASE("classes of neighbouring numbers have colours of their own") {
  for (std::size_t i = 0; i < 60; ++i)
    for (std::size_t k = i + 1; k < i + 8; ++k) CHECK(colour_of(i) != colour_of(k));
}

TEST_CASE("a mask lies over the photo, and is a picture of numbers by itself") {
  auto picture = grey(2, 2);
  const class_mask mask{2, 2, {0, 1, class_mask::unseen, 2}};
  draw_mask(picture, mask, 0);
  CHECK(at(picture, 0, 0) == plain);
  CHECK(at(picture, 0, 1) == plain);
  CHECK(at(picture, 1, 0)[0] == (93 + colour_of(1)[0] + 1) / 2);
  CHECK_THROWS_AS(draw_mask(picture, {1, 1, {0}}, 0), std::invalid_argument);

  const auto back = std::get<image>(decode_image(encode_png(mask, true, "m.png"), "it").picture);
  CHECK(at(back, 0, 0) == colour{0, 0, 0});
  CHECK(at(back, 1, 0) == colour_of(1));
  CHECK(at(back, 0, 1) == colour{0, 0, 0});
  CHECK(at(back, 1, 1) == colour_of(2));
  CHECK(contains(complaint_of([] {
                   encode_png({1, 1, {255}}, true, "m.png");
                 }),
                 "m.png: the mask"));
  const auto same = std::get<image>(decode_image(encode_png(picture), "it").picture);
  CHECK(same == picture);
}

TEST_CASE("a photo of 16 bits is drawn on with 8") {
  CHECK(shown_photo(deep_image{1, 1, {0xFFFF, 0x1234, 0}}).rgb ==
        std::vector<std::uint8_t>{255, 0x12, 0});
}

TEST_CASE("tensors become JSON with the same bits, and many or endless ones are refused") {
  host_tensor reals{{2, 2}, element_type::f32, byte_vector(16)};
  const float values[] = {0.1F, -3, 1e-30F, 16777216};
  std::copy_n(reinterpret_cast<const std::uint8_t*>(values), 16, reals.bytes.begin());
  const host_tensor truths{{2}, element_type::boolean, {1, 0}};
  CHECK(encode_json("m", {{"a\"b", &reals}, {"is", &truths}}, "x.json") ==
        "{\"model\": \"m\", \"outputs\": [\n"
        "{\"name\": \"a\\\"b\", \"dtype\": \"float32\", \"shape\": [2, 2], \"data\": [[0.1, -3],\n"
        "[1e-30, 16777216]]},\n"
        "{\"name\": \"is\", \"dtype\": \"bool\", \"shape\": [2], \"data\": [true, false]}\n]}\n");
  const host_tensor many{{400, 400}, element_type::u8, byte_vector(160'000)};
  const auto said = complaint_of([&] { encode_json("m", {{"a", &many}}, "dir/x.json"); });
  CHECK(contains(said, "type --output dir/x.npy."));
  CHECK(is_sentence(said));
  const host_tensor endless{{1}, element_type::f32, {0, 0, 0x80, 0x7f}};
  CHECK(contains(complaint_of([&] { encode_json("m", {{"a", &endless}}, "x.json"); }), "x.npz"));
}
