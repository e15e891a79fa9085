#include "actors/node/heartbeat.hpp"

#include <set>

#include "tests/support/actor_fixture.hpp"
#include "tests/support/remote_node.hpp"

using namespace bramble;
using namespace bramble::test;
using namespace std::chrono_literals;

namespace {

constexpr auto beat_interval = 1000ms;

struct watched_node : actor_fixture {
  std::shared_ptr<std::vector<std::string>> told = std::make_shared<std::vector<std::string>>();
  std::shared_ptr<std::set<std::string>> stuck = std::make_shared<std::set<std::string>>();

  described_actor part(const std::string& name, const std::string& detail) {
    // Promises that are dropped would answer; these are kept.
    auto kept = std::make_shared<std::vector<caf::typed_response_promise<std::string>>>();
    auto silent = stuck;
    return fake<described_actor>([=](caf::event_based_actor* self) -> caf::behavior {
      return {[=](detail_atom) {
        auto promise = self->make_response_promise<std::string>();
        if (silent->contains(name))
          kept->push_back(promise);
        else
          promise.deliver(detail);
        return promise;
      }};
    });
  }

  described_actor start() {
    auto log = told;
    const auto face = system.spawn(remote_node, std::make_shared<remote_script>());
    heartbeat_config config{.face = face,
                            .cluster = part("cluster", "2 members known"),
                            .prompt = {{"requester", part("requester", "nothing to do")}},
                            .interval = beat_interval,
                            .alive = [=](const std::string& status) { log->push_back(status); }};
    auto beating = spawn(heartbeat, config);
    run();
    return beating;
  }
};

}  // namespace

TEST_CASE("a node that answers is alive at once and every interval, with what its cluster says") {
  watched_node node;
  node.start();
  REQUIRE(*node.told == std::vector<std::string>{"2 members known"});
  node.pass(beat_interval);
  node.pass(beat_interval);
  CHECK(node.told->size() == 3);
}

TEST_CASE("a node with an actor that is stuck gives no sign of life until it answers again") {
  for (const std::string who : {"requester", "cluster"}) {
    watched_node node;
    const auto beating = node.start();
    node.stuck->insert(who);
    for (int i = 0; i < 6; ++i) node.pass(beat_interval);
    CHECK(node.told->size() == 1);
    CHECK(node.ask<std::string>(beating, detail_atom::value)->reply == who + " did not answer");
    node.stuck->clear();
    node.pass(beat_interval);
    node.pass(beat_interval);
    CHECK(node.told->size() >= 2);
  }
}
