// The data plane: a header, then its payload.
#include <algorithm>

#include "actors/transport/data_plane/frame.hpp"
#include "config/defaults.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace bramble;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  frame_header_block block{};
  std::copy_n(data, std::min(size, block.size()), block.begin());
  frame_header header;
  // The reason is shown with the peer's name in front.
  if (const auto wrong = decode_header(block, defaults::frame_limit_bytes, header)) {
    must(!wrong->empty());
    return 0;
  }
  must(header.size <= defaults::frame_limit_bytes);
  must(encode_header(header) == block);
  const auto payload = allocate_payload(header.size);
  must((payload != nullptr) == (header.size != 0));
  return 0;
}
