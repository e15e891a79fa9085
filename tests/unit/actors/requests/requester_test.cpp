#include "config/defaults_operating.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/requesting_host.hpp"

using namespace bramble;
using namespace bramble::test;
using namespace std::chrono_literals;

TEST_CASE("a request is planned once, run, and answered; the next one keeps the plan") {
  host h;
  for (int i = 0; i < 2; ++i) {
    const auto reply = h.infer();
    CHECK_FALSE(reply->answered());
    h.answer();
    REQUIRE(reply->reply.has_value());
    CHECK(reply->reply->attempts == 1);
    CHECK(reply->reply->outputs.at(0).bytes == byte_vector{42});
    CHECK(reply->reply->nodes == std::vector<std::string>{"pi1", "pi2"});
  }
  CHECK(h.queries->size() == 1);
  CHECK(h.runs->at(0).id != h.runs->at(1).id);
}

TEST_CASE("a plan is reviewed while requests flow, and a better one is for the next request") {
  host h;
  const auto ask = [&] {
    const auto reply = h.infer();
    h.answer();
    return reply->reply->epoch;
  };
  CHECK(ask() == 1);
  CHECK(h.queries->size() == 1);
  h.pass(defaults::review_interval);
  CHECK(ask() == 1);
  REQUIRE(h.queries->size() == 2);
  CHECK(h.queries->back().reviews != 0);
  // The coordinator of this test answers with a new epoch each time.
  CHECK(ask() == 2);
  CHECK(h.queries->size() == 2);
}

TEST_CASE("a member that comes or goes makes the next request plan again") {
  host h;
  h.infer();
  h.answer();
  const auto peer = h.fake<peer_link_actor>(
      [](caf::event_based_actor*) -> caf::behavior { return {[](abort_atom, std::uint64_t) {}}; });
  caf::anon_send(
      h.requests,
      directory_ptr{std::make_shared<directory>(directory{"pi1", "pi1", {{"pi3", peer}}, {}})});
  h.run();
  h.infer();
  h.answer();
  CHECK(h.queries->size() == 2);
}

TEST_CASE("who comes while a request runs is planned for at once, and takes part in the next") {
  host h;
  const auto running = h.infer();
  CHECK(h.queries->size() == 1);
  SECTION("by the coordinator of this node") {
    h.connect_both();
    CHECK(h.queries->size() == 2);
    const auto next = h.infer();
    CHECK(h.queries->size() == 2);
    h.answer();
    CHECK(next->reply->nodes == std::vector<std::string>{"pi1", "pi2", "pi3"});
  }
  SECTION("not when one went") {
    h.connect_both();
    const auto planned = h.queries->size();
    h.connect_pi2();
    CHECK(h.queries->size() == planned);
  }
  h.finish(0, 42);
  CHECK(running->reply->nodes == std::vector<std::string>{"pi1", "pi2"});
}

TEST_CASE("bad requests are refused with a sentence before anything runs") {
  host h;
  auto request = host::photo();
  request.model = "nobody";
  CHECK(h.infer(request)->error.find("nobody") != std::string::npos);
  request = host::photo();
  request.method = "guess";
  CHECK(h.infer(request)->error.find("no method guess") != std::string::npos);
  request = host::photo();
  request.inputs[0].shape = {1, 1, 4, 4};
  CHECK(h.infer(request)->error == "Model nothing takes an input of shape 1x1x2x2, not 1x1x4x4.");
  request = host::photo();
  request.inputs[0].bytes.resize(3);
  CHECK(h.infer(request)->error.find("the wrong size") != std::string::npos);
  CHECK(h.runs->empty());
}

TEST_CASE("a client that goes away takes its request along, and only its own") {
  host h;
  const auto other = h.infer();
  const auto client =
      h.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](const std::string&) {}}; });
  const auto handle = caf::actor_cast<caf::strong_actor_ptr>(client);
  h.infer(host::photo(), handle);
  REQUIRE(h.runs->size() == 2);
  SECTION("while it runs") {
    caf::anon_send_exit(client, caf::exit_reason::kill);
    h.run();
    CHECK(*h.aborts == std::vector<std::uint64_t>{h.runs->at(1).id});
    h.pass(defaults::retry_pause);
    CHECK(h.runs->size() == 2);
  }
  SECTION("between two attempts") {
    h.fail(1, "A tensor was lost.");
    caf::anon_send_exit(client, caf::exit_reason::kill);
    h.pass(defaults::retry_pause);
    CHECK(h.runs->size() == 2);
  }
  h.finish(0, 42);
  CHECK(other->reply.has_value());
}

TEST_CASE("a request whose model is still being read can be cancelled, and sent elsewhere") {
  host h;
  const auto open = std::make_shared<caf::response_promise>();
  const auto reader = h.spawn([=](caf::event_based_actor* self) -> caf::behavior {
    return {[=](open_atom, const std::string&) -> caf::result<opened_model_ptr> {
              *open = self->make_response_promise();
              return caf::delegated<opened_model_ptr>{};
            },
            [=](work_atom, const opened_model_ptr& found) { open->deliver(found); }};
  });
  const auto requests =
      h.spawn(requester, h.configuration(caf::actor_cast<model_finder_actor>(reader)));
  const auto client =
      h.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](const std::string&) {}}; });
  const auto reply =
      h.ask_requester(requests, host::photo(), caf::actor_cast<caf::strong_actor_ptr>(client));
  CHECK_FALSE(reply->answered());
  SECTION("its client goes away") {
    caf::anon_send_exit(client, caf::exit_reason::user_shutdown);
    h.run();
    CHECK(reply->error == "The client went away.");
  }
  SECTION("the node leaves") {
    caf::anon_send(requests, send_on_atom::value, leave_reply{endpoint{"pi2.local", 7741}});
    h.run();
    CHECK(reply->answered());
  }
  caf::anon_send(reader, work_atom::value,
                 opened_model_ptr{std::make_shared<const opened_model>(
                     opened_model{h.store.resolve("nothing"), nothing_model()})});
  h.run();
  CHECK(h.queries->empty());
  CHECK(h.runs->empty());
}

TEST_CASE("a node that leaves finishes its requests and sends new ones elsewhere") {
  host h;
  const auto reply = h.infer();
  const leave_reply left{endpoint{"pi2.local", 7741}};
  caf::anon_send(h.requests, send_on_atom::value, left);
  const auto idle = h.ask<bool>(h.requests, idle_atom::value);
  CHECK_FALSE(idle->answered());
  CHECK(h.infer()->error == "pi1 is stopping.");
  CHECK(h.runs->size() == 1);
  SECTION("in time") {
    h.finish(0, 42);
    CHECK(reply->reply.has_value());
  }
  SECTION("those that take too long have to go elsewhere too") {
    caf::anon_send(h.requests, hand_over_atom::value);
    h.run();
    CHECK(reply->error == "pi1 is stopping.");
    CHECK(*h.aborts == std::vector<std::uint64_t>{h.runs->at(0).id});
  }
  CHECK(idle->reply == true);
}

TEST_CASE("a node that leaves begins no attempt, and its clients learn where to ask") {
  host h;
  const auto failed = h.infer();
  CHECK(h.ask<bool>(h.requests, draining_atom::value)->reply == true);
  h.fail(0, "The host pi1 is not a member of the cluster.");
  const auto fresh = h.infer();
  h.pass(defaults::request_patience);
  CHECK(h.runs->size() == 1);
  CHECK_FALSE(failed->answered());
  CHECK_FALSE(fresh->answered());
  caf::anon_send(h.requests, send_on_atom::value, leave_reply{endpoint{"pi2.local", 7741}});
  h.run();
  CHECK(failed->error == "pi1 is stopping.");
  CHECK(fresh->error == "pi1 is stopping.");
}

TEST_CASE("a node that leaves waits until its client has the answer") {
  host h;
  const auto client =
      h.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](const std::string&) {}}; });
  h.infer(host::photo(), caf::actor_cast<caf::strong_actor_ptr>(client));
  caf::anon_send(h.requests, send_on_atom::value, leave_reply{});
  const auto idle = h.ask<bool>(h.requests, idle_atom::value);
  h.finish(0, 42);
  CHECK_FALSE(idle->answered());
  caf::anon_send_exit(client, caf::exit_reason::user_shutdown);
  h.run();
  CHECK(idle->reply == true);
}

TEST_CASE("an error can say who answers instead") {
  const auto moved = redirect_to({"pi2.local", 7742}, "pi1 is stopping.");
  CHECK(sentence_of(moved) == "pi1 is stopping.");
  CHECK(where_instead(moved) == endpoint{"pi2.local", 7742});
  CHECK_FALSE(where_instead(failure("pi1 is stopping.")).has_value());
  CHECK_FALSE(where_instead(caf::error{}).has_value());
}

TEST_CASE("a review of a plan that does not end is told of, until it has") {
  host h;
  auto config = h.configuration(h.reader);
  config.counters = std::make_shared<actor_board>();
  // Plans come, and no answer to a review.
  const auto kept = std::make_shared<std::vector<caf::response_promise>>();
  config.coordinator =
      h.fake<coordinator_actor>([kept](caf::event_based_actor* self) -> caf::behavior {
        return {[=](plan_atom, const plan_query& query) -> caf::result<plan> {
                  if (query.reviews != 0) {
                    kept->push_back(self->make_response_promise());
                    return caf::delegated<plan>{};
                  }
                  auto p = plan_with_workers({"pi1"}, {0});
                  p.identity = query.identity;
                  p.epoch = 1;
                  p.predicted_ms = 100;
                  return p;
                },
                [](turn_atom, const turn_query&) { return turn{}; },
                [](turn_end_atom, const turn_end&) {}};
      });
  const auto requests = h.spawn(requester, config);
  const auto warnings = [&] { return config.counters->warnings(h.clock.clock().now()); };
  for (int i = 0; i < 2; ++i) {
    h.pass(defaults::review_interval);
    h.ask_requester(requests, host::photo());
    h.answer();
  }
  REQUIRE(kept->size() == 1);
  CHECK(warnings().empty());
  h.pass(defaults::review_deadline + 1s);
  REQUIRE(warnings().size() == 1);
  CHECK(contains(warnings()[0], "the review of the plan of nothing does not end"));
  h.pass(defaults::plan_timeout);
  CHECK(warnings().empty());
}
