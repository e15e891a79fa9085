#include "tests/support/requesting_host.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

/// A host whose active coordinator is another node, pi0, in one of the states that such a node can
/// be in. `host::queries` are those that the host's own coordinator gets.
struct host_with_coordinator : host {
  std::shared_ptr<std::size_t> asked = std::make_shared<std::size_t>(0);
  std::shared_ptr<std::vector<caf::response_promise>> waiting =
      std::make_shared<std::vector<caf::response_promise>>();
  caf::actor pi0;

  void connect(const caf::actor& link) {
    pi0 = link;
    caf::anon_send(requests,
                   directory_ptr{std::make_shared<directory>(directory{
                       "pi1", "pi0", {{"pi0", caf::actor_cast<peer_link_actor>(link)}}, {}})});
    run();
  }
  void connect_unreachable() {
    connect(spawn([](caf::event_based_actor* self) -> caf::behavior {
      return {[=](alive_atom) -> caf::result<hello> {
                self->make_response_promise();
                return caf::delegated<hello>{};
              },
              [](abort_atom, std::uint64_t) {}};
    }));
  }
  void connect_slow() {
    connect(spawn([count = asked, open = waiting](caf::event_based_actor* self) -> caf::behavior {
      return {[](alive_atom) { return hello{}; },
              [=](plan_atom, const plan_query&) -> caf::result<plan> {
                ++*count;
                open->push_back(self->make_response_promise());
                return caf::delegated<plan>{};
              },
              [=](report_atom, const plan& made) { open->front().deliver(made); },
              [](abort_atom, std::uint64_t) {}};
    }));
  }
  /// It knows no such message.
  void connect_other_version() {
    connect(spawn([](caf::event_based_actor* self) -> caf::behavior {
      self->set_default_handler(caf::drop);
      return {[](alive_atom) { return hello{}; }, [](abort_atom, std::uint64_t) {}};
    }));
  }
  void connect_failing(const std::string& sentence) {
    connect(spawn([=, count = asked](caf::event_based_actor*) -> caf::behavior {
      return {[](alive_atom) { return hello{}; },
              [=](plan_atom, const plan_query&) -> caf::result<plan> {
                ++*count;
                return failure(sentence);
              },
              [](abort_atom, std::uint64_t) {}};
    }));
  }
};

}  // namespace

TEST_CASE("a host whose coordinator is unreachable plans by itself") {
  host_with_coordinator h;
  h.connect_unreachable();
  const auto reply = h.infer();
  h.pass(2 * defaults::liveness_timeout);
  REQUIRE(h.queries->size() == 1);
  h.answer();
  REQUIRE(reply->reply.has_value());
  CHECK(reply->reply->attempts == 1);
}

TEST_CASE("a host whose coordinator is slow answers alone, and works by its plan when that comes") {
  host_with_coordinator h;
  h.connect_slow();
  const auto reply = h.infer();
  h.pass(defaults::plan_patience - std::chrono::milliseconds{1});
  CHECK(h.queries->empty());
  h.pass(std::chrono::milliseconds{1});
  REQUIRE(h.queries->size() == 1);
  CHECK(h.queries->back().method == "one");
  h.answer();
  REQUIRE(reply->reply.has_value());
  CHECK(reply->reply->method == "one");

  // Nobody waits a second time, and the coordinator is not asked again what it was asked already.
  const auto second = h.infer();
  h.answer();
  INFO(second->error);
  REQUIRE(second->reply.has_value());
  CHECK(second->reply->method == "one");
  CHECK(*h.asked == 1);

  caf::anon_send(h.pi0, report_atom::value, plan_with_workers({"pi1", "pi2"}, {0}));
  h.run();
  const auto third = h.infer();
  h.answer();
  REQUIRE(third->reply.has_value());
  CHECK(third->reply->method == "bramble");
}

TEST_CASE("a host whose coordinator is of another version plans by itself") {
  host_with_coordinator h;
  h.connect_other_version();
  const auto reply = h.infer();
  REQUIRE(h.queries->size() == 1);
  h.answer();
  CHECK(reply->reply.has_value());
}

TEST_CASE("a host whose coordinator has no disk plans by itself") {
  host_with_coordinator h;
  h.connect_failing("/var/lib/bramble/models: Input/output error.");
  const auto reply = h.infer();
  REQUIRE(h.queries->size() == 1);
  CHECK(h.queries->back().method == "bramble");
  h.answer();
  REQUIRE(reply->reply.has_value());
  CHECK(reply->reply->attempts == 1);
}

TEST_CASE("what is asked of one node is planned there, whatever the coordinator is") {
  host_with_coordinator h;
  h.connect_slow();
  auto alone = host::photo();
  alone.method = "one";
  const auto reply = h.infer(alone);
  h.answer();
  REQUIRE(reply->reply.has_value());
  CHECK(*h.asked == 0);
}

TEST_CASE("a request that was tried for too long is tried on the host alone before it fails") {
  host_with_coordinator h;
  h.connect_failing("The planner broke.");
  const auto reply = h.infer();
  h.pass(defaults::request_patience + std::chrono::milliseconds{1});
  h.fail(0, "The kernel broke.");
  CHECK_FALSE(reply->answered());
  h.pass(defaults::retry_pause);
  CHECK(h.queries->back().method == "one");
  SECTION("and is answered there") {
    h.answer();
    CHECK(reply->reply.has_value());
  }
  SECTION("and fails when that fails") {
    h.fail(h.runs->size() - 1, "The kernel broke again.");
    CHECK(reply->error == "The request failed after 2 attempts: The kernel broke again.");
  }
}
