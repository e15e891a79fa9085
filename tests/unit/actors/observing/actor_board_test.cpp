// What is counted of actors, told event by event.
#include "actors/observing/core/actor_board.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;
using namespace std::chrono_literals;

namespace {

const actor_board::time_point start{1000h};

struct one_actor {
  actor_board board;
  actor_board::counters_ptr it = board.add({"cluster", 7, 0, false}, start);
  int places[100] = {};

  void arrives(int which, actor_board::time_point now) { it->arrived(&places[which], now); }
  void begins(int which, const std::string& kind, actor_board::time_point now,
              std::uint64_t sender = 0, bool outside = false) {
    it->begins(
        &places[which], {std::hash<std::string>{}(kind), sender, outside}, [&] { return kind; },
        now);
  }
  actor_info report(actor_board::time_point now) const { return board.report(now).at(0); }
};

}  // namespace

TEST_CASE("a message waits, is worked on and counts") {
  one_actor a;
  a.arrives(1, start);
  a.arrives(2, start + 1ms);
  CHECK(a.report(start + 2ms).mailbox == 2);
  CHECK(a.report(start + 2ms).current.empty());
  a.begins(1, "plan", start + 5ms);
  CHECK(a.report(start + 9ms).mailbox == 1);
  CHECK(a.report(start + 9ms).current == "plan");
  CHECK(a.report(start + 9ms).current_ms == 4);
  a.it->ends(false, start + 10ms);
  const auto after = a.report(start + 10ms);
  CHECK(after.current.empty());
  CHECK(after.handled == 1);
  CHECK(after.last_minute == 1);
  CHECK(after.wait.max_ms == 5);
  CHECK(after.work.max_ms == 5);
  REQUIRE(after.kinds.size() == 1);
  CHECK(after.kinds[0].kind == "plan");
  CHECK(after.kinds[0].total_ms == 5);
}

TEST_CASE("a message that is put back waits on, and counts when it is done") {
  one_actor a;
  a.arrives(1, start);
  a.begins(1, "plan", start + 1ms);
  a.it->ends(true, start + 2ms);
  CHECK(a.report(start + 2ms).mailbox == 1);
  CHECK(a.report(start + 2ms).handled == 0);
  a.begins(1, "plan", start + 20ms);
  a.it->ends(false, start + 21ms);
  CHECK(a.report(start + 21ms).wait.max_ms == 20);
  CHECK(a.report(start + 21ms).handled == 1);
}

TEST_CASE("who sends an actor messages is told by name") {
  one_actor a;
  const auto other = a.board.add({"requester", 8, 7, true}, start);
  for (int i = 0; i < 3; ++i) {
    a.begins(i, "plan", start, 8);
    a.it->ends(false, start);
  }
  a.begins(5, "tick", start);
  a.it->ends(false, start);
  a.begins(6, "gossip", start, 3, true);
  a.it->ends(false, start);
  a.begins(7, "gossip", start, 99);
  a.it->ends(false, start);
  const auto talkers = a.report(start).talkers;
  REQUIRE(talkers.size() == 4);
  CHECK(talkers[0].name == "requester");
  CHECK(talkers[0].count == 3);
  std::vector<std::string> names;
  names.reserve(talkers.size());
  for (const auto& each : talkers) names.push_back(each.name);
  CHECK(std::ranges::count(names, "nobody") == 1);
  CHECK(std::ranges::count(names, "other nodes") == 1);
  CHECK(std::ranges::count(names, "#99") == 1);
}

TEST_CASE("kinds without end are counted as others") {
  one_actor a;
  for (int i = 0; i < 1000; ++i) {
    a.begins(1, "kind " + std::to_string(i), start);
    a.it->ends(false, start);
  }
  const auto report = a.report(start);
  CHECK(report.kinds.size() <= defaults::message_kinds_limit + 1);
  CHECK(report.kinds[0].kind == "others");
  CHECK(report.handled == 1000);
}

TEST_CASE("an actor that is about one message for too long is stuck") {
  one_actor a;
  a.arrives(1, start);
  a.begins(1, "gossip", start);
  a.arrives(2, start);
  CHECK(a.board.warnings(start + defaults::shared_thread_deadline).empty());
  const auto late = start + defaults::shared_thread_deadline + 1100ms;
  CHECK(a.report(late).is_stuck());
  REQUIRE(a.board.warnings(late).size() == 1);
  CHECK(a.board.warnings(late)[0] ==
        "the actor cluster is stuck: about one message (gossip) for 2.1 s, 1 wait");
  a.it->ends(false, late);
  CHECK(a.board.warnings(late).empty());
  CHECK_FALSE(a.report(late).is_stuck());
}

TEST_CASE("how long a message may take is the actor's own matter") {
  CHECK(usual_deadline({"cluster", 1, 0, false}) < usual_deadline({"notebook", 1, 0, true}));
  CHECK(usual_deadline({"notebook", 1, 0, true}) < usual_deadline({"planner", 1, 0, true}));
  CHECK(usual_deadline({"planner", 1, 0, true}) < usual_deadline({"capacity_meter", 1, 0, true}));
  one_actor a;
  a.it->set_deadline(5s);
  a.begins(1, "run", start);
  CHECK_FALSE(a.report(start + 4s).is_stuck());
  CHECK(a.report(start + 6s).is_stuck());
}

TEST_CASE("what an actor does for a message, and how long that may take, is told with it") {
  one_actor a;
  a.it->is_about("nothing", 1s);  // it waits
  a.begins(1, "work", start);
  a.it->is_about("a piece of m for pi1", 300ms);
  CHECK(a.report(start + 200ms).current == "work: a piece of m for pi1");
  CHECK(a.report(start + 200ms).deadline_ms == 300);
  CHECK(contains(a.board.warnings(start + 400ms).at(0), "(work: a piece of m for pi1) for 0.4 s"));
  a.it->ends(false, start + 400ms);
  a.begins(2, "detail", start + 400ms);
  CHECK(a.report(start + 900ms).current == "detail");
  CHECK_FALSE(a.report(start + 900ms).is_stuck());
}

TEST_CASE("what is awaited and does not come is told until it does") {
  actor_board board;
  const auto review = board.begin_task("the review of m does not end", 10s, start);
  const auto other = board.begin_task("the review of n does not end", 100s, start);
  CHECK(board.warnings(start + 10s).empty());
  REQUIRE(board.warnings(start + 34s).size() == 1);
  CHECK(board.warnings(start + 34s)[0] == "the review of m does not end: it takes 34 s already");
  board.end_task(review);
  CHECK(board.warnings(start + 34s).empty());
  board.end_task(other);
  board.end_task(other);
}

TEST_CASE("a mailbox that never empties and becomes longer is told, one that is emptied is not") {
  one_actor a;
  int next = 0;
  for (int second = 0; second < 45; ++second) {
    const auto now = start + std::chrono::seconds{second};
    a.arrives(next++, now);
    a.arrives(next++, now);
    a.begins(second, "gossip", now);
    a.it->ends(false, now);
  }
  const auto now = start + 45s;
  CHECK(a.report(now).grows);
  REQUIRE(a.board.warnings(now).size() == 1);
  CHECK(contains(a.board.warnings(now)[0], "cluster has more to do than it can: 45 messages wait"));
  for (int i = 0; i < 90; ++i) {
    a.begins(i, "gossip", now);
    a.it->ends(false, now);
  }
  CHECK_FALSE(a.report(now + defaults::mailbox_growth).grows);
  CHECK(a.board.warnings(now + 2 * defaults::mailbox_growth).empty());
}

TEST_CASE("a mailbox that is long and stays as it is does not grow") {
  one_actor a;
  for (int i = 0; i < 50; ++i) a.arrives(i, start);
  CHECK_FALSE(a.report(start + 5s).grows);
  CHECK_FALSE(a.report(start + 25s).grows);
  CHECK_FALSE(a.report(start + 45s).grows);
}

TEST_CASE("an actor that has ended is shown for a minute, and its successor knows of it") {
  actor_board board;
  const auto first = board.add({"peer_link pi2", 1, 0, false}, start);
  first->closed("done", start + 1s);
  CHECK(board.report(start + 2s).size() == 1);
  CHECK(board.report(start + 2s)[0].ended == "done");
  CHECK(board.report(start + 2s)[0].age_s == 1);
  CHECK(board.report(start + 1s + defaults::ended_actor_shown).empty());
  const auto second = board.add({"peer_link pi2", 2, 0, false}, start + 500s);
  REQUIRE(board.report(start + 500s).size() == 1);
  CHECK(board.report(start + 500s)[0].restarts == 1);
}

TEST_CASE("actors that come and go are not kept without end") {
  actor_board board;
  for (std::uint64_t i = 0; i < 1000; ++i)
    board.add({"peer_link " + std::to_string(i), i, 0, false}, start)->closed("done", start);
  CHECK(board.report(start).size() <= defaults::ended_actors_limit + 1);
}
