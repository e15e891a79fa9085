// What others may do to the port of the data plane, without a certificate and with one.
#include <rapidcheck.h>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/ssl.hpp>
#include <asio/write.hpp>
#include <cstring>
#include <future>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/data_plane_fixture.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;
using namespace bramble::testing;
using std::chrono::milliseconds;

namespace {

using asio::ip::tcp;

/// A plain TCP connection that blocks; the time limit of the test program is its time limit.
class raw_socket {
 public:
  explicit raw_socket(std::uint16_t port) : socket_{io_} {
    socket_.connect({asio::ip::address_v4::loopback(), port});
  }

  void send(const std::string& bytes) {
    asio::error_code refused;  // the other side may have had enough already
    asio::write(socket_, asio::buffer(bytes), refused);
  }

  void shut_down_sending() {
    asio::error_code closed_already;
    socket_.shutdown(tcp::socket::shutdown_send, closed_already);
  }

  /// True when the other side closes the connection; waits for that.
  bool is_closed() {
    std::vector<std::uint8_t> rest(1U << 16);
    asio::error_code error;
    while (!error) socket_.read_some(asio::buffer(rest), error);
    return error == asio::error::eof || error == asio::error::connection_reset;
  }

 private:
  asio::io_context io_;
  tcp::socket socket_;
};

/// A TLS client with the certificate in `folder`, or with none.
class raw_tls {
 public:
  raw_tls(std::uint16_t port, const std::string& folder)
      : context_{asio::ssl::context::tls_client}, stream_{io_, certified(folder)} {
    stream_.next_layer().connect({asio::ip::address_v4::loopback(), port});
    asio::error_code refused;
    stream_.handshake(asio::ssl::stream_base::client, refused);
  }

  void send(const void* data, std::size_t size) {
    asio::error_code refused;
    asio::write(stream_, asio::buffer(data, size), refused);
  }
  void send(const frame_header& header) {
    const auto block = encode_header(header);
    send(block.data(), block.size());
  }
  void send_hello() { send({.kind = frame_kind::hello}); }

  frame_header receive_header() {
    frame_header_block block;
    asio::read(stream_, asio::buffer(block));
    frame_header header;
    if (const auto wrong = decode_header(block, 64U << 20, header))
      throw std::runtime_error(*wrong);
    return header;
  }

  bool is_closed() {
    std::vector<std::uint8_t> rest(1U << 16);
    asio::error_code error;
    while (!error) stream_.read_some(asio::buffer(rest), error);
    return true;  // end, alert or reset: it is over
  }

  void shut_down_sending() {
    asio::error_code closed_already;
    stream_.next_layer().shutdown(tcp::socket::shutdown_send, closed_already);
  }

  /// The other side can read what was sent, and no more write.
  void reset() {
    stream_.next_layer().set_option(asio::socket_base::linger{true, 0});
    stream_.next_layer().close();
  }

 private:
  asio::ssl::context& certified(const std::string& folder) {
    if (folder.empty()) return context_;
    const key_paths paths{test_keys::instance().folder(folder)};
    context_.use_certificate_chain_file(paths.node_crt.string());
    context_.use_private_key_file(paths.node_key.string(), asio::ssl::context::pem);
    return context_;
  }

  asio::io_context io_;
  asio::ssl::context context_;
  asio::ssl::stream<tcp::socket> stream_;
};

/// After whatever happened, b still serves the honest a.
void require_service(test_node& b) {
  test_node a{"a"};
  a.knows(b);
  b.knows(a);
  REQUIRE(a.wait_up("b"));
  const auto before = b.frames["a"].size();
  REQUIRE(a.send("b", {.request = 5}, 100000) == send_result::queued);
  REQUIRE(b.wait([&] { return b.frames["a"].size() > before; }));
  CHECK(test_node::is_intact(b.frames["a"].back()));
}

std::string reason_after(test_node& b, const std::function<void(raw_tls&)>& act) {
  b.plane().add_peer("a", "127.0.0.1", 1);
  raw_tls client{b.plane().port(), "a"};
  client.send_hello();
  REQUIRE(client.receive_header().kind == frame_kind::hello);
  REQUIRE(b.wait_up("a"));
  act(client);
  REQUIRE(client.is_closed());
  REQUIRE(b.wait_down("a"));
  return b.reasons["a"].back();
}

}  // namespace

TEST_CASE("connections without a certificate of the cluster are closed") {
  auto config = config_of("b");
  config.connect_timeout = milliseconds{200};
  test_node b{config};
  const auto port = b.plane().port();
  raw_socket silent{port};
  raw_socket http{port};
  http.send("GET / HTTP/1.1\r\nHost: b\r\n\r\n");
  CHECK(http.is_closed());
  CHECK(silent.is_closed());
  raw_socket half{port};
  half.send(std::string{"\x16\x03\x01\x02\x00", 5});  // a TLS record that never comes
  CHECK(half.is_closed());
  CHECK(raw_tls{port, ""}.is_closed());
  CHECK(raw_tls{port, "foreign-a"}.is_closed());
  REQUIRE(rc::check([&](const std::string& noise) {
    raw_socket socket{port};
    socket.send(noise);
    socket.shut_down_sending();
    RC_ASSERT(socket.is_closed());
  }));
  CHECK(b.wait([&] { return b.is_up.empty(); }));
  require_service(b);
}

TEST_CASE(
    "a link that is found broken while a frame from it is at hand ends, and nothing else does") {
  // The measured frame makes news, which the plane sends as soon as the next one is there; and
  // then finds that the peer was reset after it had sent that.
  const auto last = GENERATE(frame_kind::ping, frame_kind::pong, frame_kind::tensor);
  test_node b{"b"};
  std::promise<void> measured, gone;
  b.on_frame = [&](const frame& got) {
    if (got.header.request != 9) return;
    measured.set_value();
    gone.get_future().wait();
  };
  b.plane().add_peer("a", "127.0.0.1", 1);
  raw_tls client{b.plane().port(), "a"};
  client.send_hello();
  REQUIRE(client.receive_header().kind == frame_kind::hello);
  REQUIRE(b.wait_up("a"));
  const std::vector<std::uint8_t> part(64U << 10);
  constexpr std::size_t parts = 16;
  client.send({.kind = frame_kind::tensor, .request = 9, .size = parts * part.size()});
  for (std::size_t i = 0; i < parts; ++i) {
    client.send(part.data(), part.size());
    std::this_thread::sleep_for(milliseconds{1});  // the pace of a link
  }
  measured.get_future().wait();
  client.send({.kind = last});
  client.reset();
  gone.set_value();
  REQUIRE(b.wait_down("a"));
  CHECK_THAT(b.reasons["a"].back(), Catch::Contains("failed"));
  b.on_frame = nullptr;
  require_service(b);
}

TEST_CASE("silent connections do not keep the cluster out") {
  auto config = config_of("b");
  config.connect_timeout = patience;  // so that only the limit can end them
  config.unauthenticated_limit = 4;
  test_node b{config};
  std::list<raw_socket> silent;
  for (int i = 0; i < 8; ++i) silent.emplace_back(b.plane().port());
  for (int i = 0; i < 4; ++i) {
    CHECK(silent.front().is_closed());
    silent.pop_front();
  }
  require_service(b);
}

TEST_CASE("a node of another cluster gets no link, on either side") {
  test_node b{"b"};
  test_node foreign{"foreign-a"};
  b.knows(foreign);
  foreign.knows(b);
  REQUIRE(foreign.wait_down("b"));
  CHECK(contains(foreign.reasons["b"][0], "its certificate is not of this cluster"));
  CHECK(foreign.send("b", {}, 1) == send_result::no_link);
  foreign.stop();
  CHECK(b.wait([&] { return b.frames.empty() && !b.is_up["a"]; }));
  require_service(b);
}

TEST_CASE("the certificate has to have the name that was dialled") {
  test_node a{"a"};
  test_node b{"b"};
  a.plane().add_peer("c", "127.0.0.1", b.plane().port());
  REQUIRE(a.wait_down("c"));
  CHECK(contains(a.reasons["c"][0], "there is the node b, not c"));
  b.knows(a);
  a.knows(b);
  CHECK(a.wait_up("b"));
}

TEST_CASE("a node that breaks the protocol loses its link with the reason") {
  test_node b{"b"};
  const auto reason = [&](auto act) { return reason_after(b, act); };
  CHECK(contains(reason([](raw_tls& client) { client.send({.size = 1ULL << 40}); }),
                 "announced a frame of 1099511627776 bytes where 67108864 are allowed"));
  CHECK(contains(
      reason([](raw_tls& client) { client.send({.kind = frame_kind::error, .size = 1U << 20}); }),
      "announced a frame of 1048576 bytes where 65536"));
  CHECK(contains(reason([](raw_tls& client) { client.send({.kind = frame_kind{200}}); }),
                 "unknown kind 200"));
  CHECK(contains(reason([](raw_tls& client) { client.send_hello(); }), "broke the protocol"));
  CHECK(contains(reason([](raw_tls& client) {
                   const std::string noise(48, 'x');
                   client.send(noise.data(), noise.size());
                 }),
                 "no frame of this version"));
  CHECK(contains(reason([](raw_tls& client) {
                   client.send({.size = 1000});
                   client.shut_down_sending();
                 }),
                 "closed the connection"));
  require_service(b);
}

TEST_CASE("a peer that reads no more and dies in the middle of a frame is reported") {
  auto config = config_of("b");
  config.silence_timeout = patience;  // it dies, and is not only silent on a busy machine
  test_node b{config};
  b.plane().add_peer("a", "127.0.0.1", 1);
  auto client = std::make_unique<raw_tls>(b.plane().port(), "a");
  client->send_hello();
  REQUIRE(b.wait_up("a"));
  for (int i = 0; i < 7; ++i) REQUIRE(b.send("a", {}, 8U << 20) == send_result::queued);
  client->receive_header();
  client.reset();
  REQUIRE(b.wait_down("a"));
  CHECK(b.wait([&] { return b.lost + b.left == 7; }));
  CHECK(b.lost > 0);
  CHECK(b.plane().stats().at(0).bytes_queued == 0);
  require_service(b);
}

TEST_CASE("peers that ask for much and read nothing cost little memory and nobody else's place") {
  constexpr std::size_t total = 4U << 20;
  constexpr std::size_t size = 256U << 10;
  auto config = config_of("c");
  config.total_window = total;
  config.silence_timeout = patience;  // so that only the windows limit them
  test_node c{config};
  c.plane().add_peer("a", "127.0.0.1", 1);
  raw_tls greedy{c.plane().port(), "a"};
  greedy.send_hello();
  REQUIRE(c.wait_up("a"));
  test_node b{"b"};
  b.knows(c);
  c.knows(b);
  REQUIRE(c.wait_up("b"));
  std::size_t queued = 0;
  while (queued < 1000 && c.send("a", {}, size) == send_result::queued) ++queued;
  REQUIRE(queued < 1000);
  for (int i = 0; i < 20000; ++i) greedy.send({.kind = frame_kind::ping});
  greedy.send({.request = 7});
  REQUIRE(c.wait([&] { return c.frames["a"].size() == 1; }));
  const auto held = c.plane().stats().at(0).bytes_queued;
  CHECK(held > total / 2);
  CHECK(held <= total + size + defaults::control_frames_limit * frame_header_bytes);
  // The honest one has its part of the window.
  for (int i = 0; i < 20; ++i) {
    const auto before = b.frames["c"].size();
    REQUIRE(c.send("b", {}, size) == send_result::queued);
    REQUIRE(b.wait([&] { return b.frames["c"].size() > before; }));
  }
  // The kernel may have taken a little more from it in the meantime; it fills up again.
  queued = 0;
  while (queued < 1000 && c.send("a", {}, size) == send_result::queued) ++queued;
  CHECK(queued < 1000);
}

TEST_CASE("a link on which nothing comes any more is down") {
  auto config = config_of("b");
  config.ping_interval = milliseconds{20};
  config.silence_timeout = milliseconds{300};
  test_node b{config};
  CHECK(contains(reason_after(b, [](raw_tls&) {}), "was silent for 300 ms"));
}

TEST_CASE("a node with our own name is refused") {
  auto config = config_of("b");
  config.connect_timeout = patience;
  test_node b{config};
  raw_tls client{b.plane().port(), "b"};
  client.send_hello();
  CHECK(client.is_closed());
  CHECK(b.wait([&] { return !b.is_up["b"]; }));
}

TEST_CASE("whatever a node sends, the others live on") {
  auto config = config_of("b");
  config.connect_timeout = milliseconds{500};
  test_node b{config};
  b.plane().add_peer("a", "127.0.0.1", 1);
  REQUIRE(rc::check([&](std::vector<std::uint8_t> bytes, bool greets, bool speaks) {
    raw_tls client{b.plane().port(), "a"};
    if (greets) client.send_hello();
    auto block = encode_header({.size = bytes.size()});
    for (std::size_t i = 0; speaks && i < std::min(bytes.size(), block.size()); ++i) {
      if (bytes[i] % 3 == 0 && i >= 4) block[i] = bytes[i];
    }
    if (speaks) client.send(block.data(), block.size());
    client.send(bytes.data(), bytes.size());
    client.shut_down_sending();
    RC_ASSERT(client.is_closed());
  }));
  require_service(b);
}

TEST_CASE("no header can ask for more than the limit") {
  REQUIRE(rc::check([](const frame_header_block& noise, bool with_magic) {
    auto block = noise;
    if (with_magic) std::memcpy(block.data(), encode_header({}).data(), 4);
    frame_header header;
    if (!decode_header(block, 1000, header)) RC_ASSERT(header.size <= 1U << 18);
  }));
  REQUIRE(rc::check([](std::uint64_t a, std::uint64_t request, std::uint16_t flags) {
    const frame_header sent{.flags = flags, .a = a, .request = request, .size = request % 1001};
    frame_header got;
    RC_ASSERT(!decode_header(encode_header(sent), 1000, got));
    RC_ASSERT(got == sent);
  }));
}
