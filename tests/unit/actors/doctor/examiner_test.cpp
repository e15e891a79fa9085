// What a node says of itself and its peers when it is examined.
#include "actors/doctor/examiner.hpp"

#include "tests/support/actor_fixture.hpp"
#include "tests/support/two_nodes.hpp"

using namespace bramble;
using bramble::test::two_nodes;

namespace {

/// Node a, of whose machine nothing is known, and its link to b, at a port where nobody listens.
struct examined_node : actor_fixture {
  two_nodes nodes;
  temporary_folder root;
  cluster_status status;
  examiner_actor a;

  examined_node() {
    status.self = "a";
    status.nodes.resize(2);
    for (auto& node : status.nodes) {
      node.name = &node == &status.nodes[0] ? "a" : "b";
      node.state = "alive";
      node.address = "127.0.0.1:1";
      node.addresses = {"127.0.0.1"};
      node.data_port = 2;
      node.version = "0.1.0";
    }
    const auto plans = fake<live_plans_teller>([](caf::event_based_actor*) -> caf::behavior {
      return {[](live_atom) { return live_report{}; }};
    });
    a = spawn(examiner, examiner_config{.self = "a",
                                        .keys = nodes.a,
                                        .models = root.path(),
                                        .control_port = 7741,
                                        .data_port = 7742,
                                        .requester = plans,
                                        .root = root.path(),
                                        .hear = [](const std::vector<std::string>& peers) {
                                          mdns_facts out;
                                          out.has_daemon = out.is_self_seen = true;
                                          for (const auto& name : peers) {
                                            out.peers.emplace_back();
                                            out.peers.back().what.node = name;
                                          }
                                          return out;
                                        }});
    const auto cluster = fake<status_teller>([this](caf::event_based_actor*) -> caf::behavior {
      return {[this](status_atom) { return status; }};
    });
    caf::anon_send(a, report_to_atom::value, cluster);
    run();
  }

  void link_b(std::function<caf::result<examination>(const std::string&)> answer) {
    const auto link = fake<peer_link_actor>([answer](caf::event_based_actor*) -> caf::behavior {
      return {[answer](examine_atom, const std::string& towards) { return answer(towards); }};
    });
    caf::anon_send(
        a, directory_ptr{std::make_shared<directory>(directory{"a", "a", {{"b", link}}, {}})});
    run();
  }

  /// All of a's findings of this check, each with its level and advice.
  std::string said_of(const std::string& check) {
    const auto answer = ask<examination>(a, examine_atom_v, std::string{});
    REQUIRE(answer->reply);
    std::string out;
    for (const auto& each : answer->reply->findings)
      if (each.check == check)
        out += std::string{name_of(each.level)} + ": " + each.says + " -> " + each.advice + "\n";
    return out;
  }
};

bool tells(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a node that is examined has its peers look back") {
  examined_node node;
  std::string asked;
  node.link_b([&](const std::string& towards) {
    asked = towards;
    examination out;
    out.node = "b";
    out.clock_s = 1;
    out.routes = {{"b", "a", "", "Connection timed out", "", "", "", false, 0}};
    return out;
  });
  const auto route = node.said_of("route to b");
  CHECK(asked == "a");
  INFO(route);
  CHECK(tells(route, "problem: a does not reach ports 1 and 2 of b (Connection refused)"));
  CHECK(tells(route, "b does not reach port 7742 of a (Connection timed out)"));
  CHECK(tells(node.said_of("clocks"), "warning: that of b is "));
  CHECK(tells(node.said_of("certificates"), "ok: the first to end is that of a"));
}

TEST_CASE("a peer that cannot say keeps nothing from being said") {
  examined_node node;
  node.link_b([](const std::string&) { return failure("It is too old for that."); });
  CHECK(tells(node.said_of("route to b"), "problem: a does not reach ports 1 and 2 of b"));
  CHECK(tells(node.said_of("members"), "has not measured its speed yet"));
  CHECK(tells(node.said_of("memory"), "ok: not known"));
  CHECK(tells(node.said_of("mDNS"), "ok: this node is told of, and hears of b"));
}

TEST_CASE("a node that is asked about one peer says what it is and whether it reaches that one") {
  examined_node node;
  const auto answer = node.ask<examination>(node.a, examine_atom_v, std::string{"b"});
  REQUIRE(answer->reply);
  CHECK(answer->reply->node == "a");
  CHECK_FALSE(answer->reply->build.empty());
  CHECK(answer->reply->findings.empty());
  REQUIRE(answer->reply->routes.size() == 1);
  CHECK(answer->reply->routes[0].control == "Connection refused");
  // Nobody it knows: nobody it knocks at.
  CHECK(node.ask<examination>(node.a, examine_atom_v, std::string{"c"})->reply->routes.empty());
}
