#include "actors/requests/core/wire_trials.hpp"

#include "tests/support/catch.hpp"

using namespace bramble;

namespace {

constexpr auto fp32 = wire_type::fp32, fp16 = wire_type::fp16, int8 = wire_type::int8;

}  // namespace

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
