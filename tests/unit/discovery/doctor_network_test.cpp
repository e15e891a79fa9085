// Faults of cards and of the routes between nodes, and the sentence that names each. Those that
// need a network are in tests/shelf/doctor_network.py.
#include "config/base/files.hpp"
#include "discovery/doctor/check_network.hpp"
#include "discovery/doctor/read_network.hpp"
#include "tests/support/finding_checks.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;
using namespace bramble::test;
using level_t = finding::level_t;

namespace {

/// A card in a tree that stands for /sys and /proc.
struct fake_cards {
  temporary_folder folder;
  void write(const std::string& file, const std::string& text) const {
    const auto path = folder.path() / file;
    std::filesystem::create_directories(path.parent_path());
    write_file_atomically(path, as_bytes(text));
  }
  void plug(const std::string& name, const std::string& speed) const {
    const auto card = "sys/class/net/" + name + "/";
    write(card + "operstate", "up\n");
    write(card + "speed", speed + "\n");
    write(card + "duplex", "full\n");
    write(card + "mtu", "1500\n");
    write(card + "device/vendor", "x\n");
    write(card + "statistics/rx_packets", "1000000\n");
    write(card + "statistics/tx_packets", "1000000\n");
    write(card + "statistics/rx_errors", "0\n");
  }
  std::vector<finding> findings() const {
    return check_cards(read_cards(folder.path(), [](const std::string&) { return 1000.0; }));
  }
};

node_route open_route(const std::string& from, const std::string& to) {
  return {from, to, "", "", "10.0.0.1", "10.0.0.2", "eth0", false, 1000};
}

/// pi1, which is asked, and pi2, a Gigabit cable between them.
network_facts two_nodes() {
  network_facts out;
  out.self = "pi1";
  out.control_port = 7741, out.data_port = 7742;
  card_facts card;
  card.name = "eth0", card.is_up = card.is_real = true;
  card.mbit = card.able_mbit = 1000, card.mtu = 1500;
  out.cards = {card};
  out.segments = 1'000'000, out.again = 100;
  peer_facts peer;
  peer.name = "pi2", peer.control_port = 7741, peer.data_port = 7742;
  peer.out = open_route("pi1", "pi2");
  peer.in = open_route("pi2", "pi1");
  peer.packets = {1500, 1500};
  peer.has_control = peer.has_data = true;
  peer.mbit = 930, peer.rtt_ms = 0.3;
  out.peers = {peer};
  mdns_facts heard;
  heard.has_daemon = heard.is_self_seen = true;
  heard.peers.resize(1);
  heard.peers[0].what.node = "pi2";
  out.mdns = heard;
  return out;
}

const std::string timed_out = "Connection timed out";

void shut(node_route& which) {
  which.control = which.data = timed_out;
  which.host.clear();
}

}  // namespace

TEST_CASE("a network that is well says which card leads where, and has nothing to type") {
  const auto findings = check_network(two_nodes());
  for (const auto& each : findings) {
    INFO(each.check << ": " << each.says);
    CHECK(each.level == level_t::ok);
    CHECK(each.advice.empty());
  }
  expect(findings, "route to pi2", level_t::ok,
         "ports 7741 and 7742 open in both directions, over eth0 (cable, 1000 Mbit/s), 10.0.0.1 to "
         "10.0.0.2, the first of its addresses to answer",
         "");
  expect(findings, "rate", level_t::ok, "930 Mbit/s to pi2", "");
}

TEST_CASE("fault: 100 Mbit/s on a Gigabit card") {
  const fake_cards cards;
  cards.plug("eth0", "1000");
  expect(cards.findings(), "card eth0", level_t::ok, "cable, 1000 Mbit/s", "");
  cards.plug("eth0", "100");
  expect(cards.findings(), "card eth0", level_t::problem,
         "cable, 100 Mbit/s, while it could 1000 Mbit/s", "another cable");
}

TEST_CASE("fault: a card in one direction at a time") {
  const fake_cards cards;
  cards.plug("eth0", "1000");
  cards.write("sys/class/net/eth0/duplex", "half\n");
  expect(cards.findings(), "card eth0", level_t::problem, "in one direction at a time",
         "ethtool -s");
}

TEST_CASE("fault: a cable that breaks packets") {
  const fake_cards cards;
  cards.plug("eth0", "1000");
  cards.write("sys/class/net/eth0/statistics/rx_errors", "60000\n");
  expect(cards.findings(), "card eth0", level_t::warning, "3.0 % of its packets came broken",
         "another cable");
}

TEST_CASE("fault: a weak wireless signal") {
  const fake_cards cards;
  cards.plug("wlan0", "-1");
  cards.write("sys/class/net/wlan0/wireless/x", "");
  cards.write("proc/net/wireless",
              "Inter-| sta-|\n face | tus |\n wlan0: 0000   54.  -56.  -256\n");
  expect(cards.findings(), "card wlan0", level_t::ok, "wireless, -56 dBm", "");
  cards.write("proc/net/wireless",
              "Inter-| sta-|\n face | tus |\n wlan0: 0000   20.  -83.  -256\n");
  expect(cards.findings(), "card wlan0", level_t::warning, "its signal is weak: -83 dBm",
         "a cable");
}

TEST_CASE("fault: no card is connected") {
  const fake_cards cards;
  expect(cards.findings(), "cards", level_t::problem, "no network card is connected", "nmtui");
}

TEST_CASE("fault: much has to be sent again") {
  const fake_cards tree;
  tree.write("proc/net/snmp",
             "Ip: Forwarding\nIp: 1\nTcp: RtoAlgorithm OutSegs RetransSegs\nTcp: 1 200000 9000\n");
  network_facts facts;
  read_segments(facts, tree.folder.path());
  expect({check_loss(facts)}, "loss", level_t::warning, "4.5 % of what was sent", "cable");
}

TEST_CASE("fault: a firewall lets one port in and not the other") {
  auto facts = two_nodes();
  facts.peers[0].out.data = timed_out;
  facts.peers[0].has_data = false;
  expect(check_routes(facts), "route to pi2", level_t::problem,
         "pi1 does not reach port 7742 of pi2 (Connection timed out), while pi2 reaches pi1: a "
         "firewall on pi2",
         "on pi2: sudo ufw allow 7742/tcp");
  // The other side has connected: it works, for now.
  facts.peers[0].has_data = true;
  expect(check_routes(facts), "route to pi2", level_t::warning, "made the other way",
         "on pi2: sudo ufw allow 7742/tcp");
}

TEST_CASE("fault: this node's own firewall, which only its peers can see") {
  auto facts = two_nodes();
  shut(*facts.peers[0].in);
  expect(check_routes(facts), "route to pi2", level_t::warning,
         "pi2 does not reach ports 7741 and 7742 of pi1 (Connection timed out), while pi1 reaches "
         "pi2: a firewall on pi1",
         "on pi1: sudo ufw allow 7741:7742/tcp");
}

TEST_CASE("fault: this node's firewall lets nothing out to one port") {
  auto facts = two_nodes();
  facts.peers[0].out.control = "Operation not permitted";
  expect(check_routes(facts), "route to pi2", level_t::warning, "a firewall on pi1",
         "on pi1: sudo ufw allow out 7741/tcp");
}

TEST_CASE("fault: both firewalls shut the port for tensors") {
  auto facts = two_nodes();
  facts.peers[0].out.data = facts.peers[0].in->data = timed_out;
  facts.peers[0].has_data = false;
  expect(check_routes(facts), "route to pi2", level_t::problem,
         "pi1 does not reach port 7742 of pi2 (Connection timed out), and pi2 does not reach port "
         "7742 of pi1",
         "on pi2: sudo ufw allow 7742/tcp, or what sudo nft list ruleset shows to drop it; on pi1: "
         "sudo ufw allow 7742/tcp");
}

TEST_CASE("fault: no node listens where one should") {
  auto facts = two_nodes();
  facts.peers[0].out.control = facts.peers[0].out.data = "Connection refused";
  facts.peers[0].in.reset();
  facts.peers[0].has_control = facts.peers[0].has_data = false;
  expect(check_routes(facts), "route to pi2", level_t::problem, "Connection refused",
         "on pi2: no node listens there, so scripts/launch-node.sh --background");
}

TEST_CASE("fault: an access point keeps this node from the others, which reach it") {
  auto facts = two_nodes();
  facts.peers.push_back(facts.peers[0]);
  facts.peers[1].name = "pi3";
  for (auto& peer : facts.peers) {
    shut(peer.out);
    peer.out.is_wireless = true, peer.out.card = "wlan0";
  }
  const auto findings = check_network(facts);
  expect(findings, "isolation", level_t::problem,
         "pi1 can be reached by pi2 and pi3, and reaches nobody itself (Connection timed out): its "
         "access point",
         "client isolation");
  for (const auto& each : findings) CHECK_FALSE(each.check.starts_with("route"));
  for (auto& peer : facts.peers) peer.out.is_wireless = false;
  expect(check_network(facts), "isolation", level_t::problem, "a firewall on pi1 lets nothing out",
         "ufw allow out 7741:7742/tcp");
  // One that it reaches: then it is no matter of its own.
  facts.peers[1].out = open_route("pi1", "pi3");
  CHECK(check_isolation(facts).empty());
}

TEST_CASE("fault: neighbours in a wireless network do not reach each other") {
  auto facts = two_nodes();
  shut(facts.peers[0].out);
  shut(*facts.peers[0].in);
  facts.peers[0].out.is_wireless = true;
  facts.peers[0].has_control = facts.peers[0].has_data = false;
  expect(check_routes(facts), "route to pi2", level_t::problem,
         "whose access point keeps its clients apart", "client isolation");
}

TEST_CASE("fault: by wireless although there is a cable") {
  auto facts = two_nodes();
  facts.peers[0].out.is_wireless = true, facts.peers[0].out.card = "wlan0";
  expect(check_routes(facts), "route to pi2", level_t::warning, "although eth0 has a cable",
         "ip -brief address");
}

TEST_CASE("fault: a peer that does not look back") {
  auto facts = two_nodes();
  facts.peers[0].in.reset();
  facts.peers[0].silence = "The node did not answer in time.";
  expect(check_routes(facts), "route to pi2", level_t::warning,
         "pi2 did not say whether it reaches pi1: The node did not answer in time.",
         "on pi2: bramble doctor");
}

TEST_CASE("fault: large packets vanish") {
  auto facts = two_nodes();
  facts.peers[0].packets = {1400, 1500};
  expect(check_packets(facts), "packets", level_t::problem,
         "packets of 1500 bytes to pi2 vanish on the way, those of 1400 arrive",
         "sudo ip link set eth0 mtu 1400");
  facts.peers[0].packets = {0, 1500};
  expect(check_packets(facts), "packets", level_t::ok, "not known of pi2", "");
}

TEST_CASE("fault: a link far below its cards") {
  auto facts = two_nodes();
  facts.peers[0].mbit = 90;
  expect(check_rates(facts), "rate", level_t::warning,
         "tensors to pi2 go at 90.0 Mbit/s over eth0, whose cable has 1000 Mbit/s",
         "bramble probe pi2");
  // The slower of the two cards is what can be.
  facts.peers[0].in->card_mbit = 100;
  expect(check_rates(facts), "rate", level_t::ok, "90.0 Mbit/s to pi2", "");
  // Of a wireless one nobody knows.
  facts.peers[0].in->card_mbit = 1000, facts.peers[0].in->is_wireless = true;
  expect(check_rates(facts), "rate", level_t::ok, "90.0 Mbit/s to pi2", "");
}

TEST_CASE("fault: nobody speaks mDNS here") {
  auto facts = two_nodes();
  facts.mdns = mdns_facts{};
  facts.mdns->trouble = "Daemon not running";
  expect({check_mdns(facts)}, "mDNS", level_t::warning,
         "nobody on this machine speaks it (Daemon not running)", "sudo apt install avahi-daemon");
  // Who turned it off knows.
  facts.mdns.reset();
  expect({check_mdns(facts)}, "mDNS", level_t::ok, "turned off here", "");
}

TEST_CASE("fault: a node is not told of") {
  auto facts = two_nodes();
  facts.mdns->is_self_seen = false;
  facts.mdns->trouble = "another program has the name";
  expect({check_mdns(facts)}, "mDNS", level_t::warning,
         "this node is not told of: another program has the name",
         "sudo systemctl restart avahi-daemon");
}

TEST_CASE("fault: what others tell does not come") {
  auto facts = two_nodes();
  expect({check_mdns(facts)}, "mDNS", level_t::ok, "this node is told of, and hears of pi2", "");
  facts.mdns->peers.clear();
  expect({check_mdns(facts)}, "mDNS", level_t::warning,
         "nothing is heard of pi2: no daemon there, another network, or a switch or access point",
         "bramble doctor pi2");
  facts.peers.clear();
  expect({check_mdns(facts)}, "mDNS", level_t::ok, "this node is told of", "");
}
