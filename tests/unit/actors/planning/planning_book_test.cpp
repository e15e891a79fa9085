#include "actors/planning/core/planning_book.hpp"

#include <rapidcheck.h>

#include "config/defaults.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/nothing_model.hpp"

using namespace bramble;
using namespace std::chrono_literals;
namespace steps = bramble::planning_actions;

namespace {

using members_of_round = std::set<std::string>;

const planning_book::time_point planned_at{};

template <class Action>
const Action& as(const planning_step& step) {
  REQUIRE(step);
  REQUIRE(std::holds_alternative<Action>(*step));
  return std::get<Action>(*step);
}

/// pi1 coordinates for itself, pi2 and pi3; pi1 has the model.
struct shelf_kit {
  planning_book book{"pi1"};
  byte_vector content = encode_manifest(nothing_model());

  shelf_kit() { book.use_members({"pi2", "pi3"}, {}); }

  plan_query query(const std::string& host = "pi1") const {
    plan_query out;
    out.model = "nothing";
    out.identity = identity(nothing_model());
    out.host = host;
    return out;
  }

  capacity_report report(const std::string& name, double gmacs = 6) const {
    capacity_report out;
    out.node = name;
    out.gmacs = gmacs;
    out.memory_mb = 1000;
    out.manifest = content;
    return out;
  }

  /// All of them answer, as quick as that.
  planning_step report_all(round_id round, const std::map<std::string, double>& speeds) {
    planning_step last;
    for (const auto& [name, gmacs] : speeds) {
      CHECK_FALSE(last);
      last = book.reported(round, name, report(name, gmacs));
    }
    return last;
  }

  planning_answer made(const std::vector<std::uint16_t>& workers, double ms = 50,
                       double current_ms = 0) const {
    auto p = plan_with_workers({"pi1", "pi2", "pi3"}, workers);
    p.predicted_ms = ms;
    return {p, current_ms, ""};
  }

  /// A plan of these workers, as it was given out.
  plan given_out(const plan_query& asked, const std::vector<std::uint16_t>& workers) {
    const auto round = book.ask(asked).round;
    book.found_silent(round, {});
    report_all(round, {{"pi1", 6}, {"pi2", 6}, {"pi3", 6}});
    const auto install = as<steps::install_plan>(book.thought(round, made(workers), planned_at));
    for (std::size_t i = 1; i < install.nodes.size(); ++i) CHECK_FALSE(book.installed(round));
    return as<steps::give_out>(book.installed(round)).p;
  }
};

}  // namespace

TEST_CASE("a round: signs of life, reports, a plan, and all who work by it ready") {
  shelf_kit k;
  const auto begun = k.book.ask(k.query());
  CHECK(as<steps::look_at_members>(begun.next).members == members_of_round{"pi2", "pi3"});
  const auto prepare = as<steps::prepare_members>(k.book.found_silent(begun.round, {"pi3"}));
  REQUIRE(prepare.members.size() == 2);
  CHECK(prepare.members.at("pi1").wants_manifest);  // nobody knows the model yet
  CHECK_FALSE(prepare.members.at("pi2").wants_manifest);
  CHECK(prepare.members.at("pi2").source == "pi1");
  CHECK_FALSE(k.book.reported(begun.round, "pi2", k.report("pi2")));
  const auto think = as<steps::think>(k.book.reported(begun.round, "pi1", k.report("pi1")));
  REQUIRE(think.question->devices.nodes.size() == 2);
  CHECK(think.question->devices.nodes[0].name == "pi1");
  CHECK(think.question->model->name == "nothing");
  CHECK_FALSE(think.question->only_predict);

  auto answer = k.made({0, 1});
  answer.made.nodes = {"pi1", "pi2"};
  answer.made.verdicts.resize(2);
  const auto install = as<steps::install_plan>(k.book.thought(begun.round, answer, planned_at));
  CHECK(install.nodes == std::vector<std::string>{"pi1", "pi2"});
  CHECK_FALSE(k.book.installed(begun.round));
  const auto out = as<steps::give_out>(k.book.installed(begun.round));
  CHECK(out.p.epoch == 1);
  CHECK(out.p.provisional);
  CHECK(out.p.nodes.back() == "pi3");
  CHECK(out.p.verdicts.back().reason == "left out: It does not answer.");
  CHECK_FALSE(k.book.installed(begun.round));
  CHECK(k.book.plans() == 1);
}

TEST_CASE("equal questions share a round, and a plan that is there is only installed again") {
  shelf_kit k;
  const auto first = k.book.ask(k.query());
  const auto second = k.book.ask(k.query());
  CHECK(second.round == first.round);
  CHECK_FALSE(second.next);
  CHECK(k.book.ask(k.query("pi2")).round != first.round);
  k.book.not_thought(first.round, "It is too large.");

  const auto p = k.given_out(k.query(), {0, 1});
  const auto third = k.book.ask(k.query());
  CHECK(as<steps::install_plan>(third.next).p.epoch == p.epoch);
  k.book.installed(third.round);
  CHECK(as<steps::give_out>(k.book.installed(third.round)).p.epoch == p.epoch);
  k.book.use_members({"pi2"}, {});  // whoever comes back has lost what was installed
  CHECK(as<steps::look_at_members>(k.book.ask(k.query()).next).members == members_of_round{"pi2"});
}

TEST_CASE(
    "who may work: no suspect, no drained one but the host, and for method one the host alone") {
  shelf_kit k;
  auto query = k.query("pi2");
  query.suspects = {"pi3"};
  CHECK(as<steps::look_at_members>(k.book.ask(query).next).members == members_of_round{"pi2"});
  k.book.use_members({"pi2", "pi3"}, {"pi2", "pi3"});
  CHECK(as<steps::look_at_members>(k.book.ask(k.query("pi2")).next).members ==
        members_of_round{"pi2"});
  query = k.query("pi3");
  query.method = "one";
  CHECK(as<steps::look_at_members>(k.book.ask(query).next).members == members_of_round{"pi3"});
  const auto stranger = k.book.ask([&] {
    auto out = k.query("pi9");
    out.method = "one";
    return out;
  }());
  CHECK(as<steps::give_up>(stranger.next).sentence ==
        "The host pi9 is not a member of the cluster.");
}

TEST_CASE("a plan says of a suspect that it goes without it") {
  shelf_kit k;
  auto query = k.query();
  query.suspects = {"pi3", "pi9"};  // the second is gone
  const auto round = k.book.ask(query).round;
  k.book.found_silent(round, {});
  k.report_all(round, {{"pi1", 6}, {"pi2", 6}});
  auto answer = k.made({0, 1});
  answer.made.nodes = {"pi1", "pi2"};
  answer.made.verdicts.resize(2);
  const auto install = as<steps::install_plan>(k.book.thought(round, answer, planned_at));
  CHECK(install.p.nodes == std::vector<std::string>{"pi1", "pi2", "pi3"});
  CHECK(install.p.verdicts.back().reason.starts_with("left out: It did not answer its host"));
  CHECK_FALSE(install.p.provisional);  // whoever asks with the same suspects may have it
}

TEST_CASE("a host that is not ready, or sends another model, gets no plan and is told why") {
  shelf_kit k;
  auto round = k.book.ask(k.query()).round;
  k.book.found_silent(round, {"pi2", "pi3"});
  CHECK(as<steps::give_up>(k.book.not_ready(round, "pi1", "The disk is full.")).sentence ==
        "pi1: The disk is full.");

  round = k.book.ask(k.query()).round;
  k.book.found_silent(round, {"pi2", "pi3"});
  auto other = k.report("pi1");
  other.manifest.push_back(0);
  CHECK(as<steps::give_up>(k.book.reported(round, "pi1", other)).sentence ==
        "pi1: It sent another manifest than that of nothing.");

  round = k.book.ask(k.query()).round;
  k.book.found_silent(round, {"pi2", "pi3"});
  other.manifest.clear();
  CHECK(as<steps::give_up>(k.book.reported(round, "pi1", other)).sentence ==
        "pi1 did not send the manifest of its model.");
}

TEST_CASE("a plan that was made before somebody came is not given to who asks after that") {
  shelf_kit k;
  k.book.use_members({"pi2", "pi3"}, {"pi3"});
  const auto round = k.book.ask(k.query()).round;
  k.book.found_silent(round, {});
  k.report_all(round, {{"pi1", 6}, {"pi2", 6}});
  auto answer = k.made({0, 1});
  answer.made.nodes = {"pi1", "pi2"};
  answer.made.verdicts.resize(2);
  k.book.thought(round, answer, planned_at);
  k.book.use_members({"pi2", "pi3"}, {});
  k.book.installed(round);
  as<steps::give_out>(k.book.installed(round));
  CHECK(as<steps::look_at_members>(k.book.ask(k.query()).next).members ==
        members_of_round{"pi2", "pi3"});
}

TEST_CASE("a node that is lost, drained or cannot install ends the round, and is named") {
  shelf_kit k;
  const auto round = k.book.ask(k.query()).round;
  k.book.found_silent(round, {});
  k.report_all(round, {{"pi1", 6}, {"pi2", 6}, {"pi3", 6}});
  SECTION("lost while planning") {
    k.book.use_members({"pi3"}, {});
    const auto end = as<steps::give_up>(k.book.thought(round, k.made({0, 1}), planned_at));
    CHECK(end.suspect == "pi2");
  }
  SECTION("drained while planning") {
    k.book.use_members({"pi2", "pi3"}, {"pi2"});
    const auto end = as<steps::give_up>(k.book.thought(round, k.made({0, 1}), planned_at));
    CHECK(end.sentence == "pi2 was drained while planning.");
  }
  SECTION("it cannot install: the first who says so") {
    k.book.thought(round, k.made({0, 1, 2}), planned_at);
    const auto end = as<steps::give_up>(k.book.not_installed(round, "pi3", "No memory."));
    CHECK(end.sentence == "pi3 could not install the plan: No memory.");
    CHECK(end.suspect == "pi3");
    CHECK_FALSE(k.book.not_installed(round, "pi2", "No memory."));
    CHECK_FALSE(k.book.installed(round));
  }
  CHECK(k.book.plans() == 0);
}

TEST_CASE("a review keeps a plan while nothing changes, and says what it takes by now") {
  shelf_kit k;
  const auto p = k.given_out(k.query(), {0, 1, 2});
  auto query = k.query();
  query.reviews = key_of(p);
  const auto round = k.book.ask(query).round;
  k.book.found_silent(round, {});
  const auto think = as<steps::think>(k.report_all(round, {{"pi1", 6}, {"pi2", 6}, {"pi3", 6}}));
  CHECK(think.question->only_predict);
  REQUIRE(think.question->current);
  const auto kept = as<steps::give_out>(k.book.thought(round, {p, 61, ""}, planned_at));
  CHECK(key_of(kept.p) == key_of(p));
  CHECK(kept.p.predicted_ms == 61);
  CHECK(k.book.epoch() == p.epoch);
}

TEST_CASE("a review takes a better plan once the facts have moved, with the cause") {
  shelf_kit k;
  const auto p = k.given_out(k.query(), {0, 1, 2});
  auto query = k.query();
  query.reviews = key_of(p);
  bool replaced = false;
  for (int i = 0; i < 10 && !replaced; ++i) {
    const auto round = k.book.ask(query).round;
    k.book.found_silent(round, {});
    const auto think = as<steps::think>(k.report_all(round, {{"pi1", 6}, {"pi2", 6}, {"pi3", 2}}));
    CHECK_FALSE(think.question->only_predict);
    auto better = k.made({0, 1}, 60, 150);
    better.cause = "pi3 computes at 33 %";
    const auto next = k.book.thought(round, better, planned_at + i * 400ms);
    REQUIRE(next);
    if (const auto* install = std::get_if<steps::install_plan>(&*next)) {
      CHECK(install->p.why == "pi3 computes at 33 %");
      CHECK(install->p.epoch > p.epoch);
      replaced = true;
    }
  }
  CHECK(replaced);
}

TEST_CASE("a plan is made anew when somebody asks for it, on the figures of now, and says so") {
  shelf_kit k;
  const auto first = k.given_out(k.query(), {0, 1});
  auto query = k.query();
  query.reviews = key_of(first);
  const auto review = k.book.ask(query);
  query.anew = true;
  const auto begun = k.book.ask(query);
  CHECK(begun.round != review.round);  // a review may keep the old one
  CHECK(k.book.ask(query).round == begun.round);
  k.book.found_silent(begun.round, {});
  const auto think =
      as<steps::think>(k.report_all(begun.round, {{"pi1", 6}, {"pi2", 6}, {"pi3", 6}}));
  CHECK_FALSE(think.question->only_predict);
  CHECK(think.question->current->epoch == first.epoch);
  // No policy is asked: it is not even quicker.
  const auto install =
      as<steps::install_plan>(k.book.thought(begun.round, k.made({0, 2}, 80, 70), planned_at));
  for (std::size_t i = 1; i < install.nodes.size(); ++i) CHECK_FALSE(k.book.installed(begun.round));
  const auto made = as<steps::give_out>(k.book.installed(begun.round)).p;
  CHECK(made.epoch > first.epoch);
  CHECK(made.why == "asked for by hand; the one before takes 70.0 ms by the figures of now");
  k.book.found_silent(review.round, {});
  k.report_all(review.round, {{"pi1", 6}, {"pi2", 6}, {"pi3", 6}});
  k.book.not_thought(review.round, "Enough of it.");
  CHECK(as<steps::install_plan>(k.book.ask(k.query()).next).p.epoch == made.epoch);
}

TEST_CASE("a plan of another method, or of a former coordinator, can be made anew") {
  shelf_kit k;
  auto query = k.query();
  query.reviews = 77;  // a former coordinator's
  query.anew = true;
  const auto begun = k.book.ask(query);
  k.book.found_silent(begun.round, {});
  CHECK_FALSE(as<steps::think>(k.report_all(begun.round, {{"pi1", 6}, {"pi2", 6}, {"pi3", 6}}))
                  .question->current);
  query = k.query();
  query.method = "seed";
  const auto seed = k.given_out(query, {0, 1});
  query.reviews = key_of(seed);
  query.anew = true;
  const auto again = k.book.ask(query);
  k.book.found_silent(again.round, {});
  CHECK_FALSE(as<steps::think>(k.report_all(again.round, {{"pi1", 6}, {"pi2", 6}, {"pi3", 6}}))
                  .question->only_predict);
}

TEST_CASE("a plan that lacked somebody is replaced as soon as that one is ready") {
  shelf_kit k;
  auto round = k.book.ask(k.query()).round;
  k.book.found_silent(round, {"pi3"});
  k.report_all(round, {{"pi1", 6}, {"pi2", 6}});
  auto lacking = k.made({0, 1});
  lacking.made.nodes = {"pi1", "pi2"};
  lacking.made.verdicts.resize(2);
  k.book.thought(round, lacking, planned_at);
  k.book.installed(round);
  const auto p = as<steps::give_out>(k.book.installed(round)).p;
  REQUIRE(p.provisional);

  auto query = k.query();
  query.reviews = key_of(p);
  round = k.book.ask(query).round;
  k.book.found_silent(round, {});
  k.report_all(round, {{"pi1", 6}, {"pi2", 6}, {"pi3", 6}});
  const auto next = k.book.thought(round, k.made({0, 1, 2}, 49, 50), planned_at);
  CHECK(as<steps::install_plan>(next).nodes.size() == 3);
}

TEST_CASE("so many plans are made at once and no more") {
  shelf_kit k;
  for (std::size_t i = 0; i < defaults::planning_rounds; ++i)
    as<steps::look_at_members>(k.book.ask(k.query("pi" + std::to_string(i))).next);
  CHECK(as<steps::give_up>(k.book.ask(k.query("another")).next).sentence ==
        "pi1 makes 64 plans already.");
}

namespace {

/// What comes of rounds, in any order, late, twice or of none.
void any_rounds() {
  shelf_kit k;
  std::map<round_id, int> ends;
  round_id last = 0;
  const auto take = [&](const planning_step& step) {
    if (!step) return;
    if (const auto* out = std::get_if<steps::give_out>(&*step)) ++ends[out->round];
    if (const auto* out = std::get_if<steps::give_up>(&*step)) ++ends[out->round];
  };
  const auto some_node = [] { return "pi" + std::to_string(*rc::gen::inRange(1, 4)); };
  const auto some_round = [&] { return *rc::gen::inRange<round_id>(0, last + 1); };
  const auto steps = *rc::gen::inRange(1, 150);
  for (int i = 0; i < steps; ++i) {
    const auto round = some_round();
    switch (*rc::gen::inRange(0, 9)) {
      case 0:
      case 1: {
        const auto begun = k.book.ask(k.query(some_node()));
        last = std::max(last, begun.round);
        take(begun.next);
        break;
      }
      case 2:
        take(k.book.found_silent(round, {}));
        break;
      case 3: {
        const auto name = some_node();
        take(k.book.reported(round, name, k.report(name)));
        break;
      }
      case 4:
        take(k.book.not_ready(round, some_node(), "It is busy."));
        break;
      case 5:
        take(k.book.thought(round, k.made({0, 1}), planned_at));
        break;
      case 6:
        take(k.book.not_thought(round, "There is none."));
        break;
      case 7:
        take(k.book.installed(round));
        break;
      case 8:
        take(k.book.not_installed(round, some_node(), "No memory."));
        if (*rc::gen::inRange(0, 4) == 0) k.book.use_members({"pi2"}, {});
        break;
    }
  }
  for (const auto& [round, times] : ends) RC_ASSERT(times == 1);
}

}  // namespace

TEST_CASE("whatever comes of rounds in whatever order, each ends once") {
  REQUIRE(rc::check(any_rounds));
}
