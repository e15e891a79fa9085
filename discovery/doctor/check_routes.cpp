#include <algorithm>
#include <cerrno>
#include <cstring>

#include "config/format.hpp"
#include "discovery/doctor/check_network.hpp"

namespace bramble {
namespace {

constexpr const char* isolation_advice =
    "in the access point's settings: client isolation (AP isolation) off, and no guest network; or "
    "a "
    "cable";

/// What the kernel says of a port where a machine is and no program listens.
bool is_refused(const std::string& why) {
  return why.find("refused") != std::string::npos;
}

/// What it says of a packet that did not leave this machine.
bool is_kept_here(const std::string& why) {
  for (const int error : {EINVAL, EACCES, EPERM, ENETUNREACH})
    if (why.find(std::strerror(error)) != std::string::npos) return true;
  return false;
}

/// Of the first port that is shut.
const std::string& cause_of(const node_route& seen) {
  return seen.control.empty() ? seen.data : seen.control;
}

std::string ports_of(const peer_facts& peer) {
  return std::to_string(peer.control_port) + " and " + std::to_string(peer.data_port);
}

/// "pi1 does not reach port 7742 of pi2 (Connection timed out)"; empty where it reaches both.
std::string what_is_shut(const node_route& seen, std::uint16_t control_port,
                         std::uint16_t data_port) {
  if (seen.is_open()) return {};
  const auto begin = seen.from + " does not reach ";
  const auto end = " of " + seen.to;
  const auto why = [](const std::string& text) { return " (" + text + ")"; };
  if (seen.is_shut())
    return begin + "ports " + std::to_string(control_port) + " and " + std::to_string(data_port) +
           end + why(seen.control);
  return begin + "port " + std::to_string(seen.control.empty() ? data_port : control_port) + end +
         why(cause_of(seen));
}

/// Whose firewall it is.
const std::string& end_that_shuts(const node_route& seen) {
  return is_kept_here(cause_of(seen)) ? seen.from : seen.to;
}

/// What to do about this direction.
std::string advice_at(const node_route& seen, const peer_facts& peer) {
  if (is_refused(cause_of(seen)))
    return "on " + seen.to + ": no node listens there, so scripts/launch-node.sh --background";
  const auto both = std::to_string(peer.control_port) + ":" + std::to_string(peer.data_port);
  const auto one = std::to_string(seen.control.empty() ? peer.data_port : peer.control_port);
  return "on " + end_that_shuts(seen) + ": sudo ufw allow " +
         (is_kept_here(cause_of(seen)) ? "out " : "") + (seen.is_shut() ? both : one) +
         "/tcp, or what sudo nft list ruleset shows to drop it";
}

std::string describe_route(const node_route& out) {
  if (out.card.empty()) return out.host.empty() ? "" : "to " + out.host;
  return "over " + out.card + " (" + (out.is_wireless ? "wireless" : "cable") +
         (out.card_mbit > 0 ? ", " + format_mbit(out.card_mbit) + " Mbit/s" : "") + "), " +
         out.own + " to " + out.host + ", the first of its addresses to answer";
}

/// A real one with a cable that is plugged in; empty where there is none.
std::string cable_of(const std::vector<card_facts>& cards) {
  for (const auto& card : cards)
    if (card.is_up && card.is_real && !card.is_wireless) return card.name;
  return {};
}

finding open_route(const std::string& subject, const peer_facts& peer, const network_facts& facts) {
  auto says = "ports " + ports_of(peer) + " open" + (peer.in ? " in both directions" : "") + ", " +
              describe_route(peer.out) +
              (peer.rtt_ms > 0 ? ", " + fixed(peer.rtt_ms, 1) + " ms there and back" : "");
  if (!peer.in)
    return is_warning(subject,
                      says + "; " + peer.name + " did not say whether it reaches " + facts.self +
                          ": " + peer.silence,
                      "on " + peer.name + ": bramble doctor");
  const auto cable = cable_of(facts.cards);
  if (peer.out.is_wireless && !cable.empty())
    return is_warning(subject, says + ", although " + cable + " has a cable",
                      "give both an address in the cable's network: ip -brief address shows them");
  return is_ok(subject, says);
}

finding check_route(const peer_facts& peer, const network_facts& facts) {
  const auto subject = "route to " + peer.name;
  const auto out = what_is_shut(peer.out, peer.control_port, peer.data_port);
  if (out.empty() && (!peer.in || peer.in->is_open())) return open_route(subject, peer, facts);
  const auto in = peer.in ? what_is_shut(*peer.in, facts.control_port, facts.data_port) : "";
  auto says = out + (out.empty() || in.empty() ? "" : ", and ") + in;
  std::string advice;
  if (!out.empty()) advice = advice_at(peer.out, peer);
  if (!in.empty()) {
    peer_facts self;
    self.control_port = facts.control_port, self.data_port = facts.data_port;
    advice += (advice.empty() ? "" : "; ") + advice_at(*peer.in, self);
  }
  const bool neither = peer.out.is_shut() && (!peer.in || peer.in->is_shut());
  if (neither && peer.out.is_wireless && !is_refused(peer.out.control)) {
    says +=
        ": neighbours in a wireless network whose access point keeps its clients apart, or "
        "firewalls";
    advice = isolation_advice + std::string{"; "} + advice;
  } else if (!out.empty() && in.empty() && peer.in) {
    says += is_refused(cause_of(peer.out)) ? ""
                                           : ", while " + peer.name + " reaches " + facts.self +
                                                 ": a firewall on " + end_that_shuts(peer.out);
  } else if (out.empty()) {
    says += ", while " + facts.self + " reaches " + peer.name + ": a firewall on " +
            end_that_shuts(*peer.in);
  }
  // Either side may connect, so that one that can is enough.
  if (peer.has_control && peer.has_data)
    return is_warning(subject, says + "; the links that there are were made the other way", advice);
  return is_problem(subject, says, advice);
}

bool is_reached(const peer_facts& peer) {
  return peer.in && !peer.in->is_shut();
}

/// Others reach this node, and it reaches nobody.
bool is_cut_outwards(const network_facts& facts) {
  return std::any_of(facts.peers.begin(), facts.peers.end(), is_reached) &&
         std::all_of(facts.peers.begin(), facts.peers.end(), [](const peer_facts& peer) {
           return peer.out.is_shut() && !is_refused(peer.out.control);
         });
}

}  // namespace

std::vector<finding> check_isolation(const network_facts& facts) {
  if (facts.peers.empty()) return {};
  if (!is_cut_outwards(facts)) return {};
  std::vector<std::string> reaching;
  bool wireless = false;
  for (const auto& peer : facts.peers) {
    if (is_reached(peer)) reaching.push_back(peer.name);
    wireless = wireless || peer.out.is_wireless;
  }
  const auto says = facts.self + " can be reached by " + listed(reaching) +
                    ", and reaches nobody itself (" + facts.peers.front().out.control + "): ";
  if (wireless)
    return {is_problem("isolation",
                       says + "its access point keeps wireless machines from the others",
                       isolation_advice)};
  return {is_problem("isolation",
                     says + "a firewall on " + facts.self +
                         " lets nothing out, or a router between "
                         "lets one direction through",
                     "on " + facts.self + ": sudo ufw allow out " +
                         std::to_string(facts.control_port) + ":" +
                         std::to_string(facts.data_port) +
                         "/tcp, or what sudo nft list ruleset shows to drop it")};
}

std::vector<finding> check_routes(const network_facts& facts) {
  std::vector<finding> out;
  // Told once.
  if (is_cut_outwards(facts)) return out;
  out.reserve(facts.peers.size());
  for (const auto& peer : facts.peers) out.push_back(check_route(peer, facts));
  return out;
}

}  // namespace bramble
