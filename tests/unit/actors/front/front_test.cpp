// The control port: what peers get through it.
#include <future>
#include <thread>

#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/front_fixture.hpp"

using namespace bramble;
using namespace bramble::test;
using namespace bramble::testing;

namespace {

/// A connection from a to b, handshakes done, both ends as CAF would have them.
struct link {
  local_end a, b;
};

link connect(test_front& a, test_front& b) {
  link out;
  out.a = a.connect(b.port());
  REQUIRE(out.a.is_open());
  const auto hello = client_handshake(a.identity).bytes();
  out.a.write(hello);
  out.b = b.next();
  REQUIRE(out.b.read(hello.size()) == hello);
  const auto answer = server_handshake(b.identity, test_front::face).bytes();
  out.b.write(answer);
  REQUIRE(out.a.read(answer.size()) == answer);
  return out;
}

basp_message gossip_of(std::size_t size, std::uint64_t number = async_number + 1) {
  return direct(5, test_front::face, number,
                basp_writer{}.types({"bramble::gossip"}).text(std::string(size, 'x')));
}

}  // namespace

TEST_CASE("messages pass the front both ways, whole and in order") {
  test_front a{"a"};
  test_front b{"b"};
  auto l = connect(a, b);
  for (const std::size_t size : {1U, 100U, 70'000U, 3'000'000U}) {
    const auto there = gossip_of(size).bytes();
    std::thread writer{[&] { l.a.write(there); }};
    CHECK(l.b.read(there.size()) == there);
    writer.join();
    const auto back = gossip_of(size + 1).bytes();
    std::thread other{[&] { l.b.write(back); }};
    CHECK(l.a.read(back.size()) == back);
    other.join();
  }
}

TEST_CASE("an answer passes to whoever asked") {
  test_front a{"a"};
  test_front b{"b"};
  auto l = connect(a, b);
  const auto question = gossip_of(10, async_number + 4).bytes();
  l.a.write(question);
  REQUIRE(l.b.read(question.size()) == question);
  const auto lie = direct(test_front::face, 6, async_number + 4 + response_bit,
                          basp_writer{}.types({"@u64"}).number(1, 8));
  const auto answer = direct(test_front::face, 5, async_number + 4 + response_bit,
                             basp_writer{}.types({"@u64"}).number(2, 8));
  l.b.write(lie.bytes());
  l.b.write(answer.bytes());
  CHECK(l.a.read(answer.bytes().size()) == answer.bytes());
}

TEST_CASE("a connection given up on one side ends on the other") {
  test_front a{"a"};
  test_front b{"b"};
  SECTION("by who dialled") {
    auto l = connect(a, b);
    l.a.close();
    CHECK(l.b.ends());
  }
  SECTION("by who accepted, after what was sent before") {
    auto l = connect(a, b);
    const auto last = gossip_of(400'000).bytes();
    l.b.write(last);
    l.b.close();
    CHECK(l.a.read(last.size()) == last);
    CHECK(l.a.ends());
  }
}

TEST_CASE("a peer that says what no node says loses its connection, and CAF sees none of it") {
  test_front a{"a"};
  test_front b{"b"};
  auto l = connect(a, b);
  SECTION("a malformed header") {
    auto wrong = gossip_of(3).bytes();
    wrong[0] = 9;
    l.a.write(wrong);
  }
  SECTION("a message larger than any") {
    basp::header head;
    head.operation = basp::operation::direct_message;
    head.destination_actor = test_front::face;
    head.payload_bytes = 0xFFFFFFFF;
    const auto block = basp::encode_header(head);
    l.a.write({block.begin(), block.end()});
  }
  SECTION("from the side that was dialled as well") {
    l.b.write(direct(5, test_front::face, async_number, basp_writer{}.types({"@exit"})).bytes());
    CHECK(l.a.ends());
  }
  CHECK((l.b.ends() || !l.a.is_open()));
  connect(a, b);
}

TEST_CASE("a key holder cannot claim another's name") {
  test_front a{"a"};
  test_front b{"b"};
  auto end = a.connect(b.port());
  end.write(client_handshake(make_identity("c")).bytes());
  CHECK(end.ends());
  CHECK(b.waiting() == 0);
  connect(a, b);
}

TEST_CASE("who holds too many connections gets no more, and others do") {
  auto config = test_front::config_of("b");
  config.connections_per_name = 2;
  test_front b{config};
  test_front a{"a"};
  test_front c{"c"};
  auto first = connect(a, b);
  auto second = connect(a, b);
  const auto third = a.dial(b.port());
  CHECK(third.local == -1);
  CHECK(contains(third.why, "too many connections"));
  connect(c, b);
  first.a.close();
  REQUIRE(first.b.ends());
  connect(a, b);
}

TEST_CASE("dialling says why nobody was found") {
  test_front a{"a"};
  const auto why = [&](std::uint16_t port, std::chrono::milliseconds timeout = patience) {
    const auto result = a.dial(port, timeout);
    CHECK(result.local == -1);
    CHECK(contains(result.why, "127.0.0.1:" + std::to_string(port)));
    CHECK(is_sentence(result.why + "."));
    return result.why;
  };
  asio::io_context io;
  asio::ip::tcp::acceptor silent{io, {asio::ip::address_v4::loopback(), 0}};
  CHECK(contains(why(silent.local_endpoint().port(), std::chrono::milliseconds{100}),
                 "did not answer within 100 ms"));
  const auto gone = silent.local_endpoint().port();
  silent.close();
  CHECK(contains(why(gone), "cannot be reached"));
  SECTION("another cluster") {
    test_front foreign{"foreign-a"};
    CHECK(contains(why(foreign.port()), "not of this cluster"));
  }
  SECTION("no such host") {
    const auto result = a.door().dial_and_wait("no-such-host.invalid", 1, patience);
    CHECK(contains(result.why, "no-such-host.invalid:1 cannot be found"));
  }
}

TEST_CASE("a front that ends answers what is being dialled") {
  auto a = std::make_unique<test_front>("a");
  asio::io_context io;
  asio::ip::tcp::acceptor silent{io, {asio::ip::address_v4::loopback(), 0}};
  std::promise<front::dialled> made;
  a->door().dial("127.0.0.1", silent.local_endpoint().port(), patience,
                 [&](front::dialled result) { made.set_value(std::move(result)); });
  asio::ip::tcp::socket came{io};
  silent.accept(came);
  a.reset();
  const auto result = made.get_future().get();
  CHECK(result.local == -1);
  CHECK(contains(result.why, "this process ends"));
}

TEST_CASE("a front does not start with the certificate of another node") {
  auto config = test_front::config_of("b");
  config.name = "c";
  CHECK(contains(complaint_of([&] { test_front{config}; }), "is the certificate of the node b"));
}
