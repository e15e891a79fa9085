// A whole shelf in one process, and what happens to shelves, by name.
#include "tests/support/catch.hpp"
#include "tests/support/shelf_simulation.hpp"

using namespace bramble;
using namespace bramble::test;
using namespace std::chrono_literals;

namespace {

using nodes = std::vector<std::string>;

/// Three nodes that know each other; pi1 coordinates.
struct shelf_of_three : shelf_simulation {
  shelf_of_three() : shelf_simulation{3} {
    REQUIRE(pass_until([&] { return agree({"pi1", "pi2", "pi3"}); }, 10s));
    CHECK(answer("pi2").nodes == nodes{"pi1", "pi2", "pi3"});
  }

  /// Of a request that is asked now.
  infer_reply answer(const std::string& node, std::chrono::milliseconds most = 60s) {
    return answer(ask(node), most);
  }
  infer_reply answer(const simulated_request_ptr& request, std::chrono::milliseconds most = 60s) {
    INFO("trouble: " << request->trouble.value_or("none"));
    REQUIRE(pass_until([&] { return !request->answers.empty(); }, most));
    CHECK(answers_rightly(*request));
    return request->answers[0];
  }

  /// A request of pi2 that all work on now.
  simulated_request_ptr begin() {
    auto request = ask("pi2");
    pass(20ms);
    REQUIRE(request->answers.empty());
    return request;
  }

  /// All of them, by themselves, work on a request again.
  void is_whole(std::chrono::milliseconds most = 60s) {
    REQUIRE(pass_until([&] { return agree({"pi1", "pi2", "pi3"}); }, most));
    CHECK(pass_until([&] { return answer("pi2").nodes == nodes{"pi1", "pi2", "pi3"}; }, most));
  }

  /// Nothing is left of what was under way.
  void is_quiet() {
    pass(60s);
    CHECK(ghosts().empty());
  }

  /// From both others, and back.
  void isolate(const std::string& one) {
    for (const auto& other : names()) {
      network().cut(one, other);
      network().cut(other, one);
    }
  }
  void rejoin(const std::string& one) {
    for (const auto& other : names()) {
      network().heal(one, other);
      network().heal(other, one);
    }
  }
};

}  // namespace

TEST_CASE("three nodes find each other, divide a request and answer it rightly") {
  shelf_of_three s;
  for (const auto& name : s.names()) {
    const auto reply = s.answer(name);
    CHECK(reply.host == name);
    CHECK(reply.attempts == 1);
  }
  s.is_quiet();
}

TEST_CASE("killed node: its requests are answered without it, and by it once it is back") {
  shelf_of_three s;
  const auto request = s.begin();
  SECTION("a helper") {
    s.kill("pi3");
    const auto reply = s.answer(request, 1s);
    CHECK(reply.attempts >= 2);
    CHECK(reply.nodes == nodes{"pi1", "pi2"});
    s.start("pi3");
  }
  SECTION("the host: its client asks another") {
    s.kill("pi2");
    CHECK(s.answer(request, 1s).host == "pi3");
    s.start("pi2");
  }
  s.is_whole();
  s.is_quiet();
}

TEST_CASE("coordinator lost: the next one plans") {
  shelf_of_three s;
  const auto request = s.begin();
  s.kill("pi1");
  CHECK(s.answer(request, 1s).nodes == nodes{"pi2", "pi3"});
  CHECK(s.answer("pi3").nodes == nodes{"pi2", "pi3"});
  s.start("pi1");
  s.is_whole();
  s.is_quiet();
}

TEST_CASE("restarted node: a plan that it has lost is installed again") {
  shelf_of_three s;
  const auto request = s.begin();
  s.kill("pi3");
  s.start("pi3");
  s.answer(request);
  s.is_whole();
  s.is_quiet();
}

TEST_CASE("frozen node: it is planned around, and works again when it thaws") {
  shelf_of_three s;
  const auto request = s.begin();
  s.network().freeze("pi3");
  CHECK(s.answer(request).nodes == nodes{"pi1", "pi2"});
  SECTION("soon") {}
  SECTION("after its connections were given up") {
    s.pass(20s);
    CHECK(s.agree({"pi1", "pi2"}));
  }
  s.network().thaw("pi3");
  s.is_whole();
  s.is_quiet();
}

TEST_CASE(
    "a node that was silent when a plan was made is in the next, though nobody asks anything") {
  shelf_of_three s;
  s.network().freeze("pi3");
  // Another shelf, and so another plan.
  s.change("pi1", {runtime_override::kind_t::drain});
  s.pass(1s);
  CHECK(s.planned("pi2") == nodes{"pi2"});
  s.network().thaw("pi3");
  CHECK(s.pass_until([&] { return s.planned("pi2") == nodes{"pi2", "pi3"}; }, 3s));
  s.change("pi1", {runtime_override::kind_t::resume});
  s.is_whole();
  s.is_quiet();
}

TEST_CASE("unplugged cable: the others go on, and so does it by itself") {
  shelf_of_three s;
  const auto request = s.begin();
  s.isolate("pi3");
  CHECK(s.answer(request).nodes == nodes{"pi1", "pi2"});
  CHECK(s.answer("pi3").nodes == nodes{"pi3"});
  s.rejoin("pi3");
  s.is_whole();
  s.is_quiet();
}

TEST_CASE("one-way link: a request is answered, without a helper that its host does not hear") {
  shelf_of_three s;
  const auto request = s.begin();
  SECTION("between host and helper") {
    s.network().cut("pi3", "pi2");
    s.answer(request);
    s.pass(10s);
    CHECK(s.answer("pi2").nodes == nodes{"pi1", "pi2"});
  }
  SECTION("between two helpers, which may still work for a host that both hear") {
    s.network().cut("pi3", "pi1");
    s.answer(request);
    s.pass(10s);
    s.answer("pi2");
  }
  s.rejoin("pi3");
  s.is_whole();
  s.is_quiet();
}

TEST_CASE("healed partition: both sides answer meanwhile, and are one shelf after it") {
  shelf_of_three s;
  const auto request = s.begin();
  s.isolate("pi1");
  s.answer(request);
  s.pass(30s);
  CHECK(s.agree({"pi2", "pi3"}));
  CHECK(s.answer("pi2").nodes == nodes{"pi2", "pi3"});
  CHECK(s.answer("pi1").nodes == nodes{"pi1"});
  s.rejoin("pi1");
  s.is_whole();
  s.is_quiet();
}

TEST_CASE("drained node: what runs on it is finished, then it works for itself alone") {
  shelf_of_three s;
  const auto request = s.begin();
  s.change("pi3", {runtime_override::kind_t::drain});
  CHECK(s.answer(request).attempts == 1);
  CHECK(s.answer("pi2").nodes == nodes{"pi1", "pi2"});
  CHECK(s.answer("pi3").host == "pi3");
  s.change("pi3", {runtime_override::kind_t::resume});
  s.is_whole();
  s.is_quiet();
}

TEST_CASE("client gone: nothing computes for nobody") {
  shelf_of_three s;
  const auto request = s.begin();
  s.leave_client();
  s.pass(1s);
  CHECK(s.ghosts().empty());
  CHECK(request->answers.empty());
  s.is_whole();
}
