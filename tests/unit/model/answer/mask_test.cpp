#include "model/answer/mask.hpp"

#include <rapidcheck.h>

#include <cstring>
#include <limits>
#include <numeric>

#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;

namespace {

template <class Element>
host_tensor elements_of(std::vector<std::int64_t> shape, element_type type,
                        const std::vector<Element>& values) {
  host_tensor out{std::move(shape), type, byte_vector(values.size() * sizeof(Element))};
  std::memcpy(out.bytes.data(), values.data(), out.bytes.size());
  return out;
}

class_mask mask_in(const host_tensor& tensor, photo_layout layout = photo_layout::unsaid) {
  meaning said;
  said.task = task_kind::segment;
  said.layout = layout;
  const auto input = layout == photo_layout::nhwc ? std::vector<std::int64_t>{1, 8, 8, 3}
                                                  : std::vector<std::int64_t>{1, 3, 8, 8};
  const std::vector outputs{tensor};
  const auto known = understand(said, {{"x", input, element_type::f32}},
                                {{"mask", tensor.shape, tensor.type}}, "It");
  return read_mask(known, outputs);
}

using classes_t = std::vector<std::uint16_t>;

}  // namespace

TEST_CASE("each pixel has the class of its largest number") {
  const std::vector<float> values{1, 5, 2, 2,   // class 0
                                  3, 0, 2, 1,   // class 1
                                  2, 4, 1, 9};  // class 2
  CHECK(mask_in(elements_of({1, 3, 2, 2}, element_type::f32, values)).classes ==
        classes_t{1, 0, 0, 2});
  // The same with the channels last.
  const std::vector<float> last{1, 3, 2, 5, 0, 4, 2, 2, 1, 2, 1, 9};
  CHECK(mask_in(elements_of({1, 2, 2, 3}, element_type::f32, last), photo_layout::nhwc).classes ==
        classes_t{1, 0, 0, 2});
}

TEST_CASE("one number for a pixel is a probability or a logit") {
  CHECK(mask_in(elements_of<float>({1, 1, 1, 4}, element_type::f32, {0, 0.4F, 0.5F, 1})).classes ==
        classes_t{0, 0, 1, 1});
  CHECK(mask_in(elements_of<float>({1, 1, 1, 4}, element_type::f32, {-3, 0.4F, 0, 7})).classes ==
        classes_t{0, 1, 1, 1});
}

TEST_CASE("a mask of whole numbers is its classes") {
  CHECK(
      mask_in(elements_of<std::int64_t>({1, 2, 2}, element_type::i64, {0, 7, 65534, 1})).classes ==
      classes_t{0, 7, 65534, 1});
  CHECK(mask_in(elements_of<std::int32_t>({1, 1, 1, 2}, element_type::i32, {3, 0})).classes ==
        classes_t{3, 0});
  for (const std::int64_t bad : {-1LL, 65535LL})
    CHECK(is_sentence(complaint_of([&] {
      mask_in(elements_of<std::int64_t>({1, 1, 1}, element_type::i64, {bad}));
    })));
}

TEST_CASE("a mask with what is no number is refused") {
  const auto nan = std::numeric_limits<float>::quiet_NaN();
  for (const std::int64_t channels : {1, 2})
    CHECK(is_sentence(complaint_of([&] {
      mask_in(elements_of<float>({1, channels, 2 / channels, 1}, element_type::f32, {0, nan}));
    })));
}

TEST_CASE("a mask in the photo's pixels is the network's where that was shown") {
  const class_mask mask{2, 2, {1, 2, 3, 4}};
  const auto stretched = mask_of_photo(mask, place_photo(4, 2, 2, 2, photo_fit::stretch));
  CHECK(stretched.classes == classes_t{1, 1, 2, 2, 3, 3, 4, 4});
  // A photo of 448x224 shows its middle square, and of that 224 of 256.
  const auto cut = mask_of_photo({1, 1, {9}}, place_photo(512, 256, 224, 224, photo_fit::crop));
  CHECK(cut.classes[0] == class_mask::unseen);
  CHECK(cut.classes[std::size_t{128} * 512 + 256] == 9);
  CHECK(std::ranges::count(cut.classes, 9) == std::ptrdiff_t{224} * 224);
}

TEST_CASE("shares are of what was shown, and add up") {
  const class_mask mask{2, 4, {9, 9, 1, 2, 1, 1, 9, 9}};
  // A photo twice as wide as high in a square: the first and last row are bars.
  const auto shares = shares_of(mask, place_photo(200, 100, 100, 100, photo_fit::letterbox));
  CHECK(shares == std::vector<class_share>{{1, 0.75}, {2, 0.25}});
  CHECK(shares_of(mask).front() == class_share{9, 0.5});
  REQUIRE(rc::check("shares", [] {
    const int width = *rc::gen::inRange(1, 9), height = *rc::gen::inRange(1, 9);
    const auto classes = *rc::gen::container<classes_t>(static_cast<std::size_t>(width * height),
                                                        rc::gen::inRange<std::uint16_t>(0, 4));
    const auto all = shares_of({width, height, classes});
    const auto sum = std::accumulate(all.begin(), all.end(), 0.0,
                                     [](double s, const class_share& c) { return s + c.share; });
    RC_ASSERT(std::abs(sum - 1) < 1e-9);
    RC_ASSERT(std::ranges::is_sorted(all, std::greater{}, &class_share::share));
  }));
}
