#include "discovery/peer_memory.hpp"

#include <algorithm>
#include <sstream>

#include "config/base/error.hpp"
#include "config/defaults.hpp"
#include "config/defaults_addresses.hpp"
#include "config/parse.hpp"
#include "discovery/addresses.hpp"

namespace bramble {
namespace {

constexpr std::uint64_t seconds_of(std::chrono::hours time) {
  return static_cast<std::uint64_t>(std::chrono::seconds{time}.count());
}

/// Loopback addresses as well: where they are told, the peer is on this machine.
std::vector<std::string> where_it_is(const member& whom,
                                     const std::map<std::string, std::string>& reached) {
  std::vector<std::string> out;
  const auto first = reached.find(whom.name);
  if (first != reached.end()) out.push_back(without_scope(first->second));
  for (const auto& each : whom.addresses)
    if (std::find(out.begin(), out.end(), each) == out.end()) out.push_back(each);
  if (out.size() > defaults::member_addresses_most) out.resize(defaults::member_addresses_most);
  return out;
}

/// A clock that was ahead must not keep anybody for ever: what was heard in the future was just
/// now.
void drop_old(peer_memory& memory, std::uint64_t now) {
  for (auto& [name, each] : memory.peers) each.heard = std::min(each.heard, now);
  std::erase_if(memory.peers, [&](const auto& each) {
    return now - each.second.heard > seconds_of(defaults::remember_peers_for);
  });
  while (memory.peers.size() > defaults::remembered_peers_most)
    memory.peers.erase(std::min_element(
        memory.peers.begin(), memory.peers.end(),
        [](const auto& a, const auto& b) { return a.second.heard < b.second.heard; }));
}

}  // namespace

bool remember(peer_memory& memory, const membership& view, const std::string& self,
              const std::map<std::string, std::string>& reached, std::uint64_t now) {
  const auto before = memory;
  for (const auto& [name, each] : view.members) {
    if (each.state == member::state_t::forgotten) memory.peers.erase(name);
    if (name == self || each.state != member::state_t::alive) continue;
    auto addresses = where_it_is(each, reached);
    if (addresses.empty()) continue;
    auto& known = memory.peers[name];
    // To the day: what changes each second would be written each second.
    const bool fresh = now <= known.heard + seconds_of(defaults::remembered_peers_refresh);
    if (fresh && known.addresses == addresses && known.control_port == each.control_port) continue;
    known = {std::move(addresses), each.control_port, now};
  }
  memory.peers.erase(self);
  drop_old(memory, now);
  return memory != before;
}

std::string format_peers(const peer_memory& memory) {
  std::ostringstream out;
  out << "# Where this node met the others of its shelf; it looks for them there when it starts.\n"
      << "cluster " << memory.cluster << '\n';
  for (const auto& [name, each] : memory.peers) {
    out << "peer " << name << ' ' << each.control_port << ' ' << each.heard;
    for (const auto& address : each.addresses) out << ' ' << address;
    out << '\n';
  }
  return out.str();
}

peer_memory parse_peers(const std::string& text, const std::string& cluster) {
  peer_memory out{cluster, {}};
  bool ours = false;
  std::istringstream lines{text};
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words{line};
    std::string kind;
    words >> kind;
    if (kind == "cluster") {
      std::string whose;
      ours = words >> whose && whose == cluster;
    }
    if (kind != "peer" || !ours) continue;
    std::string name;
    remembered_peer peer;
    if (!(words >> name >> peer.control_port >> peer.heard) || peer.control_port == 0) continue;
    try {
      check_name(name, defaults::member_name_length, "");
    } catch (const user_error&) {
      continue;
    }
    std::string address;
    while (words >> address && peer.addresses.size() < defaults::member_addresses_most)
      if (is_numeric_address(address)) peer.addresses.push_back(address);
    if (!peer.addresses.empty() && out.peers.size() < defaults::remembered_peers_most)
      out.peers[name] = std::move(peer);
  }
  return out;
}

}  // namespace bramble
