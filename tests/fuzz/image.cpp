// Photos and tensor files: JPEG, PNG, PPM, npy, by what the bytes start with.
#include "model/image/image.hpp"
#include "model/image/tensor_file.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace bramble;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const byte_span bytes{data, size};
  succeeds_or_complains([&] {
    if (looks_like_npy(bytes)) {
      const auto t = decode_npy(bytes, "the fuzzer");
      must(t.values.size() <= size);
    } else if (looks_like_image(bytes)) {
      const auto i = decode_image(bytes, "the fuzzer");
      must(i.rgb.size() ==
           std::size_t{3} * static_cast<std::size_t>(i.width) * static_cast<std::size_t>(i.height));
    }
  });
  return 0;
}
