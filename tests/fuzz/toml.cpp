// What people write: descriptions of devices, options and shelves. The first byte says which.
#include "balancer/devices/device_file.hpp"
#include "balancer/shelf/shelf.hpp"
#include "config/options.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace bramble;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  succeeds_or_complains([&] {
    if (data[0] % 3 == 0) {
      parse_device(text, "device.toml");
    } else if (data[0] % 3 == 1) {
      node_options options;
      apply_toml(options, text, "bramble.toml");
      settle(options);
    } else {
      validate(parse_shelf(text, "shelf.toml"), "shelf.toml");
    }
  });
  return 0;
}
