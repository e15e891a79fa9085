// A name that two machines claim gets no work: from the rumour to the plan.
#include "actors/membership/cluster.hpp"
#include "actors/planning/coordinator.hpp"
#include "config/defaults.hpp"
#include "config/defaults_addresses.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/data_plane_fixture.hpp"
#include "tests/support/nothing_model.hpp"
#include "tests/support/remote_node.hpp"

using namespace bramble;
using namespace bramble::test;
using names = std::vector<std::string>;

namespace {

/// The instance of the machine that a name is of; another one of the same name has 100 more.
std::uint64_t instance_of(const std::string& name) {
  return static_cast<std::uint64_t>(name[0]);
}

member member_of(const std::string& name) {
  member out;
  out.name = name;
  // Nobody's address. The port says to the dialer whom it is to find.
  out.addresses = {"192.0.2." + std::to_string(name[0])};
  out.control_port = static_cast<unsigned char>(name[0]);
  out.data_port = 1;
  out.boot = 10;
  out.instance = instance_of(name);
  return out;
}

hello hello_from(const std::string& name) {
  auto out = hello_of(name);
  out.instance = instance_of(name);
  return out;
}

/// Node a, which coordinates, with links to b and c. Whom it asks to get ready for a plan is noted.
struct shelf_of_three : actor_fixture {
  testing::test_node plane{"a"};
  std::map<std::uint16_t, node_actor> machines;  ///< by port
  std::shared_ptr<names> ready = std::make_shared<names>();
  coordinator_actor coordination;
  cluster_actor members;
  member b = member_of("b");

  shelf_of_three() {
    for (const auto* name : {"b", "c"}) {
      const auto script = std::make_shared<remote_script>();
      script->me = hello_from(name);
      script->node = caf::actor_cast<node_actor>(spawn(remote_node, script));
      machines[member_of(name).control_port] = script->node;
    }
    const auto cache = model_cache();
    coordination =
        spawn(coordinator, coordinator_config{"a", cache, caf::actor_cast<plan_installer>(cache),
                                              thinker(), thinker()});
    members = spawn(cluster, cluster_of_a());
    hear({{{"b", b}, {"c", member_of("c")}}});
  }

  /// What a peer says of who there is; our answer has what we think.
  membership hear(const membership& view) {
    const auto answer = ask<gossip>(members, gossip_atom_v, gossip{view, {}});
    REQUIRE(answer->reply);
    return answer->reply->view;
  }

  /// b means another machine from now on, or again the one that we have a link to.
  void b_is(std::uint64_t instance) {
    ++b.incarnation;
    b.instance = instance;
    hear({{{"b", b}}});
  }

  /// Whom a plan made now could use.
  names planned_for() {
    ready->clear();
    plan_query query;
    query.identity = identity(nothing_model());
    query.model = "nothing";
    query.host = "a";
    query.method = "bramble";
    ask<plan>(coordination, plan_atom_v, query);
    return *ready;
  }

 private:
  cluster_config cluster_of_a() {
    cluster_config out;
    out.me = hello_from("a");
    out.self = member_of("a");
    out.plane = &plane.plane();
    out.meter = fake<capacity_meter_actor>([](caf::event_based_actor*) -> caf::behavior {
      return {[](general_rate_atom) { return 6.0; }};
    });
    out.listeners = {coordination};
    out.make_dialer = [this](const std::string&) {
      return fake<dialer_actor>([this](caf::event_based_actor*) -> caf::behavior {
        return {[](knock_atom, const places&) { return false; },
                [](seek_atom, const places& where) {
                  return reached_place{where.hosts.front(), "192.0.2.97"};
                },
                [this](dial_atom, const std::string&, std::uint16_t port) {
                  return machines.at(port);
                }};
      });
    };
    return out;
  }

  model_preparer model_cache() {
    return fake<model_preparer>([](caf::event_based_actor*) -> caf::behavior {
      return {[](prepare_atom, const prepare_request& wanted) {
        capacity_report out;
        if (wanted.wants_manifest) out.manifest = encode_manifest(nothing_model());
        out.node = "a";
        out.gmacs = 6;
        out.memory_mb = 1000;
        return out;
      }};
    });
  }

  planner_actor thinker() {
    return fake<planner_actor>([seen = ready](caf::event_based_actor*) -> caf::behavior {
      return {[=](make_plan_atom,
                  const planning_question_ptr& question) -> caf::result<planning_answer_ptr> {
        for (const auto& each : question->devices.nodes) seen->push_back(each.name);
        return failure("Who could work is all that is asked here.");
      }};
    });
  }
};

}  // namespace

TEST_CASE("a name that means another machine than the one we are connected to is in no plan") {
  shelf_of_three s;
  CHECK(s.planned_for() == names{"a", "b", "c"});
  s.b_is(instance_of("b") + 100);
  CHECK(s.planned_for() == names{"a", "c"});
  s.b_is(instance_of("b"));
  CHECK(s.planned_for() == names{"a", "b", "c"});
}

TEST_CASE("a name that two running machines claim is in no plan until one of them is quiet") {
  shelf_of_three s;
  for (int i = 0; i < defaults::contested_after_returns; ++i) {
    s.b_is(instance_of("b") + 100);
    s.b_is(instance_of("b"));
  }
  CHECK(s.planned_for() == names{"a", "c"});
  s.pass(defaults::contested_for);
  s.hear({});
  CHECK(s.planned_for() == names{"a", "b", "c"});
}

TEST_CASE("a node whose own name is claimed by another machine plans with itself alone") {
  shelf_of_three s;
  auto rival = member_of("a");
  rival.instance = instance_of("a") + 100;
  for (int i = 0; i < defaults::contested_after_returns; ++i)
    rival.incarnation = s.hear({{{"a", rival}}}).members.at("a").incarnation + 1;
  CHECK(s.planned_for() == names{"a"});
  s.pass(defaults::contested_for);
  s.hear({});
  CHECK(s.planned_for() == names{"a", "b", "c"});
}
