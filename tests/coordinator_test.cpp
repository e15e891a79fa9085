#include "actors/coordinator.hpp"

#include "config/defaults.hpp"
#include "tests/actor_fixture.hpp"
#include "tests/nothing_model.hpp"
#include "tests/temporary_folder.hpp"

using namespace bramble;

namespace {

using think_promise = std::shared_ptr<std::optional<caf::response_promise>>;

/// pi1 coordinates for itself and pi2; what it plans is what the test says, when it says it.
struct shelf_of_two : actor_fixture {
  temporary_folder folder;
  model_store store{folder.path() / "models"};
  std::string identity;
  think_promise thinking = std::make_shared<std::optional<caf::response_promise>>();
  std::shared_ptr<std::vector<plan>> installed = std::make_shared<std::vector<plan>>();
  caf::actor thinker;
  caf::actor link;
  caf::actor coordination;

  shelf_of_two() {
    identity = store.put_manifest(nothing_model());
    const auto member = [this](const std::string& name) {
      return spawn([name, built = installed](caf::event_based_actor*) -> caf::behavior {
        return {[](alive_atom) { return hello{}; },
                [=](prepare_atom, const prepare_request&) {
                  capacity_report out;
                  out.node = name;
                  out.gmacs = 6;
                  out.memory_mb = 1000;
                  return out;
                },
                [=](install_atom, const plan& p) {
                  built->push_back(p);
                  return std::uint64_t{1};
                }};
      });
    };
    thinker = spawn([open = thinking](caf::event_based_actor* self) -> caf::behavior {
      return {[=](think_atom, const planning_task_ptr&) -> caf::result<plan> {
                *open = self->make_response_promise();
                return caf::delegated<plan>{};
              },
              // Promises are kept only from within their actor.
              [=](report_atom, const plan& made) { (*open)->deliver(made); }};
    });
    const auto own = member("pi1");
    link = member("pi2");
    coordination = spawn(coordinator, coordinator_config{"pi1", store, own, own, thinker});
    tell({});
  }

  /// The members, and those of them that are drained.
  void tell(std::set<std::string> drained) {
    caf::anon_send(coordination, directory_ptr{std::make_shared<directory>(directory{
                                     "pi1", "pi1", {{"pi2", link}}, std::move(drained)})});
    run();
  }

  auto ask_plan() {
    plan_query query;
    query.identity = identity;
    query.model = "nothing";
    query.host = "pi1";
    query.method = "bramble";
    return ask<plan>(coordination, plan_atom_v, query);
  }

  void think_of(bool pi2_works) {
    plan p;
    p.method = "bramble";
    p.nodes = {"pi1", "pi2"};
    p.verdicts.resize(2);
    p.verdicts[0].in = true;
    p.verdicts[1].in = pi2_works;
    caf::anon_send(thinker, report_atom::value, p);
    run();
  }
};

}  // namespace

TEST_CASE("a plan is given out when every node of it has built its part") {
  shelf_of_two s;
  const auto reply = s.ask_plan();
  CHECK_FALSE(reply->answered());
  s.think_of(true);
  REQUIRE(reply->reply.has_value());
  CHECK(s.installed->size() == 2);
  CHECK(reply->reply->nodes == std::vector<std::string>{"pi1", "pi2"});
}

TEST_CASE("a node that is drained while a plan is made has no work in it, and is named once") {
  shelf_of_two s;
  const auto reply = s.ask_plan();
  s.tell({"pi2"});
  SECTION("it would have had some") {
    s.think_of(true);
    CHECK(reply->error == "pi2 was drained while planning.");
    CHECK(s.installed->empty());
  }
  SECTION("it would have had none") {
    s.think_of(false);
    REQUIRE(reply->reply.has_value());
    CHECK(reply->reply->nodes == std::vector<std::string>{"pi1", "pi2"});
    CHECK(s.installed->size() == 1);
  }
}
