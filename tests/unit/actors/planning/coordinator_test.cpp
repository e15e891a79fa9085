#include "actors/planning/coordinator.hpp"

#include "config/defaults.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/nothing_model.hpp"

using namespace bramble;

namespace {

using think_promise = std::shared_ptr<std::optional<caf::response_promise>>;

/// pi1 coordinates for itself and pi2; what it plans is what the test says, when it says it.
struct shelf_of_two : actor_fixture {
  std::string identity = bramble::identity(nothing_model());
  std::shared_ptr<byte_vector> sent_manifest =
      std::make_shared<byte_vector>(encode_manifest(nothing_model()));
  think_promise thinking = std::make_shared<std::optional<caf::response_promise>>();
  std::shared_ptr<std::vector<plan>> installed = std::make_shared<std::vector<plan>>();
  caf::actor thinker;  ///< takes the plan that the test wants as well
  peer_link_actor link;
  coordinator_actor coordination;

  /// A model cache that cannot store or fetch anything.
  peer_link_actor without_model() {
    return fake<peer_link_actor>([](caf::event_based_actor*) -> caf::behavior {
      return {[](prepare_atom, const prepare_request&) -> caf::result<capacity_report> {
        return failure("The model could not be fetched from pi2: there is no connection to it.");
      }};
    });
  }

  explicit shelf_of_two(bool coordinator_has_model = true) {
    const auto member = [this](const std::string& name) {
      return fake<peer_link_actor>([name, built = installed, content = sent_manifest](
                                       caf::event_based_actor*) -> caf::behavior {
        return {[](alive_atom) { return hello{}; },
                [=](prepare_atom, const prepare_request& wanted) {
                  capacity_report out;
                  if (wanted.wants_manifest) out.manifest = *content;
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
      return {
          [=](make_plan_atom, const planning_question_ptr&) -> caf::result<planning_answer_ptr> {
            *open = self->make_response_promise();
            return caf::delegated<planning_answer_ptr>{};
          },
          // Promises are kept only from within their actor.
          [=](report_atom, const plan& made) {
            (*open)->deliver(std::make_shared<const planning_answer>(planning_answer{made, 0, ""}));
          }};
    });
    const auto own = coordinator_has_model ? member("pi1") : without_model();
    link = member("pi2");
    coordination = spawn(
        coordinator, coordinator_config{"pi1", own, own, caf::actor_cast<planner_actor>(thinker),
                                        caf::actor_cast<planner_actor>(thinker)});
    tell({});
  }

  /// The members, and those of them that are drained.
  void tell(std::set<std::string> drained) {
    caf::anon_send(coordination, directory_ptr{std::make_shared<directory>(directory{
                                     "pi1", "pi1", {{"pi2", link}}, std::move(drained)})});
    run();
  }

  auto ask_plan(const std::string& host = "pi1") {
    plan_query query;
    query.identity = identity;
    query.model = "nothing";
    query.host = host;
    query.method = "bramble";
    return ask<plan>(coordination, plan_atom_v, query);
  }

  void think_of(bool pi2_works) {
    const std::vector<std::uint16_t> alone{0}, both{0, 1};
    caf::anon_send(thinker, report_atom::value,
                   plan_with_workers({"pi1", "pi2"}, pi2_works ? both : alone));
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

TEST_CASE("a coordinator without the model plans it from the manifest of its host") {
  shelf_of_two s{false};
  const auto reply = s.ask_plan("pi2");
  caf::anon_send(s.thinker, report_atom::value, plan_with_workers({"pi2"}, {0}));
  s.run();
  REQUIRE(reply->reply.has_value());
  CHECK(reply->reply->nodes == std::vector<std::string>{"pi2", "pi1"});
  CHECK(contains(reply->reply->verdicts[1].reason, "could not be fetched from pi2"));
}

TEST_CASE("a host that sends another manifest than its model's gets no plan") {
  shelf_of_two s;
  SECTION("a damaged one") {
    s.sent_manifest->back() ^= 1;
  }
  SECTION("none") {
    s.sent_manifest->clear();
  }
  const auto reply = s.ask_plan();
  CHECK(contains(reply->error, "manifest"));
  CHECK(contains(reply->error, "pi1"));
  CHECK_FALSE(s.thinking->has_value());
}
