// Profiles: measured op graphs, as people exchange them.
#include "balancer/shelf/profile.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace bramble;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  succeeds_or_complains([&] {
    const auto read =
        parse_profile({reinterpret_cast<const char*>(data), size}, "the fuzzer's profile");
    const auto again = parse_profile(format_profile(read.model, read.table), "its copy");
    must(again.model.ops.size() == read.model.ops.size());
  });
  return 0;
}
