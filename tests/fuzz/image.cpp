// Photos and tensor files: JPEG, PNG, PPM, npy, EXIF, by what the bytes start with.
#include "model/image/image.hpp"
#include "model/image/orientation.hpp"
#include "model/image/photo_tensor.hpp"
#include "model/image/tensor_file.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace bramble;

namespace {

/// The smallest of the elements that a file may hold has one byte, the widest wanted one eight.
void read_tensor(byte_span bytes) {
  for (const auto type : {element_type::f32, element_type::i64, element_type::boolean})
    succeeds_or_complains([&] {
      must(decode_npy(bytes, "the fuzzer", type).bytes.size() <= size_of(type) * bytes.size());
    });
}

void read_image(byte_span bytes) {
  auto decoded = decode_image(bytes, "the fuzzer");
  std::visit(
      [](auto& i) {
        must(i.rgb.size() == std::size_t{3} * static_cast<std::size_t>(i.width) *
                                 static_cast<std::size_t>(i.height));
        make_grey(i);
      },
      decoded.picture);
  const network_view view{5, 7, photo_fit::letterbox, true};
  const auto seen = decode_for_network(bytes, "the fuzzer", view);
  must(seen.placement.has_value());
  std::visit([](const auto& i) { must(i.width == 7 && i.height == 5); }, seen.picture);
}

/// No mutation hits the checksums of PNG, behind which these bytes stand there.
void read_orientation(byte_span bytes) {
  const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  for (const int found : {detail::orientation_of_exif(detail::without_exif_mark(bytes)),
                          detail::orientation_of_profile(text)})
    must(found >= 1 && found <= 8);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const byte_span bytes{data, size};
  succeeds_or_complains([&] {
    if (looks_like_npy(bytes)) return read_tensor(bytes);
    if (looks_like_image(bytes)) return read_image(bytes);
    read_orientation(bytes);
  });
  return 0;
}
