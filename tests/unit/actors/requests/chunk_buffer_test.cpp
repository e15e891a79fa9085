#include "config/defaults.hpp"
#include "tests/support/chunk_buffer_fixture.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;
using namespace bramble::test;
using namespace std::chrono_literals;

namespace {

/// Answers no part until told, and counts them.
struct slow_node {
  std::size_t parts = 0;
  std::vector<caf::response_promise> open;
  infer_reply reply;
  bool asked = false;
};

node_actor spawn_slow(actor_fixture& f, const std::shared_ptr<slow_node>& s) {
  return caf::actor_cast<node_actor>(f.spawn([s](caf::event_based_actor* self) -> caf::behavior {
    return {[=](infer_atom, const infer_request&) -> caf::result<infer_reply> {
              s->asked = true;
              if (s->reply.in_parts) return s->reply;
              self->make_response_promise();
              return caf::delegated<infer_reply>{};
            },
            [=](part_atom, const tensor_part&) {
              ++s->parts;
              s->open.push_back(self->make_response_promise());
              return caf::delegated<std::uint64_t>{};
            },
            [=](output_atom, std::uint64_t) {
              ++s->parts;
              return tensor_part{0, byte_vector(3)};
            },
            [=](work_atom) {
              auto first = s->open.front();
              s->open.erase(s->open.begin());
              first.deliver(std::uint64_t{1});
            }};
  }));
}

std::string text_of(const infer_outcome& what) {
  const auto* error = std::get_if<caf::error>(&what);
  return error != nullptr ? sentence_of(*error) : "a reply";
}

}  // namespace

TEST_CASE("large inputs and outputs travel in parts and arrive as they were") {
  shelf_of_one s;
  const auto request = request_of(large);
  const auto out = s.call(s.face, request);
  REQUIRE(s.got->size() == 1);
  CHECK_FALSE(s.got->at(0).in_parts);
  const auto& reply = std::get<infer_reply>(*out);
  CHECK_FALSE(reply.in_parts);
  REQUIRE(reply.outputs.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(s.got->at(0).inputs.at(i).bytes == request.inputs[i].bytes);
    CHECK(reply.outputs[i].shape == large);
    CHECK(reply.outputs[i].bytes == request.inputs[i].bytes);
  }
  CHECK(s.held() == s.nothing);
}

TEST_CASE("small inputs and outputs go in one message") {
  shelf_of_one s;
  const auto out = s.call(s.face, request_of(small));
  CHECK(std::get<infer_reply>(*out).outputs.at(1).bytes == pattern(small, 2).bytes);
  const auto stub = std::make_shared<slow_node>();
  s.call(spawn_slow(s, stub), request_of(small));
  CHECK(stub->asked);
  CHECK(stub->parts == 0);
}

TEST_CASE("no more parts are under way than may be") {
  shelf_of_one s;
  const auto stub = std::make_shared<slow_node>();
  const auto node = spawn_slow(s, stub);
  const auto out = s.call(node, request_of(large));
  CHECK(stub->parts == defaults::parts_under_way);
  for (std::size_t more = 1; more <= 3; ++more) {
    caf::anon_send(caf::actor_cast<caf::actor>(node), work_atom::value);
    s.run();
    CHECK(stub->parts == defaults::parts_under_way + more);
  }
  s.pass(defaults::part_timeout);
  CHECK(text_of(*out) == "The node did not answer in time.");
}

TEST_CASE("a client that goes away in the middle leaves nothing behind") {
  shelf_of_one s;
  const auto client = s.client();
  const auto request = request_of(large);
  const auto answer = s.ask<infer_reply>(s.chunks, infer_atom_v, announcement(), client);
  CHECK(*s.ask<std::uint64_t>(s.chunks, part_atom_v, cut_part(request.inputs, 0), client)->reply ==
        defaults::part_bytes);
  CHECK(s.held() ==
        "1 requests with large tensors, " + std::to_string(bytes_of(request.inputs)) + " bytes");
  caf::anon_send_exit(client, caf::exit_reason::user_shutdown);
  s.run();
  CHECK(s.held() == s.nothing);
  CHECK(s.got->empty());
}

TEST_CASE("outputs that nobody fetches are dropped with their client, or after a while") {
  shelf_of_one s;
  const auto client = s.client();
  const auto answer = s.ask<infer_reply>(s.chunks, infer_atom_v, request_of(large), client);
  REQUIRE(answer->reply.has_value());
  CHECK(answer->reply->in_parts);
  CHECK(answer->reply->outputs.at(0).bytes.empty());
  CHECK(s.held() != s.nothing);
  SECTION("its end") {
    caf::anon_send_exit(client, caf::exit_reason::user_shutdown);
  }
  SECTION("a while, counted from its last step") {
    s.pass(defaults::part_timeout - 1s);
    CHECK(s.ask<tensor_part>(s.chunks, output_atom_v, std::uint64_t{0}, client)->reply.has_value());
    s.pass(2s);
    CHECK(s.held() != s.nothing);
    s.pass(defaults::part_timeout - 2s);
  }
  s.run();
  CHECK(s.held() == s.nothing);
}

TEST_CASE("a client that stops sending is given up, one that waits for its answer is not") {
  shelf_of_one s;
  const auto client = s.client();
  const auto answer = s.ask<infer_reply>(s.chunks, infer_atom_v, announcement(), client);
  SECTION("stopped") {
    s.pass(defaults::part_timeout);
    CHECK(answer->error == "The client did not go on sending its inputs.");
    CHECK(s.held() == s.nothing);
  }
  SECTION("waits") {
    *s.answers = false;
    const auto request = request_of(large);
    for (std::uint64_t at = 0; at < bytes_of(request.inputs); at = end_of_part(request.inputs, at))
      REQUIRE(s.ask<std::uint64_t>(s.chunks, part_atom_v, cut_part(request.inputs, at), client)
                  ->reply.has_value());
    CHECK(s.got->size() == 1);
    s.pass(4 * defaults::part_timeout);
    CHECK_FALSE(answer->answered());
  }
}

TEST_CASE("what a client announces is checked before anything is taken") {
  shelf_of_one s;
  auto wrong = announcement();
  SECTION("a shape that the model does not take") {
    // Too many bytes as well, but that is not what is wrong.
    wrong.inputs[1].shape = {1, 1, 10'000, 10'000};
    CHECK(
        s.ask<infer_reply>(s.chunks, infer_atom_v, wrong, s.client())->error.find("1x1x701x703") !=
        std::string::npos);
  }
  SECTION("a shape that no model takes") {
    wrong.inputs[1].shape = {1, 1, 100'000, 100'000};
    CHECK(s.ask<infer_reply>(s.chunks, infer_atom_v, wrong, s.client())->error ==
          "A tensor was announced that is far too large.");
  }
  SECTION("a model that is not there") {
    wrong.model = "nobody";
    CHECK(s.ask<infer_reply>(s.chunks, infer_atom_v, wrong, s.client())->error.find("nobody") !=
          std::string::npos);
  }
  SECTION("two requests of one client") {
    const auto client = s.client();
    s.ask<infer_reply>(s.chunks, infer_atom_v, wrong, client);
    CHECK(s.ask<infer_reply>(s.chunks, infer_atom_v, wrong, client)->error ==
          "This client has other tensors under way.");
    caf::anon_send_exit(client, caf::exit_reason::user_shutdown);
    s.run();
  }
  CHECK(s.held() == s.nothing);
}

TEST_CASE("a part that is not the next one ends its request") {
  shelf_of_one s;
  const auto client = s.client();
  CHECK(
      s.ask<std::uint64_t>(s.chunks, part_atom_v, tensor_part{0, byte_vector(8)}, client)->error ==
      "This client has no tensors under way.");
  const auto answer = s.ask<infer_reply>(s.chunks, infer_atom_v, announcement(), client);
  auto part = cut_part(request_of(large).inputs, 0);
  SECTION("too long") {
    part.bytes.resize(defaults::part_bytes + 1);
  }
  SECTION("too short") {
    part.bytes.pop_back();
  }
  SECTION("empty") {
    part.bytes.clear();
  }
  SECTION("from elsewhere") {
    part.offset = 1;
  }
  s.ask<std::uint64_t>(s.chunks, part_atom_v, part, client);
  CHECK(answer->error == "A part of a tensor is not the one that was to come next.");
  CHECK(s.held() == s.nothing);
}

TEST_CASE("inputs of many clients take no more than their limit") {
  shelf_of_one s;
  const auto each = bytes_of(announcement().inputs);
  std::vector<caf::strong_actor_ptr> clients;
  for (std::uint64_t sum = 0; sum + each <= defaults::chunks_limit_bytes; sum += each) {
    clients.push_back(s.client());
    CHECK_FALSE(
        s.ask<infer_reply>(s.chunks, infer_atom_v, announcement(), clients.back())->answered());
  }
  CHECK(s.ask<infer_reply>(s.chunks, infer_atom_v, announcement(), s.client())
            ->error.find("Try again in a moment") != std::string::npos);
  caf::anon_send_exit(clients.front(), caf::exit_reason::user_shutdown);
  s.run();
  CHECK_FALSE(s.ask<infer_reply>(s.chunks, infer_atom_v, announcement(), s.client())->answered());
}

TEST_CASE("an error of the request frees its inputs and reaches the client") {
  shelf_of_one s;
  *s.error = "The request failed.";
  CHECK(text_of(*s.call(s.face, request_of(large))) == "The request failed.");
  CHECK(s.held() == s.nothing);
}

TEST_CASE("a node that leaves sends clients elsewhere that have not sent everything") {
  shelf_of_one s;
  const auto sending = s.ask<infer_reply>(s.chunks, infer_atom_v, announcement(), s.client());
  const auto fetching = s.client();
  s.ask<infer_reply>(s.chunks, infer_atom_v, request_of(large), fetching);
  caf::anon_send(s.chunks, send_on_atom::value, leave_reply{endpoint{"pi2.local", 7741}});
  const auto idle = s.ask<bool>(s.chunks, idle_atom::value);
  CHECK(sending->error == "pi1 is stopping.");
  CHECK(s.ask<infer_reply>(s.chunks, infer_atom_v, announcement(), s.client())->error ==
        "pi1 is stopping.");
  CHECK_FALSE(idle->answered());
  CHECK(s.ask<tensor_part>(s.chunks, output_atom_v, std::uint64_t{0}, fetching)->reply.has_value());
  caf::anon_send_exit(fetching, caf::exit_reason::user_shutdown);
  s.run();
  CHECK(idle->reply == true);
}

TEST_CASE("a node whose parts make no sense is not believed") {
  shelf_of_one s;
  const auto stub = std::make_shared<slow_node>();
  stub->reply.in_parts = true;
  SECTION("outputs without end") {
    stub->reply.outputs = {{{1 << 28, 1 << 28}, element_type::f32, {}}};
    CHECK(text_of(*s.call(spawn_slow(s, stub), request_of(small))) ==
          "A tensor was announced that is far too large.");
  }
  SECTION("a negative extent") {
    stub->reply.outputs = {{{1, -4}, element_type::f32, {}}};
    CHECK(text_of(*s.call(spawn_slow(s, stub), request_of(small))) ==
          "A tensor was announced with a shape that cannot be.");
  }
  SECTION("no outputs") {
    CHECK(text_of(*s.call(spawn_slow(s, stub), request_of(small))) ==
          "The node announced outputs that are empty.");
  }
  SECTION("a part of another size") {
    stub->reply.outputs = shapes_of({pattern(large, 0)});
    CHECK(text_of(*s.call(spawn_slow(s, stub), request_of(small))) ==
          "A part of a tensor is not the one that was to come next.");
  }
}
