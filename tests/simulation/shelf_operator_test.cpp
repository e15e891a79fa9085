// What an operator does to a shelf by hand, and what all of its nodes make of it.
#include "config/defaults_operating.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/shelf_simulation.hpp"

using namespace bramble;
using namespace bramble::test;
using namespace std::chrono_literals;

namespace {

using kind_t = runtime_override::kind_t;

struct operated_shelf : shelf_simulation {
  operated_shelf() : shelf_simulation{3} {
    REQUIRE(pass_until([&] { return agree({"pi1", "pi2", "pi3"}); }, 10s));
  }

  infer_reply answer(const std::string& node) {
    const auto request = ask(node);
    REQUIRE(pass_until([&] { return !request->answers.empty(); }, 60s));
    CHECK(answers_rightly(*request));
    return request->answers[0];
  }

  std::string state_of(const std::string& whom, const std::string& seen_from) {
    for (const auto& each : status(seen_from).nodes)
      if (each.name == whom) return each.state;
    return "unknown";
  }
};

}  // namespace

TEST_CASE("a member that failed is forgotten by all, one that is alive is not") {
  operated_shelf s;
  CHECK(contains(s.ask_change("pi1", {kind_t::forget, 0, "pi3"}), "pi3 is alive"));
  CHECK(contains(s.ask_change("pi1", {kind_t::forget, 0, "pi1"}), "this node itself"));
  CHECK(contains(s.ask_change("pi1", {kind_t::forget, 0, "pi9"}), "There is no member pi9"));
  s.kill("pi3");
  REQUIRE(s.pass_until([&] { return s.state_of("pi3", "pi1") == "failed"; }, 60s));
  CHECK(contains(s.ask_change("pi1", {kind_t::forget, 0, "pi3"}), "pi3 is forgotten"));
  CHECK(s.state_of("pi3", "pi1") == "unknown");
  CHECK(s.pass_until([&] { return s.state_of("pi3", "pi2") == "unknown"; }, 5s));
  s.pass(2 * defaults::forget_by_hand_after);
  CHECK(s.state_of("pi3", "pi2") == "unknown");
  CHECK(s.agree({"pi1", "pi2"}));
  s.start("pi3");
  CHECK(s.pass_until([&] { return s.agree({"pi1", "pi2", "pi3"}); }, 60s));
}

TEST_CASE("plans are made anew by hand on the host that is asked, and say what came of it") {
  operated_shelf s;
  CHECK(s.replan("pi2").plans.empty());
  const auto before = s.answer("pi2");
  const auto made = s.replan("pi2");
  CHECK(made.host == "pi2");
  REQUIRE(made.plans.size() == 1);
  const auto& plan = made.plans[0];
  CHECK(plan.from_epoch == before.epoch);
  CHECK(plan.to_epoch > before.epoch);
  CHECK(plan.predicted_before_ms > 0);
  CHECK(plan.predicted_after_ms > 0);
  CHECK(contains(plan.why, "asked for by hand"));
  CHECK(s.answer("pi2").epoch == plan.to_epoch);
}

TEST_CASE("a model that is pinned is planned by that method on all nodes, also on one that comes") {
  operated_shelf s;
  CHECK(s.answer("pi2").method == "bramble");
  const auto refused = s.ask_change("pi1", {kind_t::pin, 0, "simulated", "quick"});
  CHECK(contains(refused, "the methods are one, seed"));
  CHECK(contains(s.ask_change("pi1", {kind_t::pin, 0, "other", "one"}), "There is no model other"));
  s.kill("pi3");
  REQUIRE(s.pass_until([&] { return s.state_of("pi3", "pi1") == "failed"; }, 60s));
  CHECK(contains(s.ask_change("pi1", {kind_t::pin, 0, "simulated", "one"}), "by one alone"));
  s.start("pi3");
  REQUIRE(s.pass_until([&] { return s.agree({"pi1", "pi2", "pi3"}); }, 60s));
  for (const auto& name : s.names()) {
    const auto reply = s.answer(name);
    CHECK(reply.method == "one");
    CHECK(reply.nodes == std::vector<std::string>{name});
  }
  s.ask_change("pi3", {kind_t::pin, 0, "simulated", ""});
  s.pass(3s);
  for (const auto& name : s.names()) CHECK(s.answer(name).method == "bramble");
}

TEST_CASE("what only the face or the cluster does is refused elsewhere, with a sentence") {
  operated_shelf s;
  for (const auto kind : {kind_t::stop, kind_t::restart})
    CHECK(is_sentence(s.ask_change("pi1", {kind, 0, "capacity_meter"})));
  CHECK(contains(s.ask_change("pi1", {kind_t::pin, 0, "other", "one"}), "There is no model"));
}
