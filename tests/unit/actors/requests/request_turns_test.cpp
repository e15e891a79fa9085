// When requests begin, by whom they are computed, and with which wire.
#include <cstring>
#include <optional>

#include "actors/requests/core/request_book.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/request_book_kit.hpp"

using namespace bramble;
using namespace bramble::test;
using namespace std::chrono_literals;

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
  CHECK(k.book.loads(accepted_at)[0].queued_p50_ms == 0);  // the first waited for nobody
  CHECK(k.book.loads(accepted_at)[0].queued_ms == 70);
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

TEST_CASE(
    "a client that had many turns shares them with one that comes, and does not wait for it") {
  book_kit k;
  std::vector<request_id> elder{k.accept(7)};
  k.begun(elder[0]);  // has the shelf to itself
  for (int i = 0; i < 30; ++i) {
    elder.push_back(k.accept(7));
    k.begun(elder.back());
  }
  for (std::size_t i = 1; i <= 20; ++i) k.book.turned(elder[i], {}, accepted_at);
  std::set<request_id> of_newcomer;
  for (int i = 0; i < 10; ++i) {
    const auto id = k.accept(8);
    k.begun(id);
    of_newcomer.insert(id);
  }
  std::size_t newcomer = 0;
  for (std::size_t i = 21; i <= 30; ++i) {
    const auto begins = k.book.turned(elder[i], {}, accepted_at);
    if (!only<acts::find_plan>(begins)) continue;  // it had its turn by another's number
    newcomer += of_newcomer.count(only<acts::find_plan>(begins)->request);
  }
  CHECK(newcomer >= 4);
  CHECK(newcomer <= 6);
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
  CHECK(k.book.loads(now)[0].refused == 1);
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

namespace {

/// A host whose requests allow an error.
struct rounding_host : book_kit {
  infer_request ask = allowing(1e-2);

  static infer_request allowing(double error) {
    infer_request out;
    out.model = "nothing";
    out.max_error = error;
    return out;
  }

  /// The request's plan comes, and it is run.
  request_todo answered(request_id id, wire_type wire, float value, double predicted_ms) {
    auto p = a_plan({0, 1}, predicted_ms)->p;
    p.wire = wire;
    const auto by = std::make_shared<const kept_plan>(kept_plan{p, key_of(p)});
    const auto next = book.planned(id, 1, by, accepted_at);
    host_tensor out{{1}, element_type::f32, byte_vector(sizeof value)};
    std::memcpy(out.bytes.data(), &value, sizeof value);
    return book.run_ended(only<acts::start_run>(next)->order.id, {{out}, predicted_ms, 0},
                          accepted_at);
  }
};

}  // namespace

TEST_CASE("a host that may choose the wire compares the answers of one request") {
  rounding_host k;
  const auto id = k.book.accept(k.ask, one_input(), accepted_at);
  CHECK(only<acts::find_plan>(k.begun(id))->query.wire == wire_type::fp32);
  const auto first = k.answered(id, wire_type::fp32, 1.0F, 100);
  CHECK(only<acts::answer>(first)->reply.wire == wire_type::fp32);
  const auto* trial = only<acts::ask_turn>(first);
  REQUIRE(trial);
  CHECK(trial->query.what.wire == wire_type::fp16);
  const auto begins = k.book.turned(trial->query.number, {}, accepted_at);
  const auto compared =
      k.answered(only<acts::find_plan>(begins)->request, wire_type::fp16, 1.001F, 80);
  CHECK(only<acts::answer>(compared) != nullptr);  // to nobody: the actor knows no client
  CHECK(k.book.is_empty());
  CHECK(k.book.answered() == 1);
  const auto next = k.book.accept(k.ask, one_input(), accepted_at);
  CHECK(only<acts::find_plan>(k.begun(next))->query.wire == wire_type::fp16);
  const auto second = k.answered(next, wire_type::fp16, 1.001F, 80);
  CHECK(only<acts::answer>(second)->reply.wire == wire_type::fp16);
  CHECK(only<acts::answer>(second)->reply.wire_error == Approx(1e-3).epsilon(0.01));
}

TEST_CASE("what a team of the shelf made is not compared: it sent less") {
  rounding_host k;
  const auto id = k.book.accept(k.ask, one_input(), accepted_at);
  k.begun(id);
  const auto first = k.answered(id, wire_type::fp32, 1.0F, 100);
  const auto* trial = only<acts::ask_turn>(first);
  REQUIRE(trial);
  const auto begins = k.book.turned(trial->query.number, {{"pi2"}, false}, accepted_at);
  k.answered(only<acts::find_plan>(begins)->request, wire_type::fp16, 1.0F, 80);
  const auto next = k.book.accept(k.ask, one_input(), accepted_at);
  CHECK(only<acts::find_plan>(k.begun(next))->query.wire == wire_type::fp32);
  // Another request has to show it.
  CHECK(only<acts::ask_turn>(k.answered(next, wire_type::fp32, 1.0F, 100)) != nullptr);
}
