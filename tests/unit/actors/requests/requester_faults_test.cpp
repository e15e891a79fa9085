#include "tests/support/requesting_host.hpp"

using namespace bramble;
using namespace bramble::test;
using namespace std::chrono_literals;

TEST_CASE("a node that fails under a request: aborted, planned without it, answered once") {
  host h;
  const auto reply = h.infer();
  const auto first = h.runs->at(0).id;
  const run_failure what{first, "pi1", "pi1", "pi2", "The connection to pi2 was lost."};
  caf::anon_send(h.requests, failed_atom_v, what);
  caf::anon_send(h.requests, failed_atom_v, what);  // both neighbours tell
  h.run();
  CHECK(*h.aborts == std::vector<std::uint64_t>{first});
  h.pass(defaults::retry_pause);
  REQUIRE(h.runs->size() == 2);
  CHECK(h.queries->back().suspects == std::vector<std::string>{"pi2"});
  h.answer();
  REQUIRE(reply->reply.has_value());
  CHECK(reply->reply->attempts == 2);
  CHECK(reply->reply->nodes == std::vector<std::string>{"pi1"});
}

TEST_CASE("a node that its host cannot send to: planned without it, whatever others planned") {
  host h;
  const auto reply = h.infer();
  h.fail(0, "A tensor could not be sent to pi2.", "pi2");
  SECTION("while nobody else asks") {}
  SECTION("while another request gets a plan with it") {
    h.infer();
    CHECK(h.queries->back().suspects.empty());
  }
  h.pass(defaults::retry_pause);
  CHECK(h.queries->back().suspects == std::vector<std::string>{"pi2"});
  h.answer();
  REQUIRE(reply->reply.has_value());
  CHECK(reply->reply->attempts == 2);
  CHECK(reply->reply->nodes == std::vector<std::string>{"pi1"});
}

TEST_CASE("a run whose nodes all answer is waited for until its deadline") {
  host h;
  h.connect_pi2();
  const auto reply = h.infer();
  const auto limit =
      defaults::run_deadline_base +
      std::chrono::milliseconds{static_cast<int>(100 * defaults::run_deadline_factor)};
  for (auto waited = 0ms; waited < limit; waited += 50ms) {
    CHECK(h.runs->size() == 1);
    h.pass(50ms);
  }
  h.pass(defaults::liveness_interval);
  h.pass(defaults::retry_pause);
  REQUIRE(h.runs->size() == 2);
  // The coordinator is asked whether that plan is still right, and says why it is not.
  REQUIRE(h.queries->size() == 2);
  CHECK(h.queries->at(1).reviews == h.runs->at(0).plan_key);
  const auto live = h.ask<live_report>(h.requests, live_atom_v);
  REQUIRE(live->reply->switches.size() == 1);
  CHECK(live->reply->switches[0].why == "pi2 is slow");
  h.finish(0, 13);  // the first attempt ends after all: too late to matter
  CHECK_FALSE(reply->answered());
  h.answer();
  CHECK(reply->reply->outputs.at(0).bytes == byte_vector{42});
}

TEST_CASE("a node that is frozen under a request is avoided until it answers again") {
  host h;
  h.connect_pi2();
  *h.pi2_answers = false;
  const auto reply = h.infer();
  h.pass(defaults::run_check_base + 125ms);
  CHECK(h.runs->size() == 1);
  h.pass(2 * defaults::liveness_timeout);
  h.pass(defaults::retry_pause);
  REQUIRE(h.runs->size() == 2);
  CHECK(h.queries->back().suspects == std::vector<std::string>{"pi2"});
  h.answer();
  REQUIRE(reply->reply.has_value());
  CHECK(reply->reply->nodes == std::vector<std::string>{"pi1"});

  *h.pi2_answers = true;
  h.pass(defaults::liveness_interval);
  const auto next = h.infer();
  h.answer();
  CHECK(h.queries->back().suspects.empty());
  CHECK(next->reply->nodes == std::vector<std::string>{"pi1", "pi2"});
}

TEST_CASE("two helpers that do not reach each other: one is avoided until they do") {
  host h;
  h.connect_both();
  *h.helpers_linked = false;
  const auto reply = h.infer();
  h.pass(defaults::run_check_base + 125ms);
  h.pass(defaults::retry_pause);
  REQUIRE(h.runs->size() == 2);
  CHECK(h.queries->back().suspects == std::vector<std::string>{"pi3"});
  h.answer();
  REQUIRE(reply->reply.has_value());
  CHECK(reply->reply->nodes == std::vector<std::string>{"pi1", "pi2"});

  h.pass(defaults::liveness_interval);
  const auto next = h.infer();
  h.answer();
  CHECK(next->reply->attempts == 1);
  CHECK(next->reply->nodes == std::vector<std::string>{"pi1", "pi2"});

  *h.helpers_linked = true;
  h.pass(defaults::liveness_interval);
  const auto last = h.infer();
  h.answer();
  CHECK(last->reply->nodes == std::vector<std::string>{"pi1", "pi2", "pi3"});
}

TEST_CASE("when every attempt fails the client is told, after the last ran on the host alone") {
  host h;
  const auto reply = h.infer();
  for (std::uint32_t i = 0; i < defaults::request_attempts; ++i) {
    CHECK_FALSE(reply->answered());
    h.fail(i, "The kernel broke.");
    h.pass(defaults::retry_pause);
  }
  CHECK(reply->error == "The request failed after 6 attempts: The kernel broke.");
  CHECK(h.queries->back().method == "one");
}
