// What a peer may say on the control plane: headers, payloads, and the order of both.
#include <rapidcheck.h>

#include <algorithm>

#include "actors/transport/front/conversation.hpp"
#include "config/defaults.hpp"
#include "config/defaults_front.hpp"
#include "tests/support/basp_kit.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;
using namespace bramble::basp;
using namespace bramble::test;

namespace {

constexpr std::size_t limit = defaults::control_message_limit_bytes;
constexpr std::uint64_t face = 17;

const process_identity pi1 = make_identity("pi1");
const process_identity pi2 = make_identity("pi2");

/// Of the process pi1, with whoever has the certificate of pi2.
struct talk {
  explicit talk(conversation::role ours = conversation::role::accepted) : with{ours, pi1, "pi2"} {}

  verdict hears(const basp_message& what) {
    header head;
    const auto block = encode_header(what.head);
    if (const auto wrong = decode_header(block, limit, head))
      return {verdict::kind::refuse, *wrong};
    return with.arrived(head, what.payload, face);
  }
  bool passes(const basp_message& what) { return hears(what).what == verdict::kind::pass; }
  bool drops(const basp_message& what) { return hears(what).what == verdict::kind::drop; }
  bool refuses(const basp_message& what) { return hears(what).what == verdict::kind::refuse; }

  conversation with;
};

talk open_talk() {
  talk out;
  REQUIRE(out.passes(client_handshake(pi2)));
  return out;
}

basp_writer one(const char* type) {
  return basp_writer{}.types({type});
}

basp_message to_face(const basp_writer& payload, std::uint64_t number = async_number + 1) {
  return direct(5, face, number, payload);
}

std::optional<std::string> complaint_about(const header& head) {
  header out;
  return decode_header(encode_header(head), limit, out);
}

}  // namespace

TEST_CASE("a header is read as it was written") {
  REQUIRE(rc::check("all fields", [] {
    header head;
    head.operation = operation::direct_message;
    head.payload_bytes = *rc::gen::inRange<std::uint32_t>(1, limit);
    head.operation_data = *rc::gen::arbitrary<std::uint64_t>();
    head.source_actor = *rc::gen::arbitrary<std::uint64_t>();
    head.destination_actor = *rc::gen::inRange<std::uint64_t>(1, 1ULL << 40);
    const auto block = encode_header(head);
    header back;
    RC_ASSERT(!decode_header(block, limit, back));
    RC_ASSERT(encode_header(back) == block);
    RC_ASSERT(back.operation_data == head.operation_data);
    RC_ASSERT(back.source_actor == head.source_actor);
  }));
}

TEST_CASE("headers that would break CAF are refused") {
  SECTION("a handshake without a payload, which CAF reads all the same") {
    CHECK(complaint_about({.operation = operation::client_handshake}));
    CHECK(complaint_about({.operation = operation::server_handshake, .operation_data = 3}));
  }
  SECTION("a payload that CAF would allocate before it came") {
    const auto wrong =
        complaint_about({.operation = operation::client_handshake, .payload_bytes = 0xFFFFFFFF});
    REQUIRE(wrong);
    CHECK(contains(*wrong, "4294967295"));
    CHECK(!complaint_about({.operation = operation::client_handshake, .payload_bytes = limit}));
    CHECK(complaint_about({.operation = operation::client_handshake, .payload_bytes = limit + 1}));
  }
  SECTION("a kind that does not exist, and a message on behalf of a third node") {
    CHECK(complaint_about({.operation = static_cast<operation>(7)}));
    CHECK(complaint_about(
        {.operation = operation::routed_message, .payload_bytes = 8, .destination_actor = face}));
  }
  SECTION("a heartbeat with something in it") {
    CHECK(!complaint_about({.operation = operation::heartbeat}));
    CHECK(complaint_about({.operation = operation::heartbeat, .payload_bytes = 1}));
    CHECK(complaint_about({.operation = operation::heartbeat, .source_actor = 1}));
  }
}

TEST_CASE("a peer begins with one handshake, of its own name") {
  CHECK(talk{}.passes(client_handshake(pi2)));
  CHECK(talk{}.refuses(client_handshake(make_identity("pi3"))));
  CHECK(talk{}.refuses(client_handshake(pi1)));
  CHECK(talk{}.refuses(server_handshake(pi2, 3)));
  CHECK(talk{}.refuses(message_of(operation::heartbeat, {})));
  CHECK(talk{}.refuses(caf_greeting(5)));
  CHECK(talk{conversation::role::dialled}.passes(server_handshake(pi2, 3)));
  CHECK(talk{conversation::role::dialled}.refuses(client_handshake(pi2)));
  CHECK(talk{conversation::role::dialled}.refuses(server_handshake(make_identity("pi3"), 3)));
  SECTION("and does not become another process") {
    auto t = open_talk();
    CHECK(t.passes(client_handshake(pi2)));
    CHECK(t.refuses(client_handshake(make_identity("pi2"))));
  }
  SECTION("and does not go on for ever") {
    auto t = open_talk();
    int passed = 0;
    while (passed < 100 && t.passes(client_handshake(pi2))) ++passed;
    CHECK(passed < 10);
  }
}

TEST_CASE("a peer speaks to the published actor, and to those that asked it") {
  auto t = open_talk();
  const auto gossip = one("bramble::gossip").text("some bytes");
  CHECK(t.passes(to_face(gossip)));
  CHECK(t.drops(direct(5, face + 1, async_number, gossip)));
  const auto request = direct(40, 3, async_number + 9, gossip);
  const auto answer = direct(3, 40, async_number + 9 + response_bit, gossip);
  CHECK(t.drops(answer));
  t.with.sent(request.head);
  CHECK(t.drops(direct(3, 41, async_number + 9 + response_bit, gossip)));
  CHECK(t.passes(answer));
  CHECK(t.drops(answer));
}

TEST_CASE("CAF's own greeting passes both ways, once for each") {
  auto t = open_talk();
  CHECK(t.passes(caf_greeting(5)));
  const auto introduction = direct(6, 30, async_number,
                                   basp_writer{}
                                       .types({"@atom", "@str", "@strong_actor_ptr", "@str"})
                                       .atom("ok")
                                       .text("info")
                                       .number(6, 8)
                                       .node(pi2)
                                       .text("spawn_server"));
  CHECK(t.drops(introduction));
  t.with.sent(caf_greeting(30).head);
  CHECK(t.passes(introduction));
  CHECK(t.drops(introduction));
}

TEST_CASE("messages that no node sends are refused") {
  auto t = open_talk();
  SECTION("an order to exit") {
    CHECK(t.refuses(to_face(one("@exit").number(0, 64))));
  }
  SECTION("messages in messages, on which CAF's stack would end") {
    basp_writer nested;
    nested.length(0);
    for (int i = 0; i < 20000; ++i) nested.types({"@message"}, false);
    CHECK(t.refuses(to_face(nested.types({}, false))));
  }
  SECTION("bytes that CAF would allocate before it looks whether they came") {
    CHECK(t.refuses(to_face(one("@charbuf").length(0xFFFFFFFF))));
    CHECK(t.refuses(to_face(one("bramble::plan").length(0xFFFFFFFF))));
    CHECK(t.refuses(to_face(one("@str").length(100).number(0, 8))));
  }
  SECTION("a length without end") {
    CHECK(t.refuses(to_face(one("@str").raw(std::vector<std::uint8_t>(32, 0x80)))));
  }
  SECTION("links to actors of ours, which die with them") {
    CHECK(t.refuses(to_face(basp_writer{}
                                .types({"@atom", "@strong_actor_ptr"})
                                .atom("link")
                                .number(face, 8)
                                .node(pi2))));
  }
  SECTION("handles of a third node's actors, or of our own") {
    for (const auto& whose : {make_identity("pi3"), pi1}) {
      CHECK(
          t.refuses(to_face(basp_writer{}.types({"@strong_actor_ptr"}).number(9, 8).node(whose))));
    }
    CHECK(t.passes(to_face(basp_writer{}.types({"@strong_actor_ptr"}).number(9, 8).node(pi2))));
  }
  SECTION("something behind the end, and an end too early") {
    CHECK(t.refuses(to_face(one("@u64").number(1, 9))));
    CHECK(t.refuses(to_face(one("@u64").number(1, 7))));
  }
  SECTION("to spawn servers, or to another actor by name") {
    auto spawning = direct(5, atom("SpawnServ"), async_number,
                           basp_writer{}.types({"@atom", "@str"}).atom("spawn").text("x"));
    spawning.head.flags = named_receiver;
    CHECK(t.refuses(spawning));
    auto config = caf_greeting(5);
    config.head.destination_actor = atom("ConfigServ");
    CHECK(t.refuses(config));
  }
  SECTION("errors pass, with plain values in them only") {
    const auto error = [](const basp_writer& context) {
      return to_face(one("@error").number(60, 1).atom("system").raw(context.bytes()));
    };
    CHECK(t.passes(error(basp_writer{}.types({"@str"}, false).text("a sentence"))));
    CHECK(t.refuses(error(
        basp_writer{}.types({"@error"}, false).number(1, 1).atom("system").types({}, false))));
  }
}

TEST_CASE("the end of an actor is told by its own node") {
  auto t = open_talk();
  const auto down = [](const process_identity& from, const process_identity& to) {
    auto out =
        message_of(operation::down_message,
                   basp_writer{}.node(from).node(to).number(1, 1).atom("exit").types({}, false));
    out.head.source_actor = 4;
    return out;
  };
  CHECK(t.passes(down(pi2, pi1)));
  CHECK(t.refuses(down(make_identity("pi3"), pi1)));
  CHECK(t.refuses(down(pi2, make_identity("pi3"))));
  auto monitor = message_of(operation::monitor_message, basp_writer{}.node(pi2).node(pi1));
  monitor.head.destination_actor = face;
  CHECK(t.passes(monitor));
  monitor.payload[8] ^= 1;
  CHECK(t.refuses(monitor));
}

TEST_CASE("questions that are never answered are forgotten in the end") {
  auto t = open_talk();
  const auto answer = [](std::uint64_t n) {
    return direct(3, 40, n + response_bit, one("@u64").number(1, 8));
  };
  const auto asked = 2 * defaults::front_requests_limit;
  for (std::uint64_t n = 1; n <= asked; ++n)
    t.with.sent(direct(40, 3, n, one("@u64").number(1, 8)).head);
  CHECK(t.drops(answer(1)));
  CHECK(t.passes(answer(asked)));
  CHECK(t.passes(answer(asked - defaults::front_requests_limit + 1)));
}

TEST_CASE("damaged messages pass, are dropped or are refused, and say why") {
  const std::vector<basp_message> good{
      client_handshake(pi2), caf_greeting(5), to_face(one("bramble::gossip").text("bytes")),
      to_face(one("@error").number(60, 1).atom("system").types({"@str"}, false).text("why"))};
  REQUIRE(rc::check("any bytes changed, cut or added", [&] {
    talk t;
    t.hears(client_handshake(pi2));
    auto bytes = (*rc::gen::elementOf(good)).bytes();
    for (int i = *rc::gen::inRange(1, 6); i-- != 0;)
      bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<std::uint8_t>();
    bytes.resize(*rc::gen::inRange<std::size_t>(header_bytes, bytes.size() + 8));
    header_block block;
    std::copy_n(bytes.begin(), header_bytes, block.begin());
    header head;
    const auto wrong = decode_header(block, limit, head);
    if (wrong) return RC_ASSERT(is_sentence(*wrong + "."));
    const byte_span rest{bytes.data() + header_bytes, bytes.size() - header_bytes};
    const auto found = t.with.arrived(
        head, rest.first(std::min<std::size_t>(rest.size(), head.payload_bytes)), face);
    if (found.what != verdict::kind::pass) RC_ASSERT(is_sentence(found.why + "."));
  }));
}
