#include "balancer/policy/policy.hpp"

#include <rapidcheck.h>

#include <cmath>
#include <limits>

#include "config/base/error.hpp"
#include "config/defaults.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/random_graph.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

using std::chrono::milliseconds;
using choice_t = policy_decision::kind_t;

/// A shelf with two plans, a virtual clock and a policy that is obeyed.
struct shelf_in_time {
  policy_history history;
  milliseconds now{0};
  std::uint64_t running = 1;
  std::vector<milliseconds> changes;

  /// One look a second at what each plan would take; the quicker one is the candidate.
  policy_decision look(double first_ms, double second_ms, bool moved = false) {
    const plan_outlook one{1, first_ms, {"pi1", "pi2"}}, two{2, second_ms, {"pi1", "pi3"}};
    policy_input input{now, running == 1 ? one : two, first_ms <= second_ms ? one : two, {}, moved};
    auto decision = decide(input, history);
    if (decision.kind == choice_t::change) {
      running = input.candidate.key;
      changes.push_back(now);
    }
    now += milliseconds{1000};
    return decision;
  }
};

/// A measurement with uniform noise of 10 % either way.
double noisy(random_source& random, double ms) {
  return ms * static_cast<double>(random.number(900, 1100)) / 1000;
}

}  // namespace

TEST_CASE("constant noise of 10 % causes no change in 1000 looks") {
  REQUIRE(rc::check([] {
    random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    shelf_in_time shelf;
    for (int i = 0; i < 1000; ++i) shelf.look(noisy(random, 100), noisy(random, 100));
    RC_ASSERT(shelf.changes.empty());
  }));
}

TEST_CASE("a step causes exactly one change, whatever the noise") {
  REQUIRE(rc::check([] {
    random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    shelf_in_time shelf;
    const auto at = random.number(0, 300);
    for (int i = 0; i < 1000; ++i)
      shelf.look(noisy(random, i < at ? 100 : 200), noisy(random, 110));
    RC_ASSERT(shelf.changes.size() == 1);
    const auto delay = shelf.changes[0] - milliseconds{1000 * at};
    RC_ASSERT(delay >= milliseconds{1000 * (defaults::rebalance_clear_confirmations - 1)});
    RC_ASSERT(delay <= milliseconds{1000 * (defaults::rebalance_confirmations - 1)});
  }));
}

TEST_CASE("the clearer the gain, the fewer looks it takes") {
  for (const auto& [slow, looks] :
       {std::pair{109.0, defaults::rebalance_small_confirmations},
        std::pair{130.0, defaults::rebalance_confirmations},
        std::pair{100 * defaults::rebalance_clear_gain, defaults::rebalance_clear_confirmations}}) {
    shelf_in_time shelf;
    for (int i = 0; i < 20; ++i) shelf.look(slow, 100);
    REQUIRE(shelf.changes.size() == 1);
    CHECK(shelf.changes[0] == milliseconds{1000 * (looks - 1)});
  }
}

TEST_CASE("after a clear move of the facts a change needs one look, and small ones few") {
  for (const auto& [slow, looks] : {std::pair{109.0, defaults::rebalance_settling_confirmations},
                                    std::pair{100 * defaults::rebalance_gain, 1U}}) {
    shelf_in_time shelf;
    shelf.look(100, 100, true);
    const auto from = shelf.now;
    for (int i = 0; i < 20; ++i) shelf.look(slow, 100);
    REQUIRE(shelf.changes.size() == 1);
    CHECK(shelf.changes[0] - from == milliseconds{1000 * (looks - 1)});
  }
  shelf_in_time shelf;  // and some time later not any more
  shelf.look(100, 100, true);
  shelf.now += defaults::rebalance_settling;
  shelf.look(130, 100);
  CHECK(shelf.changes.empty());
}

TEST_CASE("follow-ups of a change do not wait for the cool-down, but there are few") {
  policy_history history;
  milliseconds now{0};
  unsigned changes = 0;
  // Each look finds a better plan than the one before, for ever.
  for (std::uint64_t key = 1; now < defaults::rebalance_cool_down; ++key) {
    const auto decision =
        decide({now, {key, 200, {"pi1"}}, {key + 1, 100, {"pi1"}}, {}, true}, history);
    if (decision.kind == choice_t::change) ++changes;
    now += milliseconds{100};
  }
  CHECK(changes == 1 + defaults::rebalance_follow_ups);
}

TEST_CASE("a device that swings causes at most one change per cool-down") {
  REQUIRE(rc::check([] {
    random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    shelf_in_time shelf;
    const auto period = random.number(1, 40);
    const auto slow = static_cast<double>(random.number(110, 900));
    for (int i = 0; i < 1000; ++i) {
      const bool throttled = i / period % 2 == 1;
      shelf.look(noisy(random, throttled ? slow : 100), noisy(random, throttled ? 100 : slow));
    }
    for (std::size_t i = 1; i < shelf.changes.size(); ++i)
      RC_ASSERT(shelf.changes[i] - shelf.changes[i - 1] >= defaults::rebalance_cool_down);
  }));
}

TEST_CASE("hysteresis: what was left must promise more to be returned to") {
  shelf_in_time shelf;
  for (int i = 0; i < 3; ++i) shelf.look(200, 100);
  REQUIRE(shelf.changes.size() == 1);
  const auto between = (defaults::rebalance_gain + defaults::rebalance_return_gain) / 2;
  const unsigned twice = 2 * defaults::rebalance_small_confirmations;
  for (unsigned i = 0; i + 1 < twice; ++i) shelf.look(100, 100 * between);
  CHECK(shelf.changes.size() == 1);
  SECTION("or for longer") {
    shelf.look(100, 100 * between);
    CHECK(shelf.changes.size() == 2);
  }
  SECTION("or more clearly") {
    shelf.look(200, 100);
    for (int i = 0; i < 3; ++i) shelf.look(100, 110 * defaults::rebalance_return_gain);
    CHECK(shelf.changes.size() == 2);
  }
}

TEST_CASE("a dead node is left at once, cool-down or not") {
  shelf_in_time shelf;
  for (int i = 0; i < 3; ++i) shelf.look(200, 100);
  REQUIRE(shelf.running == 2);
  // pi3 dies; its plan would still be quicker, so the candidate must come from elsewhere.
  const plan_outlook current{2, 100, {"pi1", "pi3"}}, other{1, 200, {"pi1", "pi2"}};
  const auto decision = decide({shelf.now, current, other, {"pi3"}, false}, shelf.history);
  CHECK(decision.kind == choice_t::change);
  CHECK(contains(decision.why, "pi3 is not available any more"));
}

TEST_CASE("no plan on an unavailable node is ever taken") {
  REQUIRE(rc::check([] {
    random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    policy_history history;
    milliseconds now{0};
    for (int i = 0; i < 200; ++i) {
      auto any_nodes = [&] {
        std::vector<std::string> out{"pi1"};
        for (int n = 2; n <= 4; ++n)
          if (random.chance(50)) out.push_back("pi" + std::to_string(n));
        return out;
      };
      const plan_outlook current{static_cast<std::uint64_t>(random.number(1, 3)),
                                 static_cast<double>(random.number(1, 300)), any_nodes()};
      const plan_outlook candidate{static_cast<std::uint64_t>(random.number(1, 3)),
                                   static_cast<double>(random.number(1, 300)), any_nodes()};
      std::vector<std::string> gone;
      if (random.chance(50)) gone.push_back("pi" + std::to_string(random.number(2, 4)));
      auto uses_gone = [&](const plan_outlook& p) {
        return !gone.empty() && std::find(p.nodes.begin(), p.nodes.end(), gone[0]) != p.nodes.end();
      };
      const auto decision = decide({now, current, candidate, gone, random.chance(20)}, history);
      if (decision.kind == choice_t::change) RC_ASSERT(!uses_gone(candidate));
      if (decision.kind == choice_t::keep) RC_ASSERT(!uses_gone(current));
      if (uses_gone(current) && !uses_gone(candidate)) RC_ASSERT(decision.kind == choice_t::change);
      if (uses_gone(current) && uses_gone(candidate)) RC_ASSERT(decision.kind == choice_t::stuck);
      RC_ASSERT(!decision.why.empty());
      now += milliseconds{random.number(1, 5000)};
    }
  }));
}

TEST_CASE("a prediction that is no time is refused") {
  policy_history history;
  const plan_outlook good{1, 10, {"pi1"}};
  for (const double bad : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()})
    CHECK(is_sentence(complaint_of([&] {
      decide({{}, good, {2, bad, {"pi1"}}, {}, false}, history);
    })));
}
