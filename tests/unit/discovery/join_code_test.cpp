#include "discovery/invitations/join_code.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <cctype>

#include "config/base/hash.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/mutate.hpp"

using namespace bramble;

namespace {

join_code any_code() {
  join_code out;
  const auto hosts = *rc::gen::inRange<std::size_t>(0, defaults::join_hosts_most + 1);
  const std::vector<std::string> some{"10.0.0.7", "pi1.local", "fd00::1:2", "pi-2", "a"};
  for (std::size_t i = 0; i < hosts; ++i) out.hosts.push_back(*rc::gen::elementOf(some));
  if (hosts > 0 && *rc::gen::arbitrary<bool>())
    out.port = *rc::gen::inRange<std::uint16_t>(1, 65535);
  for (auto& byte : out.authority) byte = *rc::gen::arbitrary<std::uint8_t>();
  for (auto& byte : out.secret) byte = *rc::gen::arbitrary<std::uint8_t>();
  if (*rc::gen::arbitrary<bool>()) {
    out.packages.emplace();
    for (auto& byte : *out.packages) byte = *rc::gen::arbitrary<std::uint8_t>();
  }
  return out;
}

}  // namespace

TEST_CASE("a code is read back as it was written, in either case, with or without dashes") {
  CHECK(rc::check([] {
    const auto code = any_code();
    auto text = format_join_code(code);
    RC_ASSERT(parse_join_code(text) == code);
    RC_ASSERT(parse_join_code("  " + text + "\n") == code);
    auto lower = text;
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
    RC_ASSERT(parse_join_code(lower) == code);
    const auto body = text.rfind('/') + 1;  // 0 where there is no address
    text.erase(std::remove(text.begin() + static_cast<std::ptrdiff_t>(body), text.end(), '-'),
               text.end());
    RC_ASSERT(parse_join_code(text) == code);
  }));
}

TEST_CASE("an ordinary code is short, and no shell finds anything in it") {
  join_code code{.hosts = {"192.168.1.10"}};
  const auto text = format_join_code(code);
  CHECK(text.size() <= 68);
  CHECK(text.starts_with("192.168.1.10/"));
  for (const char c : text)
    CHECK((std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '/' || c == '-'));
}

TEST_CASE("a code for who looks on the network has no address") {
  const auto text = format_join_code({});
  CHECK(text.find('/') == std::string::npos);
  CHECK(text.size() <= 55);
  CHECK(parse_join_code(text).hosts.empty());
}

TEST_CASE("one wrong character is noticed, wherever it is") {
  CHECK(rc::check([] {
    const auto code = any_code();
    auto text = format_join_code(code);
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    const char other = *rc::gen::elementOf(std::string{"0123456789ABCXYZ/.+-: \x01\xff"});
    // Dashes are for the eye, and letters mean the same in both cases.
    RC_PRE(text[at] != '-' && other != '-' &&
           std::toupper(static_cast<unsigned char>(text[at])) != other);
    text[at] = other;
    std::string said;
    try {
      // One slip of 65,536 gets past the checksum: then it is at least another code.
      RC_ASSERT(parse_join_code(text) != code);
    } catch (const user_error& e) {
      said = e.what();
      RC_ASSERT(is_sentence(said));
    }
  }));
}

TEST_CASE("what is damaged is read or refused with a sentence") {
  CHECK(rc::check([] {
    const auto text = format_join_code(any_code());
    const auto bytes = *damaged({text.begin(), text.end()});
    RC_ASSERT(succeeds_or_complains([&] {
      (void)parse_join_code(
          std::string_view{reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }));
  }));
  for (const auto* wrong : {"", "/", "a/", "10.0.0.7", "a/b/c/d", "a+/0", "/00000-00000"})
    CHECK(contains(complaint_of([&] { (void)parse_join_code(wrong); }), "bramble invite"));
}

TEST_CASE("a code has the first bits of the authority's fingerprint") {
  const auto digits = sha256_hex({});
  const auto fingerprint = short_fingerprint(digits);
  CHECK(fingerprint[0] == 0xe3);
  CHECK(fingerprint[15] == 0x24);
  CHECK(make_join_secret() != make_join_secret());
}
