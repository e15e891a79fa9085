// What strangers may do to the control port, without a certificate and with a wrong one.
#include <list>
#include <thread>

#include "config/base/files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/front_fixture.hpp"

using namespace bramble;
using namespace bramble::test;
using namespace bramble::testing;
using std::chrono::milliseconds;

namespace {

front_config config_with(milliseconds setup) {
  auto out = test_front::config_of("b");
  out.setup_timeout = setup;
  out.admission.accepts_per_second = 1e6;
  out.admission.accepts_at_once = 1e6;
  return out;
}

/// After whatever happened, b still serves the honest a.
void require_service(test_front& b) {
  test_front a{"a"};
  auto end = a.connect(b.port());
  REQUIRE(end.is_open());
  const auto hello = client_handshake(a.identity).bytes();
  end.write(hello);
  auto there = b.next();
  REQUIRE(there.read(hello.size()) == hello);
}

/// A certificate of the cluster's authority for the node a, over since yesterday.
struct expired_keys {
  explicit expired_keys(const std::filesystem::path& folder)
      : certificate{folder / "old.crt"}, key{folder / "old.key"} {
    const key_paths paths{test_keys::instance().folder("a")};
    const auto authority = certificate_from_pem(read_file(paths.ca_crt, 1U << 20));
    const auto authority_key = key_from_pem(read_file(paths.ca_key, 1U << 20));
    const auto own = make_key();
    const auto now = std::chrono::system_clock::now();
    const auto made =
        make_node_certificate(*own, "a", *authority, *authority_key,
                              {now - std::chrono::hours{48}, now - std::chrono::hours{24}});
    write_file_atomically(certificate, as_bytes(to_pem(*made)));
    write_file_atomically(key, as_bytes(to_pem(*own)));
  }
  std::filesystem::path certificate;
  std::filesystem::path key;
};

}  // namespace

TEST_CASE("who shows no certificate in time is sent away") {
  test_front b{config_with(milliseconds{200})};
  stranger silent{b.port()};
  stranger half{b.port()};
  half.send_plain(std::string{"\x16\x03\x01\x02\x00", 5});  // a TLS record that never comes
  CHECK(silent.is_closed());
  CHECK(half.is_closed());
  require_service(b);
}

TEST_CASE("garbage is sent away at once") {
  test_front b{config_with(patience)};
  for (const std::string bytes : {"GET / HTTP/1.1\r\nHost: b\r\n\r\n", "SSH-2.0-x\r\n"}) {
    stranger one{b.port()};
    one.send_plain(bytes);
    CHECK(one.is_closed());
  }
  require_service(b);
}

TEST_CASE("certificates that are none of the cluster's, or not any more, are refused") {
  test_front b{config_with(patience)};
  temporary_folder home;
  SECTION("none") {
    stranger one{b.port()};
    one.shake_hands();
    CHECK(one.is_closed());
  }
  SECTION("of another cluster") {
    const key_paths paths{test_keys::instance().folder("foreign-a")};
    stranger one{b.port(), paths.node_crt, paths.node_key};
    one.shake_hands();
    CHECK(one.is_closed());
  }
  SECTION("expired") {
    const expired_keys old{home.path()};
    stranger one{b.port(), old.certificate, old.key};
    one.shake_hands();
    CHECK(one.is_closed());
  }
  CHECK(b.waiting() == 0);
  require_service(b);
}

TEST_CASE("a certified peer that says nothing is sent away, too") {
  test_front b{config_with(milliseconds{500})};
  const key_paths paths{test_keys::instance().folder("a")};
  stranger one{b.port(), paths.node_crt, paths.node_key};
  one.shake_hands();
  CHECK(one.is_closed());
  CHECK(b.waiting() == 0);
  require_service(b);
}

TEST_CASE("idle strangers of one source make room for each other and for nobody else") {
  auto config = config_with(patience);  // so that only the limit can end them
  config.admission.unauthenticated_per_source = 4;
  test_front b{config};
  std::list<stranger> idle;
  for (int i = 0; i < 50; ++i) idle.emplace_back(b.port());
  for (int i = 0; i < 46; ++i) {
    CHECK(idle.front().is_closed());
    idle.pop_front();
  }
  require_service(b);
}

TEST_CASE("a source that comes too often is turned away until its time is up") {
  auto config = config_with(patience);
  config.admission.accepts_at_once = 3;
  config.admission.accepts_per_second = 2;
  test_front b{config};
  std::list<stranger> all;
  for (int i = 0; i < 10; ++i) all.emplace_back(b.port());
  for (int i = 0; i < 6; ++i) {
    CHECK(all.back().is_closed());
    all.pop_back();
  }
  test_front a{"a"};
  const auto deadline = std::chrono::steady_clock::now() + patience;
  bool connected = false;
  while (!connected && std::chrono::steady_clock::now() < deadline) {
    const auto result = a.dial(b.port());
    connected = local_end{result.local}.is_open();
    if (!connected) CHECK(contains(result.why, "busy"));
  }
  CHECK(connected);
}

TEST_CASE("all descriptors come back") {
  test_front b{config_with(patience)};
  test_front a{"a"};
  require_service(b);
  const auto before = open_descriptors();
  {
    std::list<stranger> idle;
    for (int i = 0; i < 20; ++i) idle.emplace_back(b.port());
    std::list<local_end> ends;
    for (int i = 0; i < 20; ++i) {
      ends.push_back(a.connect(b.port()));
      ends.back().write(client_handshake(a.identity).bytes());
      auto there = b.next();
      CHECK(there.is_open());
    }
  }
  // Nobody tells when the other thread has closed its side.
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (open_descriptors() > before && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  CHECK(open_descriptors() <= before);
}
