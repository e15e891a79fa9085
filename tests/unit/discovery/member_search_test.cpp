// How a node finds its shelf: at addresses that it was given, and where it met the others before.
#include "config/defaults.hpp"
#include "config/defaults_addresses.hpp"
#include "discovery/member_book.hpp"
#include "tests/support/book_keeper.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;
using namespace bramble::test;
using std::chrono::seconds;

namespace {

const endpoint given{"10.0.0.1", 7741};

member found_node(const std::string& name) {
  member out;
  out.name = name;
  out.addresses = {"10.0.1.7"};
  out.control_port = 7741;
  out.data_port = 7742;
  return out;
}

/// Node "me", which looks for others.
struct seeker : book_keeper {
  explicit seeker(std::vector<endpoint> join,
                  std::map<std::string, remembered_peer> remembered = {})
      : book_keeper{{found_node("me"), std::move(join), "", {}, {"", std::move(remembered)}}} {}

  /// The links that the first or next tick opened.
  std::vector<member_action::open_link> tick(seconds after = seconds{1}) {
    now += after;
    happen(member_event::tick{1});
    return all<member_action::open_link>();
  }

  const member_actions& hear(const member& whom) {
    member_event::gossip_heard news;
    news.view.members.emplace(whom.name, whom);
    return happen(news);
  }
};

}  // namespace

TEST_CASE("an address to join is tried by one link until it has a node, and again without it") {
  seeker s{{given, given}};
  const auto opened = s.tick();
  REQUIRE(opened.size() == 1);
  CHECK(opened[0].expected.empty());
  CHECK(s.tick().empty());
  s.happen(member_event::link_lost{opened[0].link, "", "No route to host.", "10.0.0.1 port 7741"});
  CHECK(s.all<member_action::say>().at(0).text ==
        "cannot join 10.0.0.1 port 7741: No route to host.");
  s.happen(member_event::link_up{opened[0].link, "a", 1, "10.0.0.1"});
  CHECK(s.book.absences(s.now).empty());
  CHECK(s.link_to("a") == opened[0].link);
  CHECK(s.directory.links.count("a") == 1);
  s.hear(found_node("a"));
  CHECK(s.tick().empty());
  // The address may lead to where it moved.
  CHECK(s.all<member_action::add_data_peer>().at(0).hosts ==
        std::vector<std::string>{"10.0.0.1", "10.0.1.7"});
  s.lose("a");
  CHECK(s.tick(defaults::forget_failed_after).empty());
  const auto anew = s.tick(defaults::forget_failed_after);
  REQUIRE(anew.size() == 2);
  CHECK(anew[0].expected.empty());
  CHECK(anew[1].expected == "a");  // which it met at another address as well
}

TEST_CASE("a link that finds this node itself, or one that is connected, is closed") {
  seeker s{{given}};
  s.happen(member_event::link_up{s.tick().at(0).link, "me", 1, "10.0.0.1"});
  CHECK(s.open.empty());
  REQUIRE(s.has<member_action::say>());
  CHECK(s.all<member_action::say>()[0].text ==
        "cannot join 10.0.0.1:7741: that is this node itself; give the address of another one.");
  CHECK(s.tick().empty());
  seeker other{{given}};
  const auto search = other.tick().at(0).link;
  other.hear(found_node("a"));
  other.connect("a", 0);
  other.happen(member_event::link_up{search, "a", 0, "10.0.0.1"});
  CHECK(other.open.count(search) == 0);
  CHECK(other.open.size() == 1);
}

TEST_CASE("a link that got through takes the place of one to the same node that did not") {
  seeker s{{given}};
  const auto search = s.tick().at(0).link;
  s.hear(found_node("a"));
  const auto slower = s.link_to("a");
  s.happen(member_event::link_up{search, "a", 0, "10.0.0.1"});
  CHECK(s.open.count(slower) == 0);
  CHECK(s.link_to("a") == search);
  CHECK(s.directory.links.at("a") == search);
}

TEST_CASE("members of an earlier life are looked for until somebody speaks of them") {
  const remembered_peer place{{"10.0.0.7", "10.0.0.8"}, 7000, 1};
  seeker s{{}, {{"a", place}, {"c", place}, {"me", place}}};
  const auto opened = s.tick();
  REQUIRE(opened.size() == 2);
  CHECK(opened[0].expected == "a");
  CHECK(opened[0].hosts == place.addresses);
  CHECK(opened[0].port == 7000);
  CHECK(opened[0].is_remembered);
  CHECK(s.tick().empty());
  s.hear(found_node("a"));  // which brings a link of its own
  s.tick();
  CHECK(s.open.count(opened[0].link) == 0);
  CHECK(s.open.count(s.link_to("a")) == 1);
  s.happen(member_event::link_up{opened[1].link, "c", 0, "10.0.0.7"});
  CHECK(s.link_to("c") == opened[1].link);
}

TEST_CASE("what --join leads to has time to tell of the members of an earlier life") {
  seeker s{{given}, {{"a", {{"10.0.0.7"}, 7741, 1}}}};
  CHECK(s.tick().size() == 1);
  CHECK(s.tick(defaults::recall_after - seconds{1}).empty());
  CHECK(s.tick().at(0).expected == "a");
}

TEST_CASE("members that are told of on the network are looked for there, by their names") {
  seeker s{{}};
  s.happen(member_event::sighted{
      {{"a", {"10.0.0.7", "fe80::7%eth0"}, 7000}, {"me", {"10.0.0.1"}, 7741}}});
  CHECK(s.open.empty());  // with the next tick: nobody is dialled before this node is there
  const auto opened = s.tick();
  REQUIRE(opened.size() == 1);
  CHECK(opened[0].expected == "a");
  CHECK(opened[0].hosts == std::vector<std::string>{"10.0.0.7", "fe80::7%eth0"});
  CHECK(opened[0].port == 7000);
  CHECK(opened[0].is_remembered);
  CHECK(s.tick().empty());

  // It got another address: the same link goes on there.
  s.happen(member_event::sighted{{{"a", {"10.0.0.8"}, 7001}}});
  const auto moved = s.all<member_action::redirect_link>();
  REQUIRE(moved.size() == 1);
  CHECK(moved[0].link == opened[0].link);
  CHECK(moved[0].hosts == std::vector<std::string>{"10.0.0.8"});
  CHECK(moved[0].port == 7001);
  s.happen(member_event::sighted{{{"a", {"10.0.0.8"}, 7001}}});
  CHECK(s.done.empty());

  // What anybody can say is no line in the log.
  s.happen(member_event::link_lost{opened[0].link, "", "silence", "10.0.0.8 port 7001"});
  CHECK(s.done.empty());
  CHECK(s.book.absences(s.now).empty());

  s.happen(member_event::sighted{});
  s.tick();
  CHECK(s.open.empty());
}

TEST_CASE("a link that a sighting led to becomes the member's") {
  seeker s{{}};
  s.happen(member_event::sighted{{{"a", {"10.0.0.7"}, 7741}}});
  const auto opened = s.tick();
  s.happen(member_event::link_up{opened.at(0).link, "a", 1, "10.0.0.7"});
  s.happen(member_event::sighted{});
  s.hear(found_node("a"));
  s.tick();
  CHECK(s.open.count(opened[0].link) == 1);
  CHECK(s.link_to("a") == opened[0].link);
}

TEST_CASE("one of an earlier life that is told of elsewhere is looked for at both places") {
  const remembered_peer place{{"10.0.0.7"}, 7000, 1};
  seeker s{{}, {{"a", place}, {"b", place}}};
  s.happen(member_event::sighted{{{"a", {"10.0.0.9"}, 7000}, {"b", {"10.0.0.9"}, 7741}}});
  const auto opened = s.tick();
  REQUIRE(opened.size() == 2);
  CHECK(opened[0].hosts == std::vector<std::string>{"10.0.0.9", "10.0.0.7"});
  CHECK(opened[1].hosts == std::vector<std::string>{"10.0.0.9"});  // it listens at another port now
  CHECK(opened[1].port == 7741);
  // Silence on the network is no reason to forget it.
  s.happen(member_event::sighted{});
  CHECK(s.all<member_action::redirect_link>().size() == 2);
  s.tick();
  CHECK(s.open.size() == 2);
}

TEST_CASE("a member that is told of elsewhere is tried there too") {
  seeker s{{}};
  s.hear(found_node("a"));
  s.happen(member_event::sighted{{{"a", {"10.0.0.9"}, 7741}}});
  const auto moved = s.all<member_action::redirect_link>();
  REQUIRE(moved.size() == 1);
  CHECK(moved[0].hosts == std::vector<std::string>{"10.0.1.7", "10.0.0.9"});
  // Another port is another node's, or somebody's joke: where it is, is what it told us itself.
  s.happen(member_event::sighted{{{"a", {"10.0.0.9"}, 7000}}});
  CHECK(s.all<member_action::redirect_link>().at(0).hosts == std::vector<std::string>{"10.0.1.7"});
}

TEST_CASE("of many names that are told of only so many are looked for") {
  seeker s{{}};
  member_event::sighted crowd;
  for (int i = 0; i < 1000; ++i)
    crowd.nodes.push_back({"n" + std::to_string(i), {"10.0.0.7"}, 7741});
  s.happen(crowd);
  CHECK(s.tick().size() == defaults::sighted_nodes_most);
}

TEST_CASE("where members are is kept for the disk when it is news") {
  seeker s{{}};
  s.hear(found_node("a"));
  s.tick();
  REQUIRE(s.has<member_action::remember_peers>());
  CHECK(contains(s.all<member_action::remember_peers>()[0].text, "10.0.1.7"));
  s.tick();
  CHECK_FALSE(s.has<member_action::remember_peers>());
  s.connect("a", 0);
  s.tick();
  REQUIRE(s.has<member_action::remember_peers>());
  CHECK(contains(s.all<member_action::remember_peers>()[0].text, "10.0.0.9"));
}
