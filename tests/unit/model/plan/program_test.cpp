#include "model/plan/program.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/random_graph.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

/// Which elements of one value one node holds.
class cells {
 public:
  explicit cells(const region& whole)
      : whole_{whole}, held_(static_cast<std::size_t>(whole.elements())) {}

  bool has_all(const region& r) const {
    return count(r) == static_cast<std::size_t>(r.empty() ? 0 : r.elements());
  }
  std::size_t count(const region& r) const {
    std::size_t n = 0;
    each(r, [&](std::size_t i) { n += held_[i] ? 1U : 0U; });
    return n;
  }
  void add(const region& r) {
    each(r, [&](std::size_t i) { held_[i] = true; });
  }

 private:
  template <class Visit>
  void each(const region& r, const Visit& visit) const {
    if (r.empty()) return;
    for (auto c = r.channels.begin; c < r.channels.end; ++c)
      for (auto y = r.rows.begin; y < r.rows.end; ++y)
        for (auto x = r.columns.begin; x < r.columns.end; ++x)
          visit(static_cast<std::size_t>((c * whole_.rows.end + y) * whole_.columns.end + x));
  }

  region whole_;
  std::vector<bool> held_;
};

/// Runs a program in a random order that its rules allow, element by element.
class interpreter {
 public:
  interpreter(const graph& g, const plan& p, const program& prog, random_source& random)
      : graph_{g}, plan_{p}, prog_{prog}, random_{random} {
    for (std::size_t n = 0; n < p.nodes.size(); ++n) {
      ran_.emplace_back(prog.nodes[n].steps.size());
      auto& values = held_.emplace_back();
      for (const auto& value : g.values) values.emplace_back(extent(value));
    }
    arrived_.resize(prog.transfers.size());
    sent_.resize(prog.transfers.size());
    for (auto id : g.inputs) held_[p.host][id].add(extent(g.values[id]));
    for (auto t : prog.nodes[p.host].initial_sends) send(p.host, t);
  }

  void run() {
    for (;;) {
      std::vector<std::pair<std::uint16_t, std::uint32_t>> steps;
      for (std::uint16_t n = 0; n < static_cast<std::uint16_t>(plan_.nodes.size()); ++n)
        for (std::uint32_t i = 0; i < prog_.nodes[n].steps.size(); ++i)
          if (!ran_[n][i] && ready(n, prog_.nodes[n].steps[i])) steps.emplace_back(n, i);
      if (!flying_.empty() && (steps.empty() || random_.chance(50))) {
        const auto at = random_.number(0, static_cast<std::int64_t>(flying_.size()) - 1);
        const auto t = flying_[static_cast<std::size_t>(at)];
        flying_.erase(flying_.begin() + at);
        arrive(t);
      } else if (!steps.empty()) {
        const auto [n, i] = random_.pick(steps);
        execute(n, i);
      } else {
        break;
      }
    }
    for (const auto& of_node : ran_)
      for (const bool ran : of_node) RC_ASSERT(ran);
    for (const bool arrived : arrived_) RC_ASSERT(arrived);
    for (auto id : graph_.outputs)
      RC_ASSERT(held_[plan_.host][id].has_all(extent(graph_.values[id])));
  }

 private:
  bool ready(std::size_t n, const step& s) const {
    for (auto before : s.after)
      if (!ran_[n][before]) return false;
    for (auto t : s.awaits)
      if (!arrived_[t]) return false;
    return true;
  }

  void execute(std::uint16_t n, std::uint32_t i) {
    const auto& s = prog_.nodes[n].steps[i];
    const auto& o = graph_.ops[s.op];
    const auto needs = needed_inputs(graph_, o, s.out);
    for (std::size_t k = 0; k < needs.size(); ++k) {
      RC_ASSERT(held_[n][o.inputs[k]].has_all(needs[k]));
      check_holding(n, o.inputs[k], needs[k]);
    }
    for (auto value : o.outputs) {
      const auto made = value == o.outputs[0] ? s.out : extent(graph_.values[value]);
      // What was received is never made as well.
      RC_ASSERT(held_[n][value].count(made) == 0U);
      check_holding(n, value, made);
      held_[n][value].add(made);
    }
    ran_[n][i] = true;
    for (auto t : s.sends) send(n, t);
  }

  void send(std::uint16_t n, std::uint32_t t) {
    const auto& x = prog_.transfers[t];
    RC_ASSERT(x.from == n);
    RC_ASSERT(x.to != n);
    RC_ASSERT(!sent_[t]);
    RC_ASSERT(held_[n][x.value].has_all(x.part));
    sent_[t] = true;
    flying_.push_back(t);
  }

  void arrive(std::uint32_t t) {
    const auto& x = prog_.transfers[t];
    RC_ASSERT(held_[x.to][x.value].count(x.part) == 0U);
    check_holding(x.to, x.value, x.part);
    held_[x.to][x.value].add(x.part);
    arrived_[t] = true;
  }

  void check_holding(std::size_t n, value_id value, const region& part) const {
    if (part.empty()) return;
    for (const auto& h : prog_.nodes[n].holdings) {
      if (h.value != value) continue;
      RC_ASSERT(h.part.contains(part));
      return;
    }
    RC_FAIL("a value has no place on its node");
  }

  const graph& graph_;
  const plan& plan_;
  const program& prog_;
  random_source& random_;
  std::vector<std::vector<cells>> held_;  // node x value
  std::vector<std::vector<bool>> ran_;    // node x step
  std::vector<bool> arrived_, sent_;
  std::vector<std::uint32_t> flying_;
};

/// conv 3x3 keeps the size; two nodes with half the rows each.
struct two_strips {
  graph g;
  plan p;

  two_strips() {
    graph_kit kit{"two strips"};
    const auto x = kit.input({1, 2, 8, 6});
    const auto y = kit.conv(x, 4, square(3, 1, 1));
    g = kit.finish({kit.conv(y, 4, square(3, 1, 1))});
    p.model = g.name;
    p.nodes = {"pi1", "pi2"};
    for (op_id op = 0; op < 2; ++op) {
      p.pieces.push_back({op, 0, {{0, 4}, {0, 4}, {0, 6}}});
      p.pieces.push_back({op, 1, {{0, 4}, {4, 8}, {0, 6}}});
    }
  }
};

}  // namespace

TEST_CASE("every program runs to its end in any order, with what it needs at hand") {
  REQUIRE(rc::check([] {
    random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    const auto g = random_graph(random, *rc::gen::inRange<std::size_t>(1, 14));
    const auto nodes = *rc::gen::inRange<std::uint16_t>(1, 5);
    const auto p = random_plan(random, g, nodes);
    validate(p, g);
    const auto prog = derive(g, p);
    interpreter{g, p, prog, random}.run();
  }));
}

TEST_CASE("steps await exactly what they read, and each node's list says what comes in") {
  REQUIRE(rc::check([] {
    random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    const auto g = random_graph(random, *rc::gen::inRange<std::size_t>(1, 14));
    const auto p = random_plan(random, g, 3);
    const auto prog = derive(g, p);
    std::set<std::uint32_t> seen;
    for (std::uint16_t n = 0; n < 3; ++n) {
      const auto& node = prog.nodes[n];
      for (auto t : node.incoming) {
        RC_ASSERT(prog.transfers[t].to == n);
        RC_ASSERT(seen.insert(t).second);
      }
      for (std::uint32_t i = 0; i < node.steps.size(); ++i) {
        const auto& s = node.steps[i];
        const auto needs = needed_inputs(g, g.ops[s.op], s.out);
        for (auto before : s.after) RC_ASSERT(before < i);
        for (auto t : node.incoming) {
          bool read = false;
          for (std::size_t k = 0; k < needs.size(); ++k)
            read = read || (g.ops[s.op].inputs[k] == prog.transfers[t].value &&
                            !intersect(needs[k], prog.transfers[t].part).empty());
          const bool awaited = std::find(s.awaits.begin(), s.awaits.end(), t) != s.awaits.end();
          RC_ASSERT(read == awaited);
        }
      }
      if (n != p.host) RC_ASSERT(node.results.empty());
    }
    RC_ASSERT(seen.size() == prog.transfers.size());
  }));
}

TEST_CASE("two strips exchange one row each way, and the host gets the rest of the result") {
  const two_strips t;
  const auto prog = derive(t.g, t.p);
  std::map<value_id, std::vector<transfer>> by_value;
  for (const auto& x : prog.transfers) by_value[x.value].push_back(x);

  // The input: rows 3..7 for rows 4..7 of the first convolution.
  REQUIRE(by_value[0].size() == 1);
  CHECK(by_value[0][0].part == region{{0, 2}, {3, 8}, {0, 6}});
  REQUIRE(by_value[1].size() == 2);
  CHECK(by_value[1][0].part == region{{0, 4}, {4, 5}, {0, 6}});
  CHECK(by_value[1][0].from == 1);
  CHECK(by_value[1][1].part == region{{0, 4}, {3, 4}, {0, 6}});
  CHECK(by_value[1][1].to == 1);
  REQUIRE(by_value[2].size() == 1);
  CHECK(by_value[2][0].part == region{{0, 4}, {4, 8}, {0, 6}});
  CHECK(prog.nodes[0].results.size() == 1);
  CHECK(prog.nodes[0].initial_sends.size() == 1);
  CHECK(prog.nodes[1].steps[0].awaits.size() == 1);
}

TEST_CASE("a halo that is made twice is not sent") {
  two_strips t;
  t.p.pieces[0].out.rows = {0, 5};
  t.p.pieces[1].out.rows = {3, 8};
  validate(t.p, t.g);
  for (const auto& x : derive(t.g, t.p).transfers) CHECK(x.value != 1);
}

TEST_CASE("a part that two nodes have comes from one of them, whole") {
  two_strips t;
  t.p.nodes.push_back("pi3");
  // pi1 and pi2 make rows 0..4 and 3..7; pi3 reads rows 3..4: one message from the first that has
  // both.
  t.p.pieces = {{0, 0, {{0, 4}, {0, 5}, {0, 6}}},
                {0, 1, {{0, 4}, {3, 8}, {0, 6}}},
                {1, 0, {{0, 4}, {0, 4}, {0, 6}}},
                {1, 1, {{0, 4}, {5, 8}, {0, 6}}},
                {1, 2, {{0, 4}, {4, 5}, {0, 6}}}};
  t.g.ops[1].win = square(1);
  t.g.weights[t.g.ops[1].weights[0]].shape = {4, 4, 1, 1};
  validate(t.g, "the test's graph");
  validate(t.p, t.g);
  std::vector<transfer> to_third;
  for (const auto& x : derive(t.g, t.p).transfers)
    if (x.to == 2) to_third.push_back(x);
  REQUIRE(to_third.size() == 1);
  CHECK(to_third[0].from == 0);
  CHECK(to_third[0].part == region{{0, 4}, {4, 5}, {0, 6}});
}

TEST_CASE("a derived program is the same each time") {
  random_source random{7};
  const auto g = random_graph(random, 12);
  const auto p = random_plan(random, g, 4);
  const auto a = derive(g, p), b = derive(g, p);
  REQUIRE(a.transfers.size() == b.transfers.size());
  for (std::size_t i = 0; i < a.transfers.size(); ++i) {
    CHECK(a.transfers[i].part == b.transfers[i].part);
    CHECK(a.transfers[i].from == b.transfers[i].from);
  }
}

TEST_CASE("a broken plan is refused in a sentence") {
  const two_strips good;
  REQUIRE_NOTHROW(validate(good.p, good.g));
  auto refused = [&](auto&& change, const std::string& because) {
    auto p = good.p;
    change(p);
    const auto said = complaint_of([&] { validate(p, good.g); });
    INFO(said);
    CHECK(is_sentence(said));
    CHECK(contains(said, because));
  };
  refused([](plan& p) { p.nodes.clear(); }, "names no node");
  refused([](plan& p) { p.nodes[1] = p.nodes[0]; }, "twice");
  refused([](plan& p) { p.host = 2; }, "host");
  refused([](plan& p) { p.wire = static_cast<wire_type>(9); }, "wire");
  refused([](plan& p) { p.verdicts.resize(1); }, "verdict");
  refused([](plan& p) { p.predicted_ms = std::nan(""); }, "no time");
  refused([](plan& p) { p.pieces[0].op = 7; }, "does not exist");
  refused([](plan& p) { p.pieces[0].node = 7; }, "does not exist");
  refused([](plan& p) { std::swap(p.pieces[0], p.pieces[1]); }, "out of order");
  refused([](plan& p) { p.pieces[0].out.rows = {2, 2}; }, "empty");
  refused([](plan& p) { p.pieces[0].out.rows = {0, 9}; }, "larger");
  refused([](plan& p) { p.pieces[0].out.rows = {-1, 4}; }, "larger");
  refused([](plan& p) { p.pieces[0].out.rows = {0, 3}; }, "not made completely");
  refused([](plan& p) { p.pieces.pop_back(); }, "not made completely");
  refused([](plan& p) { p.pieces[1].node = 0, p.pieces[1].out.rows = {3, 8}; }, "second time");
  refused([](plan& p) { p.pieces.clear(); }, "not made completely");
}

TEST_CASE("an atom is not divided") {
  graph_kit kit{"atom"};
  const auto x = kit.input({1, 2, 4, 4});
  const auto g = kit.finish({kit.atom("test::atom", {x}, {1, 2, 4, 4})});
  plan p;
  p.nodes = {"pi1", "pi2"};
  p.pieces = {{0, 0, {{0, 2}, {0, 2}, {0, 4}}}, {0, 1, {{0, 2}, {2, 4}, {0, 4}}}};
  CHECK(contains(complaint_of([&] { validate(p, g); }), "must run whole"));
}

TEST_CASE("a plan's key depends on who does what, not on predictions") {
  const two_strips t;
  auto p = t.p;
  p.predicted_ms = 12;
  p.verdicts.resize(2);
  CHECK(key_of(p) == key_of(t.p));
  p.pieces[0].out.rows.end = 5;
  CHECK(key_of(p) != key_of(t.p));
  p = t.p;
  p.epoch = 3;
  CHECK(key_of(p) != key_of(t.p));
}

TEST_CASE("a plan survives the wire") {
  const two_strips t;
  const auto back = decode<plan>(encode(t.p), "the test");
  CHECK(back.pieces == t.p.pieces);
  CHECK(key_of(back) == key_of(t.p));
}
