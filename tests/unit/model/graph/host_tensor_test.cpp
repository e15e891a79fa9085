#include "model/graph/host_tensor.hpp"

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

}  // namespace

TEST_CASE("answers differ by a share of the largest value") {
  CHECK(max_relative_difference({floats({1, -4})}, {floats({1, -4})}) == 0);
  CHECK(max_relative_difference({floats({1.2F, -4})}, {floats({1, -4})}) == Approx(0.05));
  CHECK(std::isinf(max_relative_difference({floats({1, 2})}, {floats({1})})));
  CHECK(std::isinf(max_relative_difference({}, {floats({1})})));
  CHECK(std::isinf(max_relative_difference({floats({NAN})}, {floats({1})})));
  host_tensor a{{2}, element_type::i64, byte_vector(16, 1)};
  auto b = a;
  CHECK(max_relative_difference({b}, {a}) == 0);
  b.bytes[3] = 9;
  CHECK(std::isinf(max_relative_difference({b}, {a})));
}
