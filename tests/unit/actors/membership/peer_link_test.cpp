#include "actors/membership/peer_link.hpp"

#include "config/defaults.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/remote_node.hpp"

using namespace bramble;
using namespace bramble::test;
using namespace std::chrono_literals;

namespace {

struct network : actor_fixture {
  script_ptr script = std::make_shared<remote_script>();
  std::string own_name = "pi1";
  std::vector<std::string> hosts{"host"};
  std::shared_ptr<std::vector<std::string>> heard = std::make_shared<std::vector<std::string>>();

  caf::actor start_remote() {
    script->node = system.spawn(remote_node, script);
    return spawn_handle(script->node);
  }
  caf::actor spawn_handle(const node_actor& node) { return caf::actor_cast<caf::actor>(node); }

  peer_link_actor start_link(const std::string& expected) {
    auto s = script;
    auto log = heard;
    peer_link_config config;
    config.where = {hosts, 1};
    config.expected = expected;
    config.me.who = hello_of(own_name);
    config.owner = fake<link_owner>([=](caf::event_based_actor*) -> caf::behavior {
      return {[=](const link_up& up) { log->push_back("up " + up.peer.name); },
              [=](const link_lost& lost) { log->push_back("lost " + lost.name); }};
    });
    config.dialer = fake<dialer_actor>([=](caf::event_based_actor*) -> caf::behavior {
      return {[=](knock_atom, const places&) {
                ++s->knocks;
                return false;
              },
              [=](seek_atom, const places& where) {
                s->sought.push_back(where.hosts);
                return reached_place{where.hosts.front(), "10.0.0.1"};
              },
              [=](dial_atom, const std::string&, std::uint16_t) -> caf::result<node_actor> {
                ++s->dials;
                if (s->refusals > 0) {
                  --s->refusals;
                  return failure("Connection refused.");
                }
                return s->node;
              }};
    });
    auto link = spawn(peer_link, config);
    run();
    return link;
  }
};

}  // namespace

TEST_CASE("a refused dial is tried again with doubled pauses") {
  network n;
  const auto remote = n.start_remote();
  n.script->refusals = 3;
  n.start_link("pi2");
  CHECK(n.script->dials == 1);
  n.pass(defaults::dial_backoff_first - 1ms);
  CHECK(n.script->dials == 1);
  n.pass(1ms);
  CHECK(n.script->dials == 2);
  n.pass(2 * defaults::dial_backoff_first);
  CHECK(n.script->dials == 3);
  n.pass(4 * defaults::dial_backoff_first);
  CHECK(n.script->dials == 4);
  CHECK(n.heard->back() == "up pi2");
  caf::anon_send_exit(remote, caf::exit_reason::kill);
}

TEST_CASE(
    "a request in flight is answered when the peer dies, once, and the link is dialled again") {
  network n;
  const auto remote = n.start_remote();
  const auto link = n.start_link("pi2");
  n.script->silent = true;
  const auto answer = n.ask<gossip>(link, gossip_atom_v, gossip{});
  CHECK_FALSE(answer->answered());
  caf::anon_send_exit(remote, caf::exit_reason::kill);
  n.run();
  CHECK(answer->error == "The connection to pi2 was lost: it went away.");
  CHECK(n.heard->back() == "lost pi2");

  n.script->silent = false;
  const auto again = n.start_remote();
  n.pass(defaults::dial_backoff_first);
  CHECK(n.heard->back() == "up pi2");
  CHECK(n.ask<gossip>(link, gossip_atom_v, gossip{})->reply.has_value());
  caf::anon_send_exit(again, caf::exit_reason::kill);
}

TEST_CASE("a request to a peer that is not connected fails at once") {
  network n;
  n.script->refusals = 1000;
  const auto link = n.start_link("pi2");
  CHECK(n.ask<plan>(link, plan_atom_v, plan_query{})->error == "There is no connection to pi2.");
}

TEST_CASE("a silent peer is given up after the time its request may take") {
  network n;
  const auto remote = n.start_remote();
  const auto link = n.start_link("pi2");
  n.script->silent = true;
  const auto answer = n.ask<gossip>(link, gossip_atom_v, gossip{});
  n.pass(defaults::gossip_timeout - 1ms);
  CHECK_FALSE(answer->answered());
  n.pass(1ms);
  CHECK(answer->error == "The node did not answer in time.");
  caf::anon_send_exit(remote, caf::exit_reason::kill);
}

TEST_CASE("another name, cluster or protocol than expected is no peer") {
  network n;
  const auto remote = n.start_remote();
  n.script->me = hello_of("pi3");
  n.start_link("pi2");
  CHECK(n.heard->back() == "lost ");
  n.script->me = hello_of("pi2");
  n.script->me.cluster = "other";
  n.pass(defaults::dial_backoff_first);
  CHECK(n.heard->back() == "lost ");
  n.script->me = hello_of("pi2");
  n.script->me.protocol = 99;
  n.pass(2 * defaults::dial_backoff_first);
  CHECK(n.heard->back() == "lost ");
  n.script->me = hello_of("pi2");
  n.pass(4 * defaults::dial_backoff_first);
  CHECK(n.heard->back() == "up pi2");
  caf::anon_send_exit(remote, caf::exit_reason::kill);
}

TEST_CASE("the one with the larger name waits to be called, and dials when nobody does") {
  network n;
  n.own_name = "pi3";
  const auto remote = n.start_remote();
  const auto link = n.start_link("pi2");
  CHECK(n.script->dials == 0);
  SECTION("it is called") {
    caf::anon_send(link, adopt_atom::value, n.script->node, hello_of("pi2"));
    n.run();
    CHECK(n.heard->back() == "up pi2");
    n.pass(2 * defaults::dial_courtesy);
    CHECK(n.script->dials == 0);
  }
  SECTION("it is not") {
    n.pass(defaults::dial_courtesy);
    CHECK(n.script->dials == 1);
    CHECK(n.heard->back() == "up pi2");
  }
  caf::anon_send_exit(remote, caf::exit_reason::kill);
}

TEST_CASE("one that waits to be called again knocks until it is") {
  network n;
  n.own_name = "pi3";
  const auto remote = n.start_remote();
  const auto link = n.start_link("pi2");
  caf::anon_send(link, adopt_atom::value, n.script->node, hello_of("pi2"));
  n.run();
  n.pass(defaults::dial_backoff_last);
  CHECK(n.script->knocks == 0);
  caf::anon_send_exit(remote, caf::exit_reason::kill);
  n.run();
  CHECK(n.script->knocks == 1);
  n.pass(defaults::dial_backoff_last);
  CHECK(n.script->knocks == 2);
  CHECK(n.script->dials == 0);
  const auto back = n.start_remote();
  caf::anon_send(link, adopt_atom::value, n.script->node, hello_of("pi2"));
  n.run();
  n.pass(10 * defaults::dial_backoff_last);
  CHECK(n.script->knocks == 2);
  caf::anon_send_exit(back, caf::exit_reason::kill);
}

TEST_CASE("who answers in place of the peer is not tried first again") {
  network n;
  const auto remote = n.start_remote();
  n.script->me = hello_of("pi3");
  n.hosts = {"10.0.0.2", "10.0.0.3"};
  n.start_link("pi2");
  n.pass(defaults::dial_backoff_first);
  REQUIRE(n.script->sought.size() == 2);
  CHECK(n.script->sought[0] == std::vector<std::string>{"10.0.0.2", "10.0.0.3"});
  CHECK(n.script->sought[1] == std::vector<std::string>{"10.0.0.3", "10.0.0.2"});
  caf::anon_send_exit(remote, caf::exit_reason::kill);
}

TEST_CASE("a link looks for its peer where it is said to be now, and says where it comes from") {
  network n;
  n.script->refusals = 1;
  const auto remote = n.start_remote();
  const auto link = n.start_link("pi2");
  caf::anon_send(link, places{{"10.0.0.9"}, 1});
  member me;
  me.name = "pi1";
  me.addresses = {"10.0.0.1", "127.0.0.1"};
  caf::anon_send(link, introduction{hello_of("pi1"), me});
  n.pass(defaults::dial_backoff_first);
  CHECK(n.script->sought.back() == std::vector<std::string>{"10.0.0.9"});
  CHECK(n.script->introduced.from == "10.0.0.1");
  CHECK(n.script->introduced.to == "10.0.0.9");
  // Its loopback address means another machine there.
  CHECK(n.script->introduced.where.addresses == std::vector<std::string>{"10.0.0.1"});
  caf::anon_send_exit(remote, caf::exit_reason::kill);
}

TEST_CASE("a peer that is back before its old connection broke takes over the link") {
  network n;
  const auto old = n.start_remote();
  const auto link = n.start_link("pi2");
  n.script->silent = true;
  const auto stuck = n.ask<gossip>(link, gossip_atom_v, gossip{});
  n.script->silent = false;
  const auto fresh = n.start_remote();
  caf::anon_send(link, adopt_atom::value, n.script->node, hello_of("pi2"));
  n.run();
  CHECK(stuck->error == "The connection to pi2 was lost: it connected anew.");
  caf::anon_send_exit(old, caf::exit_reason::kill);
  n.run();
  CHECK(n.heard->back() == "up pi2");
  CHECK(n.ask<gossip>(link, gossip_atom_v, gossip{})->reply.has_value());
  caf::anon_send_exit(fresh, caf::exit_reason::kill);
}
