#include "actors/requests/core/request_book.hpp"

#include <rapidcheck.h>
#include <spdlog/spdlog.h>

#include "config/defaults.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/request_book_kit.hpp"

using namespace bramble;
using namespace bramble::test;
using namespace std::chrono_literals;

TEST_CASE("a request is planned, run and answered, and its plan reviewed") {
  book_kit k;
  const auto id = k.accept();
  CHECK(k.book.running() == 0);
  const auto first = k.begun(id);
  const auto* wanted = only<acts::find_plan>(first);
  REQUIRE(wanted);
  CHECK(wanted->query.identity == "identity");
  CHECK(wanted->query.method == "bramble");
  CHECK(wanted->is_limited);
  CHECK(wanted->suspects.empty());
  CHECK(k.book.awaits_plan(id, 1));

  const auto second = k.book.planned(id, 1, a_plan({0, 1}), accepted_at + 5ms);
  const auto* start = only<acts::start_run>(second);
  REQUIRE(start);
  CHECK(start->order.id >> 32 == 1);
  CHECK(start->order.inputs->size() == 1);
  CHECK(start->late_after == defaults::run_check_base + 125ms);
  CHECK(k.book.queries_running().size() == 1);

  const auto third = k.book.run_ended(start->order.id, {{}, 90, 10}, accepted_at + 100ms);
  const auto* told = only<acts::answer>(third);
  REQUIRE(told);
  CHECK(told->request == id);
  CHECK(told->reply.latency_ms == 90);
  CHECK(told->reply.nodes == list_of_names{"pi1", "pi2"});
  CHECK(told->reply.attempts == 1);
  CHECK(only<acts::review_plan>(third) != nullptr);
  CHECK(k.book.is_empty());
  CHECK(k.book.answered() == 1);
}

TEST_CASE("what a model cannot take is refused before anything is planned") {
  book_kit k;
  infer_request ask;
  ask.model = "nothing";
  const auto id =
      k.book.accept(ask, std::make_shared<const std::vector<host_tensor>>(), accepted_at);
  const auto next = k.begun(id);
  CHECK(only<acts::refuse>(next) != nullptr);
  CHECK(next.size() == 1);
  CHECK(k.book.is_empty());
  ask.method = "two";
  CHECK_THROWS_AS(k.book.accept(ask, one_input(), accepted_at), user_error);
}

TEST_CASE("a host takes so many requests at once and no more") {
  book_kit k;
  for (std::size_t i = 0; i < defaults::requests_open; ++i) k.accept();
  CHECK_THROWS_WITH(k.accept(), Catch::Contains("1024 requests are before"));
  request_todo none;
  CHECK(k.book.close(1, none));
  CHECK_NOTHROW(k.accept());
}

TEST_CASE("a run that fails is dropped everywhere and tried again without its suspect") {
  book_kit k;
  request_id id = 0;
  const auto run = k.running(id, a_plan({0, 1, 2}));
  const auto failed = k.book.run_failed(run, "pi2", "pi2 broke.", accepted_at + 10ms);
  REQUIRE(only<acts::drop_run>(failed));
  CHECK(only<acts::drop_run>(failed)->run == run);
  CHECK(only<acts::drop_run>(failed)->workers == list_of_names{"pi2", "pi3"});
  CHECK(only<acts::retry_later>(failed) != nullptr);
  CHECK(k.book.run_failed(run, "pi3", "Both neighbours tell.", accepted_at).empty());
  CHECK(k.book.run_ended(run, {}, accepted_at).empty());

  const auto again = k.book.retry(id);
  CHECK(only<acts::find_plan>(again)->suspects == std::set<std::string>{"pi2"});
  CHECK(only<acts::find_plan>(again)->attempt == 2);
  const auto second = k.book.planned(id, 2, a_plan({0, 2}), accepted_at + 50ms);
  const auto next = only<acts::start_run>(second)->order.id;
  CHECK(next != run);
  const auto told = k.book.run_ended(next, {{}, 60, 0}, accepted_at + 120ms);
  CHECK(only<acts::answer>(told)->reply.attempts == 2);
  CHECK(only<acts::answer>(told)->reply.latency_ms == 120);  // all of it
}

TEST_CASE("the last attempt is the host's alone, then its client is told") {
  book_kit k;
  const auto id = k.accept();
  auto next = k.begun(id);
  for (std::uint32_t i = 1; i <= defaults::request_attempts; ++i) {
    REQUIRE(only<acts::find_plan>(next));
    CHECK(only<acts::find_plan>(next)->query.method ==
          (i == defaults::request_attempts ? "one" : "bramble"));
    next = k.book.not_planned(id, i, "", "Nobody plans.", accepted_at);
    CHECK((only<acts::refuse>(next) != nullptr) == (i == defaults::request_attempts));
    if (i < defaults::request_attempts) next = k.book.retry(id);
  }
  CHECK(only<acts::refuse>(next)->sentence == "The request failed after 6 attempts: Nobody plans.");
  CHECK(k.book.is_empty());
}

TEST_CASE("a plan that does not come: the host answers alone, and later requests do not wait") {
  book_kit k;
  const auto id = k.accept();
  k.begun(id);
  const auto alone = k.book.plan_is_overdue(id, 1);
  CHECK(only<acts::plan_ahead>(alone)->query.method == "bramble");
  REQUIRE(only<acts::find_plan>(alone));
  CHECK(only<acts::find_plan>(alone)->query.method == "one");
  CHECK_FALSE(only<acts::find_plan>(alone)->is_limited);
  CHECK(k.book.planned(id, 1, a_plan({0, 1}), accepted_at + 91s).empty());  // too late
  CHECK(k.book.plan_is_overdue(id, 1).empty());
  const auto next = k.begun(k.accept());
  CHECK(only<acts::ask_turn>(next) == nullptr);  // nobody gives turns, either
  CHECK(only<acts::find_plan>(next)->query.method == "one");
}

TEST_CASE(
    "a late run: silent nodes and cut ones are avoided, slow ones waited for, up to a point") {
  book_kit k;
  request_id id = 0;
  const auto by = a_plan({0, 1, 2});
  const auto run = k.running(id, by);
  const auto look = k.book.run_is_late(run, accepted_at + 200ms);
  CHECK(only<acts::look_at_workers>(look)->workers == list_of_names{"pi2", "pi3"});
  SECTION("one is silent") {
    const auto next = k.book.looked_at(run, {"pi3"}, accepted_at + 600ms);
    CHECK(only<acts::drop_run>(next) != nullptr);
    CHECK(k.plans.avoided() == std::set<std::string>{"pi3"});
    CHECK(only<acts::find_plan>(k.book.retry(id))->suspects.count("pi3") == 1);
  }
  SECTION("all answer, two do not reach each other") {
    const auto between = k.book.looked_at(run, {}, accepted_at + 210ms);
    CHECK(only<acts::look_between_workers>(between)->workers == list_of_names{"pi2", "pi3"});
    const auto next = k.book.looked_between(run, {{"pi2", "pi3"}}, accepted_at + 220ms);
    CHECK(only<acts::drop_run>(next) != nullptr);
    CHECK(k.plans.avoided() == std::set<std::string>{"pi3"});
  }
  SECTION("it is only slow") {
    k.book.looked_at(run, {}, accepted_at + 210ms);
    const auto next = k.book.looked_between(run, {}, accepted_at + 220ms);
    CHECK(only<acts::look_again>(next)->after == defaults::liveness_interval);
    CHECK(k.book.running() == 1);
  }
  SECTION("it is far too slow: the next question says of which plan") {
    const auto next = k.book.run_is_late(run, accepted_at + 1h);
    CHECK(only<acts::drop_run>(next) != nullptr);
    CHECK(only<acts::find_plan>(k.book.retry(id))->query.reviews == by->key);
  }
}

TEST_CASE("a client that goes away takes its request along; a node that leaves sends all on") {
  book_kit k;
  request_id runs = 0;
  const auto run = k.running(runs, a_plan({0, 1}));
  request_todo cancelled;
  CHECK(k.book.close(runs, cancelled));
  CHECK(only<acts::drop_run>(cancelled)->run == run);
  CHECK_FALSE(k.book.close(runs, cancelled));

  const auto last_run = k.running(runs, a_plan({0, 1}));
  const auto waits = k.accept();
  k.book.stop_beginning();
  CHECK(k.begun(waits).empty());  // it is not yet known where to
  CHECK(only<acts::send_on>(k.book.send_on_waiting())->request == waits);
  CHECK(only<acts::send_on>(k.begun(k.accept())) != nullptr);
  const auto rest = k.book.send_on_all();
  CHECK(only<acts::drop_run>(rest)->run == last_run);
  CHECK(only<acts::send_on>(rest)->request == runs);
  CHECK(k.book.is_empty());
}

namespace {

/// Everything that may happen to a few requests, in any order; what the book says is kept, so that
/// what comes of it can happen later, or twice.
struct any_order {
  book_kit k;
  request_book::time_point now = accepted_at;
  std::set<request_id> open;
  std::map<request_id, int> answers;
  std::map<request_id, std::uint64_t> under_way;
  std::set<std::uint64_t> runs;
  std::vector<acts::find_plan> plans_wanted;
  std::vector<request_id> retries;
  std::vector<std::uint64_t> turns_asked;
  std::set<std::uint64_t> turns;  // that the coordinator knows
  bool left = false;

  void end(request_id id) {
    RC_ASSERT(open.count(id) == 1);
    RC_ASSERT(under_way.count(id) == 0);  // nothing computes for nobody
    ++answers[id];
    open.erase(id);
  }

  void take(const request_todo& all) {
    for (const auto& each : all) {
      if (const auto* plan = std::get_if<acts::find_plan>(&each)) {
        RC_ASSERT(!left);
        plans_wanted.push_back(*plan);
      } else if (const auto* start = std::get_if<acts::start_run>(&each)) {
        const auto id = last_planned;
        RC_ASSERT(open.count(id) == 1);
        RC_ASSERT(runs.insert(start->order.id).second);
        RC_ASSERT(under_way.emplace(id, start->order.id).second);
      } else if (const auto* drop = std::get_if<acts::drop_run>(&each)) {
        RC_ASSERT(std::erase_if(under_way,
                                [&](const auto& one) { return one.second == drop->run; }) == 1);
      } else if (const auto* reply = std::get_if<acts::answer>(&each)) {
        under_way.erase(reply->request);
        end(reply->request);
      } else if (const auto* no = std::get_if<acts::refuse>(&each)) {
        end(no->request);
      } else if (const auto* on = std::get_if<acts::send_on>(&each)) {
        RC_ASSERT(left);
        end(on->request);
      } else if (const auto* again = std::get_if<acts::retry_later>(&each)) {
        retries.push_back(again->request);
      } else if (const auto* ask = std::get_if<acts::ask_turn>(&each)) {
        RC_ASSERT(!ask->query.runs);
        RC_ASSERT(turns.insert(ask->query.number).second);
        turns_asked.push_back(ask->query.number);
      } else if (const auto* tell = std::get_if<acts::tell_turn>(&each)) {
        RC_ASSERT(tell->query.runs);
        RC_ASSERT(turns.insert(tell->query.number).second);
      } else if (const auto* over = std::get_if<acts::end_turn>(&each)) {
        RC_ASSERT(turns.erase(over->number) == 1U);
      }
    }
  }

  request_id last_planned = 0;

  template <class T>
  static const T& one_of(const std::vector<T>& all) {
    return all.at(*rc::gen::inRange<std::size_t>(0, all.size()));
  }

  std::uint64_t some_run() const {
    return runs.empty() ? 1 : one_of(std::vector<std::uint64_t>(runs.begin(), runs.end()));
  }

  void happen() {
    now += std::chrono::milliseconds{*rc::gen::inRange(0, 20'000)};
    switch (*rc::gen::inRange(0, 14)) {
      case 11:
      case 12:
        if (!turns_asked.empty())
          take(k.book.turned(one_of(turns_asked), {{"pi2"}, *rc::gen::arbitrary<bool>()}, now));
        break;
      case 13:
        if (!turns_asked.empty()) take(k.book.turn_is_lost(one_of(turns_asked), now));
        break;
      case 0: {
        request_id id = 0;
        try {
          id = k.accept(static_cast<std::uint64_t>(*rc::gen::inRange(0, 3)));
        } catch (const busy_error&) {
          break;  // it says so
        }
        open.insert(id);
        take(k.begun(id));
        break;
      }
      case 1:
      case 2:
        if (plans_wanted.empty()) break;
        {
          const auto& plan = one_of(plans_wanted);
          last_planned = plan.request;
          take(k.book.planned(plan.request, plan.attempt, a_plan({0, 1, 2}), now));
        }
        break;
      case 3:
        if (plans_wanted.empty()) break;
        {
          const auto& plan = one_of(plans_wanted);
          take(k.book.not_planned(plan.request, plan.attempt, "pi2", "No plan.", now));
        }
        break;
      case 4:
        if (plans_wanted.empty()) break;
        {
          const auto& plan = one_of(plans_wanted);
          if (plan.is_limited) take(k.book.plan_is_overdue(plan.request, plan.attempt));
        }
        break;
      case 5: {
        const auto run = some_run();
        const bool is_open =
            std::ranges::any_of(under_way, [&](const auto& one) { return one.second == run; });
        const auto next = k.book.run_ended(run, {}, now);
        RC_ASSERT(next.empty() == !is_open);
        take(next);
        break;
      }
      case 6:
        take(k.book.run_failed(some_run(), "pi2", "It broke.", now));
        break;
      case 7:
        take(k.book.run_is_late(some_run(), now));
        break;
      case 8:
        take(k.book.looked_at(some_run(), {"pi3"}, now));
        break;
      case 9:
        if (!retries.empty()) take(k.book.retry(one_of(retries)));
        break;
      case 10:
        if (*rc::gen::inRange(0, 10) == 0 && !left) {
          left = true;
          take(k.book.send_on_waiting());
        }
        break;
    }
    RC_ASSERT(k.book.running() == under_way.size());
    RC_ASSERT(k.book.is_empty() == open.empty());
  }
};

}  // namespace

TEST_CASE("whatever comes in whatever order: one answer each, one run at a time, none left over") {
  spdlog::set_level(spdlog::level::off);  // of thousands of attempts
  REQUIRE(rc::check([] {
    any_order all;
    const auto steps = *rc::gen::inRange(1, 120);
    for (int i = 0; i < steps; ++i) all.happen();
    all.left = true;
    all.take(all.k.book.send_on_waiting());
    all.take(all.k.book.send_on_all());
    RC_ASSERT(all.open.empty());
    RC_ASSERT(all.under_way.empty());
    RC_ASSERT(all.turns.empty());
    for (const auto& [id, times] : all.answers) RC_ASSERT(times == 1);
  }));
}
