// What a node does about each event that concerns who is in its cluster.
#include "discovery/member_book.hpp"

#include "config/defaults.hpp"
#include "config/defaults_addresses.hpp"
#include "config/defaults_operating.hpp"
#include "tests/support/book_keeper.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;
using namespace bramble::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

using texts = std::vector<std::string>;

std::uint64_t instance_of(const std::string& name) {
  return static_cast<std::uint64_t>(name.back());
}

/// At an address of its own, by its last letter.
member node_named(const std::string& name) {
  member out;
  out.name = name;
  out.addresses = {"10.0.1." + std::to_string(name.back())};
  out.control_port = 7741;
  out.data_port = 7742;
  out.boot = 1;
  out.instance = instance_of(name);
  return out;
}

member_book_config config_of_b() {
  member_book_config out;
  out.self = node_named("b");
  out.machine.addresses = out.self.addresses;
  return out;
}

/// Node b, and what it hears of others.
struct keeper_of_b : book_keeper {
  explicit keeper_of_b(const member_book_config& config = config_of_b()) : book_keeper{config} {}

  const member_actions& hear(const std::vector<member>& members, const std::string& sender = "",
                             bool drained = false) {
    member_event::gossip_heard news;
    for (const auto& each : members) news.view.members.emplace(each.name, each);
    news.sender = sender;
    news.drained = drained;
    return happen(news);
  }

  const member_actions& tick(seconds after = seconds{1}) {
    now += after;
    return happen(member_event::tick{1'000'000});
  }

  /// Members, with links that are up.
  void know(const texts& names) {
    for (const auto& name : names) {
      hear({node_named(name)});
      connect(name, instance_of(name));
    }
  }
};

offered_node offer_of(const std::string& name) {
  return {name, instance_of(name), node_named(name), "10.0.2.1", "10.0.1.98"};
}

std::set<std::string> names_of(const std::map<std::string, link_number>& links) {
  std::set<std::string> out;
  for (const auto& [name, link] : links) out.insert(name);
  return out;
}

}  // namespace

TEST_CASE("a node that starts knows itself, and dials nobody before its first tick") {
  auto config = config_of_b();
  config.join = {{"10.0.0.1", 7741}};
  keeper_of_b b{config};
  REQUIRE(b.done.size() == 1);
  CHECK(b.directory.coordinator == "b");
  CHECK(b.directory.links.empty());
  b.tick();
  REQUIRE(b.has<member_action::open_link>());
  CHECK(b.all<member_action::open_link>()[0].hosts == texts{"10.0.0.1"});
}

TEST_CASE("whoever gossip tells of gets a link and a data link, but not this node itself") {
  keeper_of_b b;
  b.hear({node_named("a"), node_named("b")});
  const auto opened = b.all<member_action::open_link>();
  REQUIRE(opened.size() == 1);
  CHECK(opened[0].expected == "a");
  CHECK(opened[0].hosts == texts{"10.0.1.97"});
  CHECK_FALSE(opened[0].awaits_offer);
  CHECK(b.data_peers == std::set<std::string>{"a"});
  b.hear({node_named("a")});
  CHECK_FALSE(b.has<member_action::open_link>());
}

TEST_CASE("gossip that no honest node sends is a line in the log") {
  keeper_of_b b;
  auto liar = node_named("a");
  liar.addresses = {"nowhere"};
  b.hear({liar}, "c", true);
  REQUIRE(b.done.size() == 1);
  CHECK(contains(b.all<member_action::say>().at(0).text, "gossip from c"));
  CHECK(b.book.view().members.size() == 1);
}

TEST_CASE("a link that is up is published, and where it got through is tried first") {
  keeper_of_b b;
  b.hear({node_named("a")});
  b.connect("a", instance_of("a"));
  CHECK(names_of(b.directory.links) == std::set<std::string>{"a"});
  CHECK(b.directory.coordinator == "a");
  CHECK(b.all<member_action::gossip_with>().at(0).name == "a");
  CHECK(b.all<member_action::expect_data_peer>().at(0).name == "a");
  CHECK(b.all<member_action::add_data_peer>().at(0).hosts == texts{"10.0.0.9", "10.0.1.97"});
  // The news of one that was closed meanwhile came late.
  b.happen(member_event::link_up{77, "a", instance_of("a"), ""});
  CHECK(b.done.empty());
}

TEST_CASE("a link that is lost is published, and told to those who use the data link") {
  keeper_of_b b;
  b.know({"a"});
  b.hear({}, "a");
  b.lose("a");
  CHECK(b.directory.links.empty());
  CHECK(b.directory.coordinator == "b");
  CHECK(b.all<member_action::report_lost>().at(0).reason == "it broke.");
  CHECK(b.reports.empty());
  CHECK(b.book.view().members.at("a").state == member::state_t::failed);
  CHECK(b.open.size() == 1);  // it goes on trying
  b.lose("a");
  CHECK(b.all<member_action::say>().at(0).text ==
        "cannot reach a at 10.0.0.9 port 7741: it broke.");
  CHECK(b.book.absences(b.now).size() == 1);
  b.connect("a", instance_of("a"));
  CHECK(b.book.absences(b.now).empty());
}

TEST_CASE("one that left loses its link at once and its data link when it had time to finish") {
  keeper_of_b b;
  b.know({"a"});
  auto gone = node_named("a");
  gone.incarnation = 1;
  gone.state = member::state_t::left;
  b.hear({gone});
  CHECK(b.open.empty());
  CHECK(b.directory.links.empty());
  b.tick(defaults::left_linger - seconds{1});
  CHECK(b.data_peers.count("a") == 1);
  b.tick();
  CHECK(b.data_peers.empty());
}

TEST_CASE("one that failed and is forgotten loses its links") {
  keeper_of_b b;
  b.know({"a"});
  b.lose("a");
  b.tick();
  CHECK(b.open.size() == 1);
  b.tick(defaults::forget_failed_after);
  CHECK(b.open.empty());
  CHECK(b.data_peers.empty());
}

TEST_CASE("a member that moved is looked for where it is now") {
  keeper_of_b b;
  b.know({"a"});
  b.hear({node_named("c")});
  const auto unconnected = b.link_to("c");
  auto a = node_named("a");
  auto c = node_named("c");
  a.incarnation = c.incarnation = 1;
  a.addresses = {"10.0.3.1"};
  c.addresses = {"10.0.3.3"};
  b.hear({a, c});
  // A link that is up goes on, and may need the new address later.
  const auto told = b.all<member_action::redirect_link>();
  REQUIRE(told.size() == 1);
  CHECK(told[0].link == b.link_to("a"));
  CHECK(told[0].hosts == texts{"10.0.0.9", "10.0.3.1"});
  CHECK(b.open.count(unconnected) == 0);
  CHECK(b.open.at(b.link_to("c")).hosts == texts{"10.0.3.3"});
}

TEST_CASE("a node that dials gets a link that waits for it, and its answer last") {
  keeper_of_b b;
  b.happen(member_event::offered{offer_of("a")});
  const auto opened = b.all<member_action::open_link>();
  REQUIRE(opened.size() == 1);
  CHECK(opened[0].awaits_offer);
  CHECK(opened[0].hosts == texts{"10.0.2.1", "10.0.1.97"});
  CHECK(b.all<member_action::adopt_offer>().at(0).link == opened[0].link);
  CHECK(std::holds_alternative<member_action::admit_offer>(b.done.back()));
  CHECK(b.book.view().members.count("a") == 1);
  // The one who dials for the second time has its link already.
  b.happen(member_event::offered{offer_of("a")});
  CHECK_FALSE(b.has<member_action::open_link>());
  CHECK(b.all<member_action::adopt_offer>().at(0).link == opened[0].link);
}

TEST_CASE("this node by another address is let in and gets no link; another of its name is not") {
  keeper_of_b b;
  b.happen(member_event::offered{offer_of("b")});
  REQUIRE(b.done.size() == 1);
  CHECK(b.has<member_action::admit_offer>());
  auto rival = offer_of("b");
  rival.instance = 7;
  b.happen(member_event::offered{rival});
  const auto why = b.all<member_action::refuse_offer>().at(0).why;
  CHECK(contains(why, "b is the name of the machine at 10.0.1.98:7741"));
  CHECK(contains(why, "bramble keys"));
  CHECK(contains(b.all<member_action::say>().at(0).text, "refuses b at 10.0.2.1"));
  CHECK(b.book.absences(b.now).size() == 1);
  CHECK(b.open.empty());
}

TEST_CASE("a second machine of a name is told from one that started again by the first one") {
  keeper_of_b b;
  b.know({"a"});
  auto rival = offer_of("a");
  rival.instance = rival.where.instance = 7;
  rival.where.boot = 2;
  b.happen(member_event::offered{rival});
  CHECK(b.all<member_action::ask_holder>().at(0).link == b.link_to("a"));
  CHECK_FALSE(b.has<member_action::adopt_offer>());
  b.happen(member_event::holder_answered{rival, instance_of("a")});
  CHECK(contains(b.all<member_action::refuse_offer>().at(0).why, "machine at 10.0.0.9:7741"));
  b.happen(member_event::holder_answered{rival, 7});  // the link leads to it by now
  CHECK(b.has<member_action::adopt_offer>());
  b.happen(member_event::holder_silent{rival});
  CHECK(b.has<member_action::adopt_offer>());
  // Until its link is up, the name means another machine than the one we are connected to.
  CHECK(b.directory.links.empty());
  b.connect("a", 7);
  CHECK(names_of(b.directory.links) == std::set<std::string>{"a"});
}

TEST_CASE("who is drained is published, and told to the peers at once") {
  keeper_of_b b;
  b.know({"a", "c"});
  b.happen(member_event::drain_changed{true});
  CHECK(b.directory.drained == std::set<std::string>{"b"});
  CHECK(b.all<member_action::gossip_with>().size() == 2);
  b.happen(member_event::drain_changed{true});
  CHECK(b.done.empty());
  b.hear({}, "c", true);
  CHECK(b.directory.drained == std::set<std::string>{"b", "c"});
  b.hear({}, "c", true);
  CHECK_FALSE(b.has<member_action::publish_directory>());
  CHECK(b.has<member_action::keep_report>());
  b.happen(member_event::drain_changed{false});
  CHECK(b.directory.drained == std::set<std::string>{"c"});
}

TEST_CASE("news of this node go to those who are connected") {
  keeper_of_b b;
  b.know({"a"});
  b.hear({node_named("c")});
  b.happen(member_event::news_of_self{});
  REQUIRE(b.done.size() == 1);
  CHECK(b.all<member_action::gossip_with>().at(0).name == "a");
}

TEST_CASE("new addresses are told to peers and to those that are dialled") {
  auto config = config_of_b();
  config.join = {{"10.0.0.1", 7741}};
  keeper_of_b b{config};
  b.know({"a"});
  b.tick();
  b.happen(member_event::addresses_changed{{{"10.0.7.7"}, {"eth1"}}});
  CHECK(b.book.self().addresses == texts{"10.0.7.7"});
  CHECK(b.book.view().members.at("b") == b.book.self());
  CHECK(b.all<member_action::introduce_anew>().size() == 2);
  CHECK(b.all<member_action::gossip_with>().size() == 1);
  // Another card alone is nothing to tell; link-local addresses are tried through it.
  auto c = node_named("c");
  c.addresses = {"fe80::1"};
  b.hear({c});
  b.happen(member_event::addresses_changed{{{"10.0.7.7"}, {"eth2"}}});
  CHECK_FALSE(b.has<member_action::introduce_anew>());
  CHECK(b.all<member_action::add_data_peer>().back().hosts == texts{"fe80::1%eth2"});
}

TEST_CASE("a member that is gone can be forgotten, and everybody hears of it") {
  keeper_of_b b;
  b.know({"a", "c"});
  CHECK(contains(b.book.why_not_forgotten("a"), "`stop a`"));
  CHECK(contains(b.book.why_not_forgotten("b"), "this node itself"));
  CHECK(contains(b.book.why_not_forgotten("z"), "nobody has failed or left"));
  b.happen(member_event::forget_asked{"a"});
  CHECK(b.book.view().members.at("a").state == member::state_t::alive);
  b.lose("a");
  CHECK(contains(b.book.why_not_forgotten("z"), "a has failed or left"));
  CHECK(b.book.why_not_forgotten("a").empty());
  b.happen(member_event::forget_asked{"a"});
  CHECK(b.book.told_to("c").members.at("a").state == member::state_t::forgotten);
  CHECK(b.all<member_action::gossip_with>().at(0).name == "c");
  CHECK(b.all<member_action::remove_data_peer>().at(0).name == "a");
  CHECK_FALSE(b.book.links().has("a"));
  b.tick();
  CHECK_FALSE(b.has<member_action::open_link>());  // nobody looks for it
  // In the end it is not known at all; and it may come back all the same.
  b.now += defaults::forget_by_hand_after;
  b.tick();
  CHECK(b.book.view().members.count("a") == 0);
  auto back = node_named("a");
  back.boot = 99;
  b.hear({back});
  CHECK(b.book.links().has("a"));
}

TEST_CASE("a farewell is for all who are connected, and sends clients to the first of them") {
  keeper_of_b b;
  b.happen(member_event::leaving{});
  CHECK_FALSE(b.all<member_action::say_farewell>().at(0).other);
  CHECK(b.book.view().members.at("b").state == member::state_t::left);
  keeper_of_b with_others;
  with_others.know({"c", "d"});
  with_others.happen(member_event::leaving{});
  const auto farewell = with_others.all<member_action::say_farewell>().at(0);
  CHECK(names_of(farewell.peers) == std::set<std::string>{"c", "d"});
  CHECK(to_string(*farewell.other) == "10.0.0.9:7741");
}
