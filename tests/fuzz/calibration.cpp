// Calibration files.
#include "model/plan/calibration.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace bramble;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  succeeds_or_complains([&] {
    const auto c = decode_calibration({data, size}, "the fuzzer");
    must(encode_calibration(c) == byte_vector(data, data + size));
  });
  return 0;
}
