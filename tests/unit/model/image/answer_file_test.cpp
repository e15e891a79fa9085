#include <cstring>
#include <limits>

#include "config/base/files.hpp"
#include "model/image/image.hpp"
#include "model/image/npz.hpp"
#include "model/image/png_writer.hpp"
#include "model/image/tensor_file.hpp"
#include "tests/support/catch.hpp"

using namespace bramble;

namespace {

host_tensor floats_of(std::vector<std::int64_t> shape, const std::vector<float>& values) {
  host_tensor out{std::move(shape), element_type::f32, byte_vector(values.size() * sizeof(float))};
  std::memcpy(out.bytes.data(), values.data(), out.bytes.size());
  return out;
}

std::uint32_t number_at(const byte_vector& bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes.at(at) | bytes.at(at + 1) << 8 | bytes.at(at + 2) << 16) |
         static_cast<std::uint32_t>(bytes.at(at + 3)) << 24U;
}

}  // namespace

TEST_CASE("a tensor of one or three channels becomes the picture that it is") {
  constexpr auto nan = std::numeric_limits<float>::quiet_NaN();
  // Two pixels of three channels: red over 1 and green, blue under 0 and no number.
  const auto colours = floats_of({1, 3, 1, 2}, {1.5F, 0.5F, 0, 1, -1, nan});
  REQUIRE(is_picture(colours));
  const auto back = std::get<image>(decode_image(encode_png(colours), "it").picture);
  CHECK(back.width == 2);
  CHECK(back.height == 1);
  CHECK(back.rgb == std::vector<std::uint8_t>{255, 0, 0, 128, 255, 0});
  const auto grey = floats_of({1, 2, 1}, {0.2F, 0.8F});
  const auto of_grey = std::get<image>(decode_image(encode_png(grey), "it").picture);
  CHECK(of_grey.rgb == std::vector<std::uint8_t>{51, 51, 51, 204, 204, 204});
}

TEST_CASE("other tensors are no pictures") {
  CHECK(is_picture(floats_of({1, 10}, std::vector<float>(10))) == false);
  CHECK(is_picture(floats_of({1, 2, 2, 2}, std::vector<float>(8))) == false);
  CHECK(is_picture(floats_of({2, 3, 1, 1}, std::vector<float>(6))) == false);
  CHECK(is_picture({{1, 1, 1}, element_type::f64, byte_vector(8)}) == false);
  CHECK_THROWS_AS(encode_png(floats_of({1, 10}, std::vector<float>(10))), std::invalid_argument);
}

TEST_CASE("several tensors become an archive of .npy files") {
  const auto first = floats_of({2}, {1, 2});
  const auto second = floats_of({1, 3}, {3, 4, 5});
  const auto file = encode_npz({{"a", &first}, {"bc", &second}});
  CHECK(number_at(file, 0) == 0x04034b50);
  // The content of the first stands behind its header of 30 bytes and its name.
  const auto npy = encode_npy(first.shape, first.type, first.bytes);
  CHECK(byte_vector(file.begin() + 35,
                    file.begin() + 35 + static_cast<std::ptrdiff_t>(npy.size())) == npy);
  const auto end = file.size() - 22;
  CHECK(number_at(file, end) == 0x06054b50);
  const auto directory = number_at(file, end + 16);
  CHECK(number_at(file, directory) == 0x02014b50);
  // Its second entry says where the second file begins.
  const auto entry = directory + 46 + 5;
  CHECK(number_at(file, entry) == 0x02014b50);
  CHECK(number_at(file, number_at(file, entry + 42)) == 0x04034b50);
  CHECK(number_at(encode_npz({}), 0) == 0x06054b50);
}
