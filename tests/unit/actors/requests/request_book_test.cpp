#include "actors/requests/core/request_book.hpp"

#include <rapidcheck.h>
#include <spdlog/spdlog.h>

#include <cstring>
#include <optional>

#include "config/defaults.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/nothing_model.hpp"

using namespace bramble;
using namespace std::chrono_literals;
namespace acts = bramble::request_actions;

namespace {

using list_of_names = std::vector<std::string>;

const request_book::time_point accepted_at{};

/// The one action of a list that is of this kind.
template <class Action>
const Action* only(const request_todo& all) {
  const Action* out = nullptr;
  for (const auto& each : all)
    if (const auto* found = std::get_if<Action>(&each)) {
      REQUIRE(out == nullptr);
      out = found;
    }
  return out;
}

kept_plan_ptr a_plan(const std::vector<std::uint16_t>& workers, double ms = 100) {
  auto p = plan_with_workers({"pi1", "pi2", "pi3"}, workers);
  p.predicted_ms = ms;
  return std::make_shared<const kept_plan>(kept_plan{p, key_of(p)});
}

request_book::inputs_ptr one_input() {
  return std::make_shared<const std::vector<host_tensor>>(
      std::vector<host_tensor>{{{1, 1, 2, 2}, element_type::f32, byte_vector(16)}});
}

struct book_kit {
  plan_cache plans{"pi1"};
  request_book book{"pi1", 1, plans};
  manifest model = nothing_model();

  request_id accept(std::uint64_t client = 0) {
    infer_request ask;
    ask.model = "nothing";
    return book.accept(ask, one_input(), accepted_at, client);
  }

  request_todo begun(request_id id) { return book.begin(id, "identity", model.model); }

  /// A request that runs by this plan; its run.
  std::uint64_t running(request_id& id, const kept_plan_ptr& by) {
    id = accept();
    const auto first = begun(id);
    const auto* wanted = only<acts::find_plan>(first);
    REQUIRE(wanted);
    const auto next = book.planned(id, wanted->attempt, by, accepted_at);
    const auto* start = only<acts::start_run>(next);
    REQUIRE(start);
    return start->order.id;
  }
};

}  // namespace

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

TEST_CASE("a request that is alone begins at once and is told; the next waits for its turn") {
  book_kit k;
  request_id first = 0;
  const auto run = k.running(first, a_plan({0, 1}));
  const auto second = k.accept();
  const auto waits = k.begun(second);
  REQUIRE(only<acts::ask_turn>(waits));
  CHECK(only<acts::ask_turn>(waits)->query.what.host == "pi1");
  CHECK(waits.size() == 1);
  CHECK(k.book.loads(accepted_at)[0].queued == 1);
  CHECK(k.book.loads(accepted_at)[0].running == 1);
  const auto begins = k.book.turned(second, {{"pi2"}, false}, accepted_at + 70ms);
  REQUIRE(only<acts::find_plan>(begins));
  CHECK(only<acts::find_plan>(begins)->query.team == list_of_names{"pi2"});
  CHECK(only<acts::end_turn>(k.book.run_ended(run, {{}, 90, 0}, accepted_at))->number == first);
  const auto started = k.book.planned(second, 1, a_plan({1}), accepted_at + 71ms);
  const auto told =
      k.book.run_ended(only<acts::start_run>(started)->order.id, {{}, 60, 0}, accepted_at + 140ms);
  CHECK(only<acts::answer>(told)->reply.queued_ms == 70);
  CHECK(only<acts::answer>(told)->reply.latency_ms == 60);
  CHECK(only<acts::end_turn>(told)->number == second);
  CHECK(only<acts::review_plan>(told)->query.team == list_of_names{"pi2"});
  // Nobody else is there: the next begins at once, unless the coordinator says that others are.
  CHECK(only<acts::tell_turn>(k.begun(k.accept()))->query.runs);
}

TEST_CASE("of several clients the one that had fewest turns is next") {
  book_kit k;
  request_id first = 0;
  k.running(first, a_plan({0, 1}));
  std::vector<request_id> greedy;
  for (int i = 0; i < 6; ++i) {
    greedy.push_back(k.accept(7));
    k.begun(greedy.back());
  }
  const auto one = k.book.turned(greedy[0], {}, accepted_at);
  CHECK(only<acts::find_plan>(one)->request == greedy[0]);
  const auto modest = k.accept(8);
  CHECK(only<acts::ask_turn>(k.begun(modest))->query.clients == 2);
  // The turn that was asked for by another is the modest one's, and its own that other's.
  const auto next = k.book.turned(greedy[1], {}, accepted_at);
  CHECK(only<acts::find_plan>(next)->request == modest);
  CHECK(only<acts::find_plan>(k.book.turned(modest, {}, accepted_at))->request == greedy[1]);
  CHECK(k.book.turned(modest, {}, accepted_at).empty());
}

TEST_CASE("a second attempt is everybody's matter, whoever was to work on the first") {
  book_kit k;
  request_id first = 0;
  k.running(first, a_plan({0, 1}));
  const auto id = k.accept();
  k.begun(id);
  k.book.turned(id, {{"pi2"}, false}, accepted_at);
  k.book.not_planned(id, 1, "pi2", "It went away.", accepted_at);
  CHECK(only<acts::find_plan>(k.book.retry(id))->query.team.empty());
}

TEST_CASE("a request that would wait for minutes is refused, with the time after which to try") {
  book_kit k;
  const auto now = accepted_at + 5s;
  request_id id = 0;
  const auto run = k.running(id, a_plan({0}));
  k.book.run_ended(run, {{}, 5000, 0}, now);  // five seconds
  infer_request ask;
  ask.model = "nothing";
  std::optional<std::chrono::milliseconds> again;
  int taken = 0;
  while (!again && taken < 100) try {
      k.book.accept(ask, one_input(), now);
      ++taken;
    } catch (const busy_error& e) {
      again = e.after();
      CHECK_THAT(e.what(), Catch::Contains("ask again in"));
    }
  CHECK(taken >= 12);
  CHECK(taken <= 14);
  REQUIRE(again);
  CHECK(*again > 20s);
  CHECK(*again < 60s);
}

TEST_CASE("wishes that exclude each other are refused") {
  book_kit k;
  infer_request ask;
  ask.exact = true;
  ask.wire = wire_type::fp16;
  CHECK_THROWS_WITH(k.book.accept(ask, one_input(), accepted_at), Catch::Contains("fp32"));
  ask.wire = wire_type::fp32;
  ask.max_error = 1e-3;
  CHECK_THROWS_WITH(k.book.accept(ask, one_input(), accepted_at), Catch::Contains("not both"));
  ask.exact = false;
  ask.max_error = 2;
  CHECK_THROWS_AS(k.book.accept(ask, one_input(), accepted_at), user_error);
}

TEST_CASE("a host that may choose the wire compares the answers of one request") {
  book_kit k;
  infer_request ask;
  ask.model = "nothing";
  ask.max_error = 1e-2;
  const auto answered = [&](request_id id, wire_type wire, float value, double predicted_ms) {
    auto p = a_plan({0, 1}, predicted_ms)->p;
    p.wire = wire;
    const auto by = std::make_shared<const kept_plan>(kept_plan{p, key_of(p)});
    const auto next = k.book.planned(id, 1, by, accepted_at);
    host_tensor out{{1}, element_type::f32, byte_vector(sizeof value)};
    std::memcpy(out.bytes.data(), &value, sizeof value);
    return k.book.run_ended(only<acts::start_run>(next)->order.id, {{out}, predicted_ms, 0},
                            accepted_at);
  };
  const auto id = k.book.accept(ask, one_input(), accepted_at);
  CHECK(only<acts::find_plan>(k.begun(id))->query.wire == wire_type::fp32);
  const auto first = answered(id, wire_type::fp32, 1.0F, 100);
  CHECK(only<acts::answer>(first)->reply.wire == wire_type::fp32);
  const auto* trial = only<acts::ask_turn>(first);
  REQUIRE(trial);
  CHECK(trial->query.what.wire == wire_type::fp16);
  const auto begins = k.book.turned(trial->query.number, {}, accepted_at);
  const auto compared =
      answered(only<acts::find_plan>(begins)->request, wire_type::fp16, 1.001F, 80);
  CHECK(only<acts::answer>(compared) != nullptr);  // to nobody: the actor knows no client
  CHECK(k.book.is_empty());
  CHECK(k.book.answered() == 1);
  const auto next = k.book.accept(ask, one_input(), accepted_at);
  CHECK(only<acts::find_plan>(k.begun(next))->query.wire == wire_type::fp16);
  const auto second = answered(next, wire_type::fp16, 1.001F, 80);
  CHECK(only<acts::answer>(second)->reply.wire == wire_type::fp16);
  CHECK(only<acts::answer>(second)->reply.wire_error == Approx(1e-3).epsilon(0.01));
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
