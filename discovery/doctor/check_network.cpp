#include "discovery/doctor/check_network.hpp"

#include <algorithm>

#include "config/defaults_doctor.hpp"
#include "config/format.hpp"

namespace bramble {
namespace {

std::string mbit_of(double rate) {
  return format_mbit(rate) + " Mbit/s";
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

bool is_lossy(std::uint64_t lost, std::uint64_t of) {
  return of >= defaults::loss_packets_least && share(lost, of) > defaults::loss_share;
}

std::string tenths(double part) {
  return fixed(100 * part, 1) + " %";
}

finding check_card(const card_facts& card) {
  const auto subject = "card " + card.name;
  const auto what = std::string{card.is_wireless ? "wireless" : "cable"} +
                    (card.mbit > 0 ? ", " + mbit_of(card.mbit) : "");
  if (is_lossy(card.broken, card.packets))
    return is_warning(
        subject,
        what + ", and " + tenths(share(card.broken, card.packets)) + " of its packets came broken",
        card.is_wireless ? "bring it nearer to the access point" : "another cable");
  if (card.is_wireless) {
    const auto signal = card.signal_dbm.value_or(0);
    if (card.signal_dbm && signal < defaults::signal_least_dbm)
      return is_warning(subject, what + ", and its signal is weak: " + fixed(signal, 0) + " dBm",
                        "a cable, or bring it nearer to the access point");
    return is_ok(subject, what + (card.signal_dbm ? ", " + fixed(signal, 0) + " dBm" : ""));
  }
  if (card.mbit > 0 && card.mbit < card.able_mbit)
    return is_problem(
        subject,
        what + ", while it could " + mbit_of(card.able_mbit) +
            ": the cable has not all of its eight wires, or the switch is an old one",
        "another cable (Cat 5e or better) into a Gigabit switch; then sudo ethtool -r " +
            card.name);
  if (card.is_half_duplex)
    return is_problem(subject, what + ", in one direction at a time",
                      "sudo ethtool -s " + card.name + " autoneg on, and likewise at the switch");
  return is_ok(subject, what);
}

}  // namespace

std::vector<finding> check_cards(const std::vector<card_facts>& cards) {
  std::vector<finding> out;
  bool any = false;
  for (const auto& card : cards) {
    any = any || card.is_up;
    if (card.is_up && card.is_real) out.push_back(check_card(card));
  }
  if (!any)
    out.push_back(is_problem("cards", "no network card is connected",
                             "plug in a cable, or sudo nmtui for a wireless network"));
  return out;
}

finding check_loss(const network_facts& facts) {
  if (facts.segments < defaults::loss_packets_least)
    return is_ok("loss", "too little was sent yet to say");
  const auto what = tenths(share(facts.again, facts.segments)) +
                    " of what was sent since boot had to be sent again";
  if (is_lossy(facts.again, facts.segments))
    return is_warning("loss", what, "another cable or switch port; without wires, a cable");
  return is_ok("loss", what);
}

std::vector<finding> check_packets(const network_facts& facts) {
  std::vector<finding> out;
  std::vector<std::string> well, unknown;
  for (const auto& peer : facts.peers) {
    const auto& seen = peer.packets;
    if (seen.largest == 0) {
      unknown.push_back(peer.name);
    } else if (seen.largest < seen.tried) {
      const auto card = peer.out.card.empty() ? std::string{"eth0"} : peer.out.card;
      out.push_back(is_problem(
          "packets",
          "packets of " + std::to_string(seen.tried) + " bytes to " + peer.name +
              " vanish on the way, those of " + std::to_string(seen.largest) +
              " arrive: something between takes smaller ones only and does not say so, and large "
              "tensors hang",
          "sudo ip link set " + card + " mtu " + std::to_string(seen.largest) +
              " on both, or set the switch, access point or tunnel between to " +
              std::to_string(seen.tried)));
    } else {
      well.push_back(peer.name);
    }
  }
  if (!well.empty()) out.push_back(is_ok("packets", "large ones reach " + listed(well)));
  if (!unknown.empty())
    out.push_back(is_ok("packets", "whether large ones arrive is not known of " + listed(unknown)));
  return out;
}

std::vector<finding> check_rates(const network_facts& facts) {
  std::vector<finding> out;
  std::vector<std::string> well;
  for (const auto& peer : facts.peers) {
    if (peer.mbit <= 0) continue;
    // Of a wireless card nobody can say what it should carry.
    auto able = peer.out.is_wireless ? 0 : peer.out.card_mbit;
    if (peer.in && !peer.in->is_wireless && peer.in->card_mbit > 0)
      able = able > 0 ? std::min(able, peer.in->card_mbit) : 0;
    const bool is_known = able > 0 && peer.in && !peer.in->is_wireless;
    if (is_known && peer.mbit < defaults::rate_share_least * able)
      out.push_back(is_warning("rate",
                               "tensors to " + peer.name + " go at " + mbit_of(peer.mbit) +
                                   " over " + peer.out.card + ", whose cable has " + mbit_of(able),
                               "bramble probe " + peer.name +
                                   " measures again; then look at the switch between, and at what "
                                   "else uses it"));
    else
      well.push_back(mbit_of(peer.mbit) + " to " + peer.name);
  }
  if (!well.empty()) out.push_back(is_ok("rate", joined(well)));
  return out;
}

finding check_mdns(const network_facts& facts) {
  const std::string subject = "mDNS";
  if (!facts.mdns)
    return is_ok(subject,
                 "turned off here: nodes are found at --join addresses and where they were before");
  const auto& heard = *facts.mdns;
  if (!heard.has_daemon)
    return is_warning(subject,
                      "nobody on this machine speaks it" +
                          (heard.trouble.empty() ? "" : " (" + heard.trouble + ")") +
                          ": this node finds others by --join only, and is not found by new ones",
                      "sudo apt install avahi-daemon; to do without, mdns = false below [network] "
                      "in bramble.toml");
  if (!heard.is_self_seen)
    return is_warning(
        subject, "this node is not told of" + (heard.trouble.empty() ? "" : ": " + heard.trouble),
        "sudo systemctl restart avahi-daemon, and look at what `bramble log` says of mDNS");
  std::vector<std::string> missing, seen;
  for (const auto& peer : facts.peers) {
    const bool is_seen = std::ranges::any_of(
        heard.peers, [&](const sighting& each) { return each.what.node == peer.name; });
    (is_seen ? seen : missing).push_back(peer.name);
  }
  if (!missing.empty())
    return is_warning(subject,
                      "this node is told of, and nothing is heard of " + listed(missing) +
                          ": no daemon there, another network, or a switch or access point between "
                          "that swallows multicast",
                      "bramble doctor " + missing.front() +
                          "; then turn off \"IGMP snooping\" or \"multicast filter\" between");
  return is_ok(subject, "this node is told of" +
                            (seen.empty() ? std::string{} : ", and hears of " + listed(seen)));
}

std::vector<finding> check_network(const network_facts& facts) {
  auto out = check_cards(facts.cards);
  out.push_back(check_loss(facts));
  append(out, check_isolation(facts));
  append(out, check_routes(facts));
  append(out, check_packets(facts));
  append(out, check_rates(facts));
  out.push_back(check_mdns(facts));
  return out;
}

}  // namespace bramble
