#include "actors/requests/core/plan_cache.hpp"

#include "config/defaults_balancer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/nothing_model.hpp"

using namespace bramble;
using namespace std::chrono_literals;

namespace {

using set_of_names = std::set<std::string>;

const plan_cache::time_point asked_at{};

plan_query ask_for(const std::string& identity) {
  plan_query out;
  out.model = "nothing";
  out.identity = identity;
  return out;
}

plan of_both(std::uint64_t epoch = 1) {
  auto out = plan_with_workers({"pi1", "pi2"}, {0, 1});
  out.model = "nothing";
  out.method = "bramble";
  out.epoch = epoch;
  return out;
}

/// pi1's, with a plan of "a" in which pi2 works.
struct cache_with_plan {
  plan_cache cache{"pi1"};
  kept_plan_ptr kept;

  cache_with_plan() {
    cache.asking(key);
    kept = cache.came(ask_for("a"), of_both(), asked_at).kept;
  }

  std::string key = cache_key(ask_for("a"));
};

}  // namespace

TEST_CASE("a plan is kept by model, method and wire, until one of its nodes is suspect") {
  cache_with_plan c;
  CHECK(c.cache.find(c.key) == c.kept);
  CHECK(c.cache.find(c.key, {"pi3"}) == c.kept);
  CHECK(c.cache.find(c.key, {"pi2"}) == nullptr);
  CHECK(c.cache.find(c.key, {"pi1"}) == nullptr);  // the host takes part in all
  auto other = ask_for("a");
  other.wire = wire_type::fp16;
  CHECK(c.cache.find(cache_key(other)) == nullptr);
  other = ask_for("a");
  other.method = "one";
  CHECK(c.cache.find(cache_key(other)) == nullptr);
  CHECK(c.cache.find(cache_key(ask_for("b"))) == nullptr);
}

TEST_CASE("a plan that is on its way is known to be, once for each time it was asked for") {
  plan_cache cache{"pi1"};
  const auto key = cache_key(ask_for("a"));
  CHECK_FALSE(cache.is_asked(key));
  cache.asking(key);
  cache.asking(key);
  cache.set_overdue(key);
  cache.missed(key);
  CHECK(cache.is_asked(key));
  CHECK(cache.is_overdue(key));
  cache.came(ask_for("a"), of_both(), asked_at);
  CHECK_FALSE(cache.is_asked(key));
  CHECK_FALSE(cache.is_overdue(key));
}

TEST_CASE("no more is kept than there is room for, whatever is asked") {
  plan_cache cache{"pi1"};
  const auto many = defaults::plans_remembered + 10;
  for (std::size_t i = 0; i < many; ++i) {
    const auto query = ask_for(std::to_string(i));
    cache.asking(cache_key(query));
    cache.came(query, of_both(), asked_at);
    cache.asking(cache_key(query));
    cache.set_overdue(cache_key(query));
  }
  CHECK(cache.find(cache_key(ask_for("0"))) == nullptr);
  CHECK_FALSE(cache.is_asked(cache_key(ask_for("0"))));
  CHECK_FALSE(cache.is_overdue(cache_key(ask_for("0"))));
  CHECK(cache.find(cache_key(ask_for(std::to_string(many - 1)))) != nullptr);
  CHECK(cache.report(asked_at).plans.size() == defaults::plans_remembered);
  cache.missed(cache_key(ask_for("0")));  // of which nothing is known any more
}

TEST_CASE("a kept plan is reviewed now and then: by its name, without those that are avoided") {
  cache_with_plan c;
  CHECK_FALSE(c.cache.review(ask_for("b"), asked_at + 1h));
  CHECK_FALSE(c.cache.review(ask_for("a"), asked_at + defaults::review_interval - 1ms));
  c.cache.avoid({"pi3"}, asked_at);
  const auto later = asked_at + defaults::review_interval;
  const auto asked = c.cache.review(ask_for("a"), later);
  REQUIRE(asked);
  CHECK(asked->host == "pi1");
  CHECK(asked->reviews == c.kept->key);
  CHECK(asked->suspects == std::vector<std::string>{"pi3"});
  CHECK_FALSE(c.cache.review(ask_for("a"), later + 1ms));  // the answer is on its way

  SECTION("the same plan: its prediction is news") {
    auto same = of_both();
    same.predicted_ms = 7;
    CHECK_FALSE(c.cache.reviewed(*asked, same, later + 5ms));
    CHECK(c.cache.find(c.key)->p.predicted_ms == 7);
    CHECK(c.cache.report(later).switches.empty());
  }
  SECTION("another one: it takes over, with its reason") {
    auto better = of_both(2);
    better.why = "pi2 is slow";
    c.cache.reviewed(*asked, better, later + 5ms);
    CHECK(c.cache.find(c.key)->p.epoch == 2);
    REQUIRE(c.cache.report(later).switches.size() == 1);
    CHECK(c.cache.report(later).switches[0].why == "pi2 is slow");
  }
  SECTION("the plan was given up meanwhile: the answer is nobody's") {
    c.cache.retire(c.kept->key, "It took too long.", later);
    c.cache.reviewed(*asked, of_both(2), later + 5ms);
    CHECK(c.cache.find(c.key) == nullptr);
  }
}

TEST_CASE("a plan that lacks somebody is looked at ever more rarely until it is another one") {
  plan_cache cache{"pi1"};
  auto lacking = of_both();
  lacking.provisional = true;
  cache.asking(cache_key(ask_for("a")));
  auto due = cache.came(ask_for("a"), lacking, asked_at).later;
  REQUIRE(due);
  CHECK(due->after == defaults::completion_interval);
  for (unsigned i = 0; i < defaults::completion_doublings + 3; ++i) {
    const auto next = cache.next_look(*due);
    REQUIRE(next);
    CHECK(next->after == std::min(due->after * 2, defaults::completion_interval *
                                                      (1U << defaults::completion_doublings)));
    due = next;
  }
  const auto asked = cache.review(due->query, asked_at + 1h);
  REQUIRE(asked);
  CHECK_FALSE(cache.reviewed(*asked, of_both(2), asked_at + 1h));  // it lacks nobody
  CHECK_FALSE(cache.next_look(*due));
}

TEST_CASE("a plan that was made without a member is looked at again, whatever the reason was") {
  plan_cache cache{"pi1"};
  cache.use_members({{"pi2", "pi3", "pi4"}, {"pi4"}}, asked_at);
  auto query = ask_for("a");
  query.suspects = {"pi3"};
  auto lacking = of_both();
  SECTION("it does not know of it") {}
  SECTION("it says why") {
    leave_out(lacking, "pi3", "It failed under a request.");
  }
  cache.asking(cache_key(query));
  const auto due = cache.came(query, lacking, asked_at).later;
  REQUIRE(due);
  CHECK(due->after == defaults::completion_interval);
  const auto asked = cache.review(due->query, asked_at + due->after);
  REQUIRE(asked);
  CHECK(asked->suspects.empty());
  auto whole = of_both(2);
  whole.nodes.emplace_back("pi3");
  whole.verdicts.push_back({false, "pi3 left out: the others are quicker", 0, 0});
  CHECK_FALSE(cache.reviewed(*asked, whole, asked_at + due->after));
  CHECK(cache.find(cache_key(query))->p.epoch == 2);

  query.method = "one";  // which is the host's alone
  lacking.method = "one";
  cache.asking(cache_key(query));
  CHECK_FALSE(cache.came(query, lacking, asked_at).later);
}

TEST_CASE("plans go without a silent node and one of two that are cut off, until they answer") {
  cache_with_plan c;
  CHECK_FALSE(c.cache.begin_recheck());
  c.cache.avoid({"pi2"}, asked_at);
  CHECK(c.cache.find(c.key) == nullptr);
  c.cache.avoid_cut({{"pi3", "pi4"}}, asked_at);
  CHECK(c.cache.avoided() == set_of_names{"pi2", "pi4"});
  CHECK(c.cache.begin_recheck());
  CHECK_FALSE(c.cache.begin_recheck());  // one at a time

  c.cache.asking(c.key);
  c.cache.came(ask_for("a"), plan_with_workers({"pi1"}, {0}), asked_at);
  c.cache.recheck_silent({"pi2"}, {"pi2"}, asked_at);
  c.cache.recheck_cut({{"pi3", "pi4"}}, {{"pi3", "pi4"}}, asked_at);
  CHECK(c.cache.find(c.key) != nullptr);  // nothing is new
  CHECK(c.cache.begin_recheck());
  c.cache.avoid({"pi5"}, asked_at);  // after the others were asked
  c.cache.recheck_silent({"pi2"}, {}, asked_at);
  CHECK(c.cache.find(c.key) == nullptr);
  c.cache.recheck_cut({{"pi3", "pi4"}}, {}, asked_at);
  CHECK(c.cache.avoided() == set_of_names{"pi5"});
  CHECK(c.cache.begin_recheck());
  c.cache.recheck_silent({"pi5"}, {}, asked_at);
  c.cache.recheck_cut({}, {}, asked_at);
  CHECK(c.cache.avoided().empty());
  CHECK_FALSE(c.cache.begin_recheck());
}

TEST_CASE("what was planned for other members is given up, with who came and went as the reason") {
  cache_with_plan c;
  CHECK_FALSE(c.cache.use_members({{"pi2"}, {}}, asked_at));
  CHECK(c.cache.find(c.key) != nullptr);  // the first news is none
  CHECK_FALSE(c.cache.use_members({{"pi2"}, {}}, asked_at));
  CHECK(c.cache.find(c.key) != nullptr);
  c.cache.set_overdue(c.key);
  CHECK(c.cache.use_members({{"pi2", "pi3"}, {}}, asked_at));
  CHECK(c.cache.find(c.key) == nullptr);
  CHECK_FALSE(c.cache.is_overdue(c.key));

  c.cache.asking(c.key);
  c.cache.came(ask_for("a"), of_both(2), asked_at);
  CHECK(c.cache.report(asked_at).switches[0].why == "pi3 joined");
  CHECK_FALSE(c.cache.use_members({{"pi2", "pi3"}, {"pi3"}}, asked_at));  // drained: nobody came
  CHECK(c.cache.find(c.key) == nullptr);
}

TEST_CASE("plans of a model are made anew by hand, and stay in use until the new ones are there") {
  cache_with_plan c;
  CHECK(c.cache.to_replan("something", asked_at).empty());
  const auto asks = c.cache.to_replan("nothing", asked_at);
  REQUIRE(asks.size() == 1);
  CHECK(asks[0].anew);
  CHECK(asks[0].host == "pi1");
  CHECK(asks[0].reviews == c.kept->key);
  CHECK(c.cache.find(c.key) == c.kept);
  // No other review comes between.
  CHECK_FALSE(c.cache.review(ask_for("a"), asked_at + 1ms));
  const auto failed = c.cache.replan_failed(asks[0], "The node went away.");
  CHECK(failed.to_epoch == 0);
  CHECK(failed.why == "The node went away");
  CHECK(c.cache.find(c.key) == c.kept);
  auto better = of_both(7);
  better.predicted_ms = 12;
  better.why = "asked for by hand";
  const auto made = c.cache.replan_came(asks[0], better, asked_at + 1s).what;
  CHECK(made.from_epoch == 1);
  CHECK(made.to_epoch == 7);
  CHECK(made.predicted_after_ms == 12);
  CHECK(c.cache.find(c.key)->p.epoch == 7);
  const auto told = c.cache.report(asked_at + 1s).switches;
  REQUIRE(told.size() == 1);
  CHECK(told[0].why == "asked for by hand");
  // What comes next is an ordinary review.
  CHECK_FALSE(c.cache.to_replan("nothing", asked_at).empty());
  const auto review = c.cache.review(ask_for("a"), asked_at + 1h);
  REQUIRE(review);
  CHECK_FALSE(review->anew);
}

TEST_CASE("a new plan comes too late where members changed meanwhile") {
  cache_with_plan c;
  c.cache.use_members({{"pi2"}, {}}, asked_at);
  c.cache.came(ask_for("a"), of_both(), asked_at);
  const auto asks = c.cache.to_replan("nothing", asked_at);
  REQUIRE(asks.size() == 1);
  c.cache.use_members({{"pi2", "pi3"}, {}}, asked_at);
  const auto made = c.cache.replan_came(asks[0], of_both(7), asked_at).what;
  CHECK(made.to_epoch == 0);
  CHECK(c.cache.find(c.key) == nullptr);
}

TEST_CASE("a pinned model runs by that method where the request leaves it open, until it is not") {
  cache_with_plan c;
  c.cache.use_pins({{"nothing", "seed", 1}}, asked_at);
  CHECK(c.cache.method_for("nothing", "bramble") == "seed");
  CHECK(c.cache.method_for("nothing", "one") == "one");
  CHECK(c.cache.method_for("something", "bramble") == "bramble");
  CHECK(c.cache.find(c.key) == nullptr);  // nobody runs by it any more
  REQUIRE(c.cache.report(asked_at).pins.size() == 1);
  auto by_seed = ask_for("a");
  by_seed.method = "seed";
  auto p = of_both(2);
  p.method = "seed";
  c.cache.came(by_seed, p, asked_at);
  c.cache.use_pins({{"nothing", "seed", 1}}, asked_at);
  CHECK(c.cache.find(cache_key(by_seed)) != nullptr);
  c.cache.use_pins({}, asked_at);
  CHECK(c.cache.find(cache_key(by_seed)) == nullptr);
  CHECK(c.cache.method_for("nothing", "bramble") == "bramble");
  CHECK(c.cache.report(asked_at).pins.empty());
}
