#include "model/runtime/wire.hpp"

#include <cmath>
#include <limits>
#include <random>

#include "config/base/half.hpp"
#include "model/runtime/half.hpp"
#include "tests/support/catch.hpp"

using namespace bramble;

namespace {

const value_info map{{1, 5, 4, 7}, element_type::f32, no_id};
const region part{{1, 4}, {0, 3}, {2, 7}};  // 3 channels of 15 pixels

std::vector<float> through(wire_type wire, const std::vector<float>& in) {
  byte_vector payload(encoded_bytes(wire, map, part));
  encode_wire(wire, map, part, reinterpret_cast<const std::uint8_t*>(in.data()), payload.data());
  std::vector<float> out(in.size());
  decode_wire(wire, map, part, payload, reinterpret_cast<std::uint8_t*>(out.data()));
  return out;
}

std::vector<float> random_floats(float scale) {
  std::mt19937 random{3};
  std::uniform_real_distribution<float> uniform{-scale, scale};
  std::vector<float> out(static_cast<std::size_t>(part.elements()));
  for (auto& each : out) each = uniform(random);
  return out;
}

}  // namespace

TEST_CASE("the sizes on the wire") {
  CHECK(encoded_bytes(wire_type::fp32, map, part) == 180);
  CHECK(encoded_bytes(wire_type::fp16, map, part) == 90);
  CHECK(encoded_bytes(wire_type::int8, map, part) == 45 + 3 * 4);
  const value_info indices{{10}, element_type::i64, no_id};
  CHECK(encoded_bytes(wire_type::fp16, indices, extent(indices)) == 80);
}

TEST_CASE("fp32 is exact, the others keep to their bounds") {
  for (const float scale : {1e-3F, 1.0F, 3e4F}) {
    const auto in = random_floats(scale);
    CHECK(through(wire_type::fp32, in) == in);
    const auto half = through(wire_type::fp16, in);
    const auto byte = through(wire_type::int8, in);
    for (std::size_t i = 0; i < in.size(); ++i) {
      INFO(scale << " element " << i);
      CHECK(std::fabs(half[i] - in[i]) <= std::max(std::fabs(in[i]) * 0x1p-11F, 0x1p-25F));
      CHECK(std::fabs(byte[i] - in[i]) <= scale / 254 * 1.001F);
    }
  }
}

TEST_CASE("int8 has a scale for each channel") {
  std::vector<float> in(45);
  for (std::size_t pixel = 0; pixel < 15; ++pixel) {
    in[3 * pixel] = 1000.0F * static_cast<float>(pixel);
    in[3 * pixel + 1] = 0;
    in[3 * pixel + 2] = -0.001F * static_cast<float>(pixel);
  }
  const auto out = through(wire_type::int8, in);
  for (std::size_t pixel = 0; pixel < 15; ++pixel) {
    CHECK(std::fabs(out[3 * pixel] - in[3 * pixel]) <= 14000.0F / 254 * 1.001F);
    CHECK(out[3 * pixel + 1] == 0);
    CHECK(std::fabs(out[3 * pixel + 2] - in[3 * pixel + 2]) <= 0.014F / 254 * 1.001F);
  }
}

TEST_CASE("numbers that are out of range") {
  constexpr auto huge = std::numeric_limits<float>::infinity();
  auto in = random_floats(1);
  in[0] = huge;
  in[4] = -1e9F;
  in[8] = std::nanf("");
  const auto half = through(wire_type::fp16, in);
  CHECK(half[0] == 65504);
  CHECK(half[4] == -65504);
  CHECK(std::isnan(half[8]));
  const auto byte = through(wire_type::int8, in);
  CHECK(byte[0] > 1e38F);
  CHECK(byte[4] == Approx(-1e9F));
  CHECK(byte[8] == 0);
}

TEST_CASE("every half is a float and back, with and without the processor's instructions") {
  for (std::uint32_t bits = 0; bits <= 0xFFFF; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const std::vector<std::uint16_t> many(8, half);
    std::vector<float> floats(8);
    halves_to_floats(many.data(), floats.data(), 8);
    const auto value = from_half(half);
    if (std::isnan(value)) {
      REQUIRE(std::isnan(floats[0]));
      continue;
    }
    REQUIRE(floats == std::vector<float>(8, value));
    if (std::isinf(value)) continue;
    std::vector<std::uint16_t> back(8);
    floats_to_halves(floats.data(), back.data(), 8);
    REQUIRE(back == many);
    REQUIRE(half_of(value) == half);
  }
}

TEST_CASE("both ways to round agree between halves") {
  std::mt19937 random{5};
  for (int i = 0; i < 20'000; ++i) {
    const auto exponent = static_cast<int>(random() % 44) - 28;
    const auto value = std::ldexp(static_cast<float>(random()) / 0x1p32F + 1, exponent);
    const std::vector<float> many(8, i % 2 == 0 ? value : -value);
    std::vector<std::uint16_t> halves(8);
    floats_to_halves(many.data(), halves.data(), 8);
    REQUIRE(halves[0] == half_of(many[0]));
  }
}

TEST_CASE("a payload of the wrong size is refused") {
  byte_vector out(180);
  CHECK_THROWS_AS(decode_wire(wire_type::fp16, map, part, byte_vector(91), out.data()), user_error);
}
