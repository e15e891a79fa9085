// The control plane: what a certified peer says, header by header. First byte: who dialled.
#include <algorithm>

#include "actors/transport/front/conversation.hpp"
#include "config/defaults.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace bramble;
using namespace bramble::basp;

namespace {

/// One that is refused ends the connection; every reason is shown with the peer's name in front.
bool goes_on(const verdict& found) {
  must(found.what == verdict::kind::pass || !found.why.empty());
  for (const char c : found.why) must(c >= ' ' && c <= '~');
  return found.what != verdict::kind::refuse;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // As the peer's, so that an input can name both.
  const process_identity mine{7, host_of_name("peer")};
  const auto ours = (data[0] & 1) == 0 ? conversation::role::accepted : conversation::role::dialled;
  conversation with{ours, mine, "peer"};
  header asked{operation::direct_message, 0, 1, 9, 40, 3};
  with.sent(asked);
  byte_span rest{data + 1, size - 1};
  while (rest.size() >= header_bytes) {
    header_block block;
    std::copy_n(rest.begin(), header_bytes, block.begin());
    rest = rest.subspan(header_bytes);
    header head;
    if (const auto wrong = decode_header(block, defaults::control_message_limit_bytes, head)) {
      must(!wrong->empty());
      return 0;
    }
    must(head.payload_bytes <= defaults::control_message_limit_bytes);
    must(encode_header(head) == block);
    if (head.payload_bytes > rest.size()) return 0;
    if (!goes_on(with.arrived(head, rest.first(head.payload_bytes), 17))) return 0;
    rest = rest.subspan(head.payload_bytes);
    // What CAF is given without a handshake before it brings it down.
    must(with.is_open());
  }
  return 0;
}
