#include "actors/planning/core/plan_eviction.hpp"

#include <deque>

#include "config/defaults.hpp"
#include "config/defaults_load.hpp"
#include "tests/support/catch.hpp"

using namespace bramble;

namespace {

/// Plans as they become ready on a node.
struct shelf_of_plans {
  std::deque<plan> plans;

  std::optional<std::size_t> add(const std::string& identity, const std::string& method,
                                 std::uint16_t host, wire_type wire = wire_type::fp32) {
    plan p;
    p.identity = identity;
    p.method = method;
    p.nodes = {"a", "b"};
    p.host = host;
    p.wire = wire;
    p.epoch = plans.size();
    plans.push_back(p);
    return judge();
  }

  std::optional<std::size_t> judge() const {
    std::vector<const plan*> ready;
    for (const auto& p : plans) ready.push_back(&p);
    return plan_eviction(ready);
  }
};

}  // namespace

TEST_CASE("the oldest of too many plans for one purpose goes") {
  shelf_of_plans s;
  CHECK_FALSE(s.judge());
  CHECK_FALSE(s.add("other", "bramble", 0));
  for (std::size_t i = 0; i < defaults::installed_plans_alike; ++i)
    CHECK_FALSE(s.add("model", "bramble", 0));
  const auto gone = s.add("model", "bramble", 0);
  REQUIRE(gone);
  CHECK(*gone == 1);
  s.plans.erase(s.plans.begin() + 1);
  CHECK_FALSE(s.judge());
}

TEST_CASE("plans for other models, methods, wires and hosts stay") {
  shelf_of_plans s;
  for (std::size_t i = 0; i < defaults::installed_plans_alike; ++i)
    CHECK_FALSE(s.add("model", "bramble", 0));
  CHECK_FALSE(s.add("other", "bramble", 0));
  CHECK_FALSE(s.add("model", "one", 0));
  CHECK_FALSE(s.add("model", "bramble", 1));
  CHECK_FALSE(s.add("model", "bramble", 0, wire_type::int8));
}

TEST_CASE("a host has the same name wherever it stands in a plan") {
  shelf_of_plans s;
  for (std::size_t i = 0; i < defaults::installed_plans_alike; ++i) s.add("model", "bramble", 0);
  auto turned = s.plans.back();
  turned.nodes = {"b", "a"};
  turned.host = 1;
  s.plans.push_back(turned);
  CHECK(s.judge() == std::optional<std::size_t>{0});
}

TEST_CASE("plans of other teams stay, up to a point") {
  shelf_of_plans s;
  std::optional<std::size_t> gone;
  for (std::size_t i = 0; i <= defaults::installed_plans_of_host; ++i) {
    CHECK_FALSE(gone);
    s.add("model", "bramble", 0);
    auto& p = s.plans.back();
    p.nodes = {"a", "b", "c", "d", "e"};
    for (std::uint16_t node = 0; node < 5; ++node)
      if ((i >> node & 1U) != 0) p.pieces.push_back({0, node, {}});
    gone = s.judge();
  }
  CHECK(gone == std::optional<std::size_t>{0});
}
