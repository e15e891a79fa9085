// What nodes tell their network of themselves, and what a node makes of it.
#include <rapidcheck.h>

#include "config/defaults_mdns.hpp"
#include "discovery/mdns/beacon.hpp"
#include "discovery/mdns/mdns.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/mutate.hpp"

using namespace bramble;
using kind_t = mdns_notice::kind_t;
using daemon_t = mdns_view::daemon_t;
using strings = std::vector<std::string>;

namespace {

mdns_notice notice(const std::string& node, kind_t kind = kind_t::node) {
  return {kind, "attic", "8c1fe012", std::string(32, 'a'), node, "0.1.0", 7741};
}

mdns_notice of_another_shelf(const std::string& node) {
  auto out = notice(node);
  out.cluster_id = "00000000";
  return out;
}

sighting seen(const mdns_notice& what, strings hosts = {"10.0.0.7"}) {
  return {what, std::move(hosts)};
}

mdns_view present(std::vector<sighting> all, bool is_published = true) {
  return {daemon_t::present, "", is_published, std::move(all)};
}

/// In place of Avahi.
struct fake_mdns final : mdns {
  struct box {
    changed then;
    std::vector<mdns_announcement> told;
    bool is_there = false;
  };
  explicit fake_mdns(box& where) : box_{where} { box_.is_there = true; }
  ~fake_mdns() override { box_.is_there = false; }
  void tell(const mdns_announcement& what) override { box_.told.push_back(what); }

 private:
  box& box_;
};

/// A node's beacon and what came of it.
struct shining {
  fake_mdns::box network;
  std::vector<std::vector<sighted_node>> sighted;
  strings log;
  beacon one{{notice("me"),
              [this](mdns::changed then) {
                network.then = std::move(then);
                return std::make_unique<fake_mdns>(network);
              },
              [this](const std::vector<sighted_node>& nodes) { sighted.push_back(nodes); },
              [this](const std::string& line) { log.push_back(line); }}};
};

}  // namespace

TEST_CASE("a notice is read back as it was told") {
  for (const auto kind : {kind_t::node, kind_t::invitation}) {
    const auto told = notice("pi1", kind);
    CHECK(read_notice(kind, text_of(told), 7741) == told);
  }
  // Keys of a later version are none of our business.
  auto lines = text_of(notice("pi1"));
  lines.insert(lines.begin(), "colour=red");
  lines.push_back("node=pi2");
  CHECK(read_notice(kind_t::node, lines, 7741) == notice("pi1"));
}

TEST_CASE("what no node says is no notice") {
  const auto with = [](const std::string& key, const std::string& value) {
    auto lines = text_of(notice("pi1"));
    for (auto& line : lines)
      if (line.starts_with(key + "=")) line = key + "=" + value;
    return read_notice(kind_t::node, lines, 7741).has_value();
  };
  CHECK(with("node", "pi-2"));
  CHECK_FALSE(with("form", "2"));
  CHECK_FALSE(with("node", "Pi 2"));
  CHECK_FALSE(with("node", ""));
  CHECK_FALSE(with("cluster", "\x1b[31m"));
  CHECK_FALSE(with("id", "8c1fe01"));
  CHECK_FALSE(with("id", "8C1FE012"));
  CHECK_FALSE(with("authority", std::string(31, 'a')));
  CHECK_FALSE(with("version", "0.1\n0"));
  CHECK_FALSE(with("version", std::string(defaults::mdns_version_longest + 1, '1')));
  CHECK_FALSE(read_notice(kind_t::node, text_of(notice("pi1")), 0));
  CHECK_FALSE(read_notice(kind_t::node, {}, 7741));
}

TEST_CASE("damaged text is a sound notice or none") {
  CHECK(rc::check([] {
    strings lines;
    for (const auto& line : text_of(notice("pi1"))) {
      const auto bytes = *damaged({line.begin(), line.end()});
      lines.emplace_back(bytes.begin(), bytes.end());
    }
    if (const auto read = read_notice(kind_t::node, lines, 7741)) {
      RC_ASSERT(read_notice(kind_t::node, text_of(*read), 7741) == read);
      RC_ASSERT(label_of(*read).size() <= 63U);
    }
  }));
}

TEST_CASE("what people see fits DNS, and differs for two clusters of one name") {
  CHECK(label_of(notice("pi1")) == "pi1 (8c1fe012)");
  CHECK(label_of(notice(std::string(63, 'x'))).size() == 63);
  CHECK(label_of(notice("pi1")) != label_of(of_another_shelf("pi1")));
}

TEST_CASE("one node is one sighting, whatever cards and families it is seen on") {
  sighting_book book;
  const sighting_key wire{2, 0, defaults::mdns_node_type, "pi1"};
  const sighting_key wire6{2, 1, defaults::mdns_node_type, "pi1"};
  const sighting_key wireless{3, 0, defaults::mdns_node_type, "pi1"};
  book.saw(wire6, notice("pi1"), "fe80::1%eth0");
  book.saw(wireless, notice("pi1"), "10.0.1.1");
  book.saw(wire, notice("pi1"), "10.0.0.1");
  book.saw({2, 0, defaults::mdns_node_type, "pi1 #2"}, of_another_shelf("pi1"), "10.0.0.9");
  auto all = book.list();
  REQUIRE(all.size() == 2);
  CHECK(all[1].hosts == strings{"10.0.0.1", "10.0.1.1", "fe80::1%eth0"});
  // DHCP gave it another address.
  book.saw(wire, notice("pi1"), "10.0.0.2");
  book.gone(wireless);
  CHECK(book.list()[1].hosts == strings{"10.0.0.2", "fe80::1%eth0"});
  book.gone(wire);
  book.gone(wire6);
  CHECK(book.list().size() == 1);
}

TEST_CASE("nobody on the network makes the book grow without end") {
  sighting_book book;
  for (int i = 0; i < 1000; ++i)
    book.saw({i, 0, defaults::mdns_node_type, "x"}, notice("pi1"), "10.0.0." + std::to_string(i));
  REQUIRE(book.list().size() == 1);
  CHECK(book.list()[0].hosts.size() == defaults::sighting_hosts_most);
  CHECK_FALSE(book.saw({1000, 0, defaults::mdns_node_type, "x"}, notice("pi1"), "10.0.0.1"));
  CHECK(book.saw({0, 0, defaults::mdns_node_type, "x"}, notice("pi1"), "10.0.0.1"));
}

TEST_CASE("a node is told of on the cards that lead to others, and again when they change") {
  shining node;
  node.one.move({"eth0"});
  node.one.move({"eth0", "wlan0"});
  REQUIRE(node.network.told.size() == 2);
  CHECK(node.network.told[0] == mdns_announcement{notice("me"), {"eth0"}});
  CHECK(node.network.told[1].cards == strings{"eth0", "wlan0"});
}

TEST_CASE("members that are seen are handed on, each once, and nobody else") {
  shining node;
  const auto view = present({seen(notice("a")), seen(notice("a"), {"10.0.0.66"}), seen(notice("b")),
                             seen(of_another_shelf("c")), seen(notice("me")),
                             seen(notice("d", kind_t::invitation))});
  node.network.then(view);
  REQUIRE(node.sighted.size() == 1);
  CHECK(node.sighted[0] ==
        std::vector<sighted_node>{{"a", {"10.0.0.7"}, 7741}, {"b", {"10.0.0.7"}, 7741}});
  node.network.then(view);
  CHECK(node.sighted.size() == 1);
  node.network.then(present({seen(notice("b"))}));
  CHECK(node.sighted.at(1).size() == 1);
  node.network.then({daemon_t::absent, "it went", false, {}});
  CHECK(node.sighted.at(2).empty());
}

TEST_CASE("that there is no daemon is said once, and what it is good for") {
  shining node;
  for (int i = 0; i < 3; ++i) {
    node.network.then({daemon_t::absent, "the Avahi daemon does not run", false, {}});
    node.network.then(present({}));
  }
  REQUIRE(node.log.size() == 2);
  CHECK(contains(node.log[0], "the Avahi daemon does not run"));
  CHECK(contains(node.log[0], "apt install avahi-daemon"));
  CHECK(node.log[1] == "told of by mDNS as \"me (8c1fe012)\"");
}

TEST_CASE("why a node is not told of is said once for each cause") {
  shining node;
  const mdns_view refused{daemon_t::present, "Not permitted", false, {}};
  node.network.then(refused);
  node.network.then(refused);
  CHECK(node.log == strings{"this node is not told of by mDNS: Not permitted"});
}

TEST_CASE("the end of a beacon takes back what was told") {
  fake_mdns::box network;
  {
    const beacon one{{notice("me"),
                      [&](mdns::changed) { return std::make_unique<fake_mdns>(network); },
                      [](const auto&) {}, [](const auto&) {}}};
    CHECK(network.is_there);
  }
  CHECK_FALSE(network.is_there);
}

TEST_CASE("what a view means for one node") {
  auto facts =
      facts_of(present({seen(notice("a")), seen(notice("me")), seen(of_another_shelf("me")),
                        seen(notice("a", kind_t::invitation))}),
               notice("me"));
  CHECK(facts.has_daemon);
  CHECK(facts.is_self_seen);
  REQUIRE(facts.peers.size() == 1);
  CHECK(facts.peers[0].what.node == "a");
  CHECK(facts.strangers.size() == 1);
  facts = facts_of({daemon_t::absent, "the Avahi daemon does not run", false, {}}, notice("me"));
  CHECK(facts == mdns_facts{false, "the Avahi daemon does not run", false, {}, {}});
}

TEST_CASE("one shelf goes on under another authority") {
  auto later = notice("pi2");
  later.authority = std::string(32, 'b');
  CHECK(is_same_shelf(notice("pi1"), later));
  CHECK_FALSE(is_same_shelf(notice("pi1"), of_another_shelf("pi1")));
}
