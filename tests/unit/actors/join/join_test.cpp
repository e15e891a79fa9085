// Joining by a code, over real connections on this machine.
#include <openssl/ssl.h>

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <atomic>
#include <future>
#include <thread>

#include "actors/transport/join/channel.hpp"
#include "actors/transport/join/tls.hpp"
#include "config/base/files.hpp"
#include "config/issued_names.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/join_fixture.hpp"

using namespace bramble;
using namespace bramble::test;
using asio::ip::tcp;

namespace {

void keep_nothing(const join_result&) {}

void install(const std::filesystem::path& folder, EVP_PKEY& key, const join_result& got) {
  const auto bundle = to_pem(key) + got.certificate + got.authority;
  install_keys(folder, as_bytes(bundle));
}

std::string why_not_joined(const join_call& call) {
  const auto key = make_key();
  return complaint_of([&] { join_shelf(call, *key, keep_nothing); });
}

tcp::socket connect_to(asio::io_context& io, std::uint16_t port) {
  tcp::socket out{io};
  out.connect({asio::ip::address_v4::loopback(), port});
  return out;
}

/// Whatever comes until the other side closes.
std::string all_of(tcp::socket& from) {
  std::string out;
  asio::error_code ended;
  asio::read(from, asio::dynamic_buffer(out), ended);
  return out;
}

}  // namespace

TEST_CASE("a machine joins by a code, and its private key stays where it was made") {
  inviting_node inviting;
  const auto key = make_key();
  const auto folder = inviting.nodes.folder / "new" / "keys";
  join_result got;
  join_shelf(inviting.call(), *key, [&](const join_result& result) {
    got = result;
    install(folder, *key, result);
  });
  const auto mine = load_keys(folder);
  CHECK(mine.node_name == "pi2");
  CHECK(got.name == "pi2");
  CHECK(mine.founder == load_keys(inviting.nodes.a).founder);
  CHECK_FALSE(mine.can_issue);
  CHECK(contains(got.peers, "peer a 7741"));
  CHECK(as_text(read_file(folder / "node.key")) == to_pem(*key));
  const auto news = inviting.news(1);
  REQUIRE(news.size() == 1);
  CHECK(news[0].kind == join_news::kind_t::joined);
  CHECK(news[0].name == "pi2");
  const auto issued = read_issued(key_paths{inviting.nodes.a}.issued);
  CHECK(issued.back().name == "pi2");
  CHECK(issued.back().how == "invite");
}

TEST_CASE("a code is good once; afterwards, and after its end, it is refused with a sentence") {
  inviting_node inviting;
  const auto key = make_key();
  join_shelf(inviting.call(), *key, keep_nothing);
  inviting.news(1);
  CHECK(contains(why_not_joined(inviting.call("pi3")), "used already"));
  CHECK(inviting.news(2)[1].kind == join_news::kind_t::refused);
  invitation over;
  over.until = std::chrono::steady_clock::now() - std::chrono::seconds{1};
  inviting_node late{over};
  CHECK(contains(why_not_joined(late.call()), "has ended"));
}

TEST_CASE("who could not keep what it got may come again with the same key") {
  inviting_node inviting;
  const auto key = make_key();
  CHECK(complaint_of([&] {
          join_shelf(inviting.call(), *key,
                     [](const join_result&) { throw user_error("The disk is full."); });
        }) == "The disk is full.");
  CHECK(inviting.news(1)[0].kind == join_news::kind_t::lost);
  CHECK(contains(why_not_joined(inviting.call()), "used already"));
  CHECK(complaint_of([&] { join_shelf(inviting.call(), *key, keep_nothing); }).empty());
}

TEST_CASE("a name that is taken is refused, and costs no use") {
  inviting_node inviting;
  CHECK(contains(why_not_joined(inviting.call("b")), "b has keys of this cluster already"));
  CHECK(contains(why_not_joined(inviting.call("a")), "this node itself"));
  CHECK(why_not_joined(inviting.call("pi2")).empty());
}

TEST_CASE("a wrong secret is refused, and of a wrong proof nothing is made") {
  inviting_node inviting;
  auto call = inviting.call();
  call.code.secret[3] ^= 1;
  CHECK(contains(why_not_joined(call), "not known"));
  CHECK(inviting.news(1)[0].kind == join_news::kind_t::refused);
  CHECK(read_issued(key_paths{inviting.nodes.a}.issued).back().name == "b");
}

TEST_CASE("who answers with another authority hears nothing, and is named") {
  inviting_node honest;
  // Somebody in between has a cluster of its own, and even knows the secret.
  inviting_node evil;
  auto call = honest.call();
  call.code.port = evil.server->port();
  CHECK(contains(why_not_joined(call), "another authority than the code says"));
  const auto news = evil.news(1);
  REQUIRE(news.size() == 1);
  // It got as far as the handshake: neither a name nor anything else was said to it.
  CHECK(news[0].kind == join_news::kind_t::stranger);
  CHECK(news[0].name.empty());
}

TEST_CASE("one in between who has a certificate of the cluster can neither hand on nor answer") {
  // It ends TLS itself, with keys of a member, and hands what it hears on over a connection of its
  // own.
  inviting_node honest;
  const auto call = honest.call();
  asio::io_context io;
  tcp::acceptor listener{io, {asio::ip::address_v4::loopback(), 0}};
  const auto tls = make_inviting_tls(key_paths{honest.nodes.b});
  std::shared_ptr<join_channel> to_guest;
  std::shared_ptr<join_channel> to_host;
  inviting_side whom{.authority = call.code.authority, .trouble = {}};
  const auto joining = make_joining_tls(whom);
  join_answer heard;
  const auto answer_guest = [&] {
    join_answer made_up = heard;
    made_up.refused.clear();
    made_up.proof.assign(32, 7);
    to_guest->write(encode(made_up), [&](const std::string&) {
      to_guest->close();
      to_host->close();
    });
  };
  const auto hand_on = [&](byte_vector request) {
    to_host = std::make_shared<join_channel>(connect_to(io, call.code.port), joining, true);
    to_host->start(std::chrono::seconds{20}, [&, request](const std::string& why) {
      REQUIRE(why.empty());
      to_host->write(request, [&](const std::string&) {
        to_host->read(defaults::join_answer_limit_bytes,
                      [&](const byte_vector& frame, const auto&) {
                        heard = parse_join_answer(frame);
                        answer_guest();
                      });
      });
    });
  };
  listener.async_accept([&](asio::error_code, tcp::socket socket) {
    to_guest = std::make_shared<join_channel>(std::move(socket), tls, false);
    to_guest->start(std::chrono::seconds{20}, [&](const std::string& why) {
      REQUIRE(why.empty());
      to_guest->read(defaults::join_request_limit_bytes,
                     [&](byte_vector frame, const auto&) { hand_on(std::move(frame)); });
    });
  });
  std::thread between{[&] { io.run(); }};
  auto misled = call;
  misled.code.port = listener.local_endpoint().port();
  const auto said = why_not_joined(misled);
  between.join();
  CHECK(contains(heard.refused, "not known"));
  CHECK(contains(said, "does not know the code's secret"));
}

TEST_CASE("where nobody invites, the sentence says what to type") {
  inviting_node inviting;
  const auto call = inviting.call();
  inviting.server.reset();
  const auto said = why_not_joined(call);
  CHECK(is_sentence(said));
  CHECK(contains(said, "bramble invite"));
}

TEST_CASE("something else that listens there is told from a node that invites") {
  asio::io_context io;
  tcp::acceptor listener{io, {asio::ip::address_v4::loopback(), 0}};
  std::string heard;
  std::thread other{[&] {
    auto socket = listener.accept();
    asio::write(socket, asio::buffer(std::string{"220 mail.example ready\r\n"}));
    heard = all_of(socket);
  }};
  join_call call{.code = {.hosts = {"127.0.0.1"}, .port = listener.local_endpoint().port()},
                 .name = "secret-name",
                 .insists = false,
                 .version = "test"};
  const auto said = why_not_joined(call);
  other.join();
  CHECK(contains(said, "no node that invites"));
  CHECK_FALSE(contains(heard, "secret-name"));
}

TEST_CASE("one that answers nothing costs the time that was given, and no more") {
  asio::io_context io;
  tcp::acceptor listener{io, {asio::ip::address_v4::loopback(), 0}};
  join_call call{.code = {.hosts = {"127.0.0.1"}, .port = listener.local_endpoint().port()},
                 .name = "pi2",
                 .insists = false,
                 .version = "test"};
  call.timeout = std::chrono::milliseconds{200};
  CHECK(is_sentence(why_not_joined(call)));
}

TEST_CASE(
    "a thousand hostile attempts: nobody gets in, and no more is held than the limits allow") {
  inviting_node inviting{{}, inviting_node::unlimited(), std::chrono::milliseconds{500}};
  asio::io_context io;
  std::atomic<std::size_t> most{0};
  std::size_t refused = 0;
  std::vector<tcp::socket> silent;
  for (int i = 0; i < 1000; ++i) {
    asio::error_code ignored;
    if (i % 4 == 0) {  // a guess
      auto call = inviting.call("evil");
      call.code.secret = make_join_secret();
      if (!why_not_joined(call).empty()) ++refused;
    } else if (i % 4 == 1) {  // noise
      auto socket = connect_to(io, inviting.server->port());
      asio::write(socket, asio::buffer(std::string(2000, static_cast<char>(i))), ignored);
    } else if (i % 4 == 2) {  // half a handshake, and silence
      silent.push_back(connect_to(io, inviting.server->port()));
      asio::write(silent.back(), asio::buffer(std::string{"\x16\x03\x01\x02"}), ignored);
    } else {  // gone at once
      connect_to(io, inviting.server->port());
    }
    most = std::max(most.load(), inviting.server->connections());
  }
  CHECK(refused == 250);
  CHECK(most <= defaults::join_connections_most);
  CHECK(read_issued(key_paths{inviting.nodes.a}.issued).size() == 2);
  for (const auto& each : inviting.news(0)) CHECK(each.kind != join_news::kind_t::joined);
}

TEST_CASE(
    "after guessing, that address is not looked at for a while: not even with the right code") {
  inviting_node inviting;
  auto wrong = inviting.call();
  wrong.code.secret = make_join_secret();
  for (int i = 0; i < static_cast<int>(defaults::join_tries_at_once); ++i)
    CHECK(contains(why_not_joined(wrong), "not known"));
  CHECK(contains(why_not_joined(wrong), "Too many"));
  CHECK(contains(why_not_joined(inviting.call()), "Too many"));
}

TEST_CASE("connections beyond the limit cost the oldest, not the memory") {
  auto limits = inviting_node::unlimited();
  limits.unauthenticated = 4;
  inviting_node inviting{{}, limits};
  asio::io_context io;
  std::vector<tcp::socket> open;
  for (int i = 0; i < 20; ++i) open.push_back(connect_to(io, inviting.server->port()));
  // The honest one is the newest.
  CHECK(why_not_joined(inviting.call()).empty());
  CHECK(inviting.server->connections() <= 4);
}
