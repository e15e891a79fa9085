// Methods chosen by hand, as nodes tell each other of them.
#include "model/plan/method_pins.hpp"

#include <rapidcheck.h>

#include "config/defaults_operating.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;

TEST_CASE("a model is pinned to a method there is, until it is not") {
  method_pins pins;
  CHECK(pins.set("m", "seed"));
  CHECK_FALSE(pins.set("m", "seed"));
  CHECK(pins.method_of("m") == "seed");
  CHECK(pins.method_of("n").empty());
  CHECK(contains(describe(pins.in_force().at(0)), "`pin m none`"));
  const auto said = complaint_of([&] { pins.set("m", "sed"); });
  CHECK(is_sentence(said));
  CHECK(contains(said, "one, seed, seed-exact, latency, pipeline and bramble"));
  CHECK(pins.method_of("m") == "seed");
  CHECK(pins.set("m", ""));
  CHECK(pins.in_force().empty());
  CHECK(pins.all().size() == 1);  // or another node would tell of it again
  CHECK_FALSE(pins.set("n", ""));
}

TEST_CASE("a later change wins over an earlier one, whoever tells of it") {
  method_pins one, two;
  one.set("m", "seed");
  CHECK(two.merge(one.all()).size() == 1);
  two.set("m", "");
  CHECK(one.merge(two.all()).at(0).method.empty());
  CHECK(two.merge(one.all()).empty());
  CHECK(one.all() == two.all());
}

TEST_CASE("nodes that hear of pins in any order end with the same") {
  CHECK(rc::check([] {
    std::vector<method_pins> nodes(3);
    const auto somebody = rc::gen::inRange<std::size_t>(0, nodes.size());
    for (int i = *rc::gen::inRange(0, 30); i > 0; --i) {
      auto& node = nodes[*somebody];
      if (*rc::gen::arbitrary<bool>())
        node.set(*rc::gen::element<std::string>("m", "n"),
                 *rc::gen::element<std::string>("", "one", "seed"));
      else
        node.merge(nodes[*somebody].all());
    }
    for (int round = 0; round < 2; ++round)
      for (auto& each : nodes)
        for (auto& other : nodes) each.merge(other.all());
    for (const auto& each : nodes) RC_ASSERT(each.all() == nodes[0].all());
  }));
}

TEST_CASE("what no node tells is passed over, and there is an end to it") {
  method_pins pins;
  CHECK(pins.merge({{"", "one", 1},
                    {"m", "nonsense", 1},
                    {"m", "one", 0},
                    {"m", "one", ~std::uint64_t{0}},
                    {std::string(1000, 'm'), "one", 1}})
            .empty());
  CHECK(pins.all().empty());
  std::vector<method_pin> many;
  many.reserve(2 * defaults::method_pins_most);
  for (std::size_t i = 0; i < 2 * defaults::method_pins_most; ++i)
    many.push_back({std::to_string(i), "one", 1});
  pins.merge(many);
  CHECK(pins.all().size() == defaults::method_pins_most);
  CHECK(is_sentence(complaint_of([&] { pins.set("another", "one"); })));
}
