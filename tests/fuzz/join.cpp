// What strangers say at the join port and on the network, and what people type after `bramble
// join`: the first byte says which.
#include <openssl/crypto.h>

#include <sstream>

#include "config/certificates.hpp"
#include "config/revocations.hpp"
#include "discovery/invitations/join_code.hpp"
#include "discovery/invitations/join_messages.hpp"
#include "discovery/mdns/notice.hpp"
#include "discovery/peer_memory.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace bramble;

namespace {

/// Made once: what is damaged is not signed by it, but is read all the same.
X509& some_authority() {
  static const auto key = make_key();
  static const auto made =
      make_authority(*key, "bramble cluster x 00000000",
                     {wall_time{}, std::chrono::system_clock::now() + std::chrono::hours{24}});
  return *made;
}

void read_revocations(const std::string& text) {
  certificate copy{X509_dup(&some_authority()), &X509_free};
  revocations known{std::move(copy)};
  known.take(text);
}

/// A line for each entry of a TXT record.
void read_notice_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream all{text};
  for (std::string line; std::getline(all, line);) lines.push_back(line);
  if (const auto notice = read_notice(mdns_notice::kind_t::node, lines, 7741)) {
    must(read_notice(mdns_notice::kind_t::node, text_of(*notice), 7741) == notice);
    must(label_of(*notice).size() <= 63);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const byte_span bytes{data + 1, size - 1};
  const std::string text{bytes.begin(), bytes.end()};
  succeeds_or_complains([&] {
    switch (data[0] % 7) {
      case 0: {
        const auto code = parse_join_code(text);
        must(parse_join_code(format_join_code(code)) == code);
        break;
      }
      case 1:
        parse_join_request(bytes);
        break;
      case 2:
        parse_join_answer(bytes);
        break;
      case 3:
        if (const auto request = request_from_der(bytes))
          must(fingerprint(*key_of(*request)).size() == 64);
        break;
      case 4:
        must(parse_peers(format_peers(parse_peers(text, "x")), "x").cluster == "x");
        break;
      case 5:
        read_revocations(text);
        break;
      default:
        read_notice_of(text);
    }
  });
  return 0;
}
