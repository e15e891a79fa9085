#include "actors/requests/core/wire_trials.hpp"

#include <cmath>
#include <cstring>

#include "tests/support/catch.hpp"

using namespace bramble;

namespace {

host_tensor floats(const std::vector<float>& values) {
  host_tensor out{{static_cast<std::int64_t>(values.size())},
                  element_type::f32,
                  byte_vector(values.size() * sizeof(float))};
  std::memcpy(out.bytes.data(), values.data(), out.bytes.size());
  return out;
}

constexpr auto fp32 = wire_type::fp32, fp16 = wire_type::fp16, int8 = wire_type::int8;

}  // namespace

TEST_CASE("answers differ by a share of the largest value") {
  CHECK(difference_of({floats({1, -4})}, {floats({1, -4})}) == 0);
  CHECK(difference_of({floats({1, -4})}, {floats({1.2F, -4})}) == Approx(0.05));
  CHECK(std::isinf(difference_of({floats({1})}, {floats({1, 2})})));
  CHECK(std::isinf(difference_of({floats({1})}, {})));
  CHECK(std::isinf(difference_of({floats({1})}, {floats({NAN})})));
  host_tensor a{{2}, element_type::i64, byte_vector(16, 1)};
  auto b = a;
  CHECK(difference_of({a}, {b}) == 0);
  b.bytes[3] = 9;
  CHECK(std::isinf(difference_of({a}, {b})));
}

TEST_CASE("a wire that rounds is used once it was found to keep within half of the bound") {
  wire_trials t;
  CHECK(t.choose("m", 1e-3) == fp32);
  CHECK(t.answered("m", fp32, 100) == fp16);
  CHECK_FALSE(t.answered("m", fp32, 100).has_value());  // one comparison at a time
  t.compared("m", fp16, 80, 4e-4);
  CHECK(t.choose("m", 1e-3) == fp16);
  CHECK(t.choose("m", 7e-4) == fp32);
  CHECK(t.error_of("m", fp16) == 4e-4);
  CHECK(t.error_of("m", fp32) == 0);
  CHECK(t.choose("other", 1e-3) == fp32);
}

TEST_CASE(
    "a wire that brings no time is not used, and the quickest of those that keep the bound is") {
  wire_trials t;
  t.answered("m", fp32, 100);
  t.compared("m", fp16, 99, 1e-5);
  CHECK(t.choose("m", 0.1) == fp32);
  CHECK(t.answered("m", fp32, 100) == int8);
  t.compared("m", int8, 60, 0.02);
  CHECK(t.choose("m", 0.1) == int8);
  CHECK(t.choose("m", 0.03) == fp32);
}

TEST_CASE("it is compared again now and then, and the worst that was seen counts") {
  wire_trials t;
  t.answered("m", fp32, 100);
  t.compared("m", fp16, 80, 1e-4);
  for (unsigned i = 1; i < defaults::wire_check_every; ++i)
    REQUIRE_FALSE(t.answered("m", fp16, 80).has_value());
  CHECK(t.answered("m", fp16, 80) == fp32);
  t.compared("m", fp16, 80, 9e-4);
  CHECK(t.choose("m", 1e-3) == fp32);
  CHECK(t.choose("m", 2e-3) == fp16);
}

TEST_CASE("a comparison that failed is tried with another request") {
  wire_trials t;
  CHECK(t.answered("m", fp32, 100) == fp16);
  t.not_compared("m");
  CHECK(t.answered("m", fp32, 100) == fp16);
}
