#include "discovery/peer_places.hpp"

#include <algorithm>
#include <utility>

#include "config/defaults_addresses.hpp"

namespace bramble {

peer_places::peer_places(std::string listen_address, local_addresses machine)
    : listen_address_{std::move(listen_address)},
      machine_{std::move(machine)},
      reached_{defaults::reached_peers_most} {}

void peer_places::reached(const std::string& name, const std::string& host) {
  reached_[name] = host;
}

void peer_places::came_from(const std::string& name, const std::string& from) {
  const auto address = without_scope(from);
  if (is_numeric_address(address)) reached_[name] = address;
}

void peer_places::found(const endpoint& at, const std::string& name) {
  found_[at] = name;
}

void peer_places::sighted(const std::vector<sighted_node>& nodes) {
  sighted_.clear();
  for (const auto& each : nodes)
    if (sighted_.size() < defaults::sighted_nodes_most) sighted_.emplace(each.name, each);
}

const sighted_node* peer_places::sighting_of(const std::string& name) const {
  const auto known = sighted_.find(name);
  return known == sighted_.end() ? nullptr : &known->second;
}

const std::string* peer_places::name_at(const endpoint& join_address) const {
  const auto known = found_.find(join_address);
  return known == found_.end() ? nullptr : &known->second;
}

std::vector<std::string> peer_places::hosts_of(const member& whom) const {
  const auto* reached = reached_.peek(whom.name);
  auto out = places_to_try(whom.addresses, reached == nullptr ? "" : *reached, machine_.interfaces);
  const auto add = [&](const std::string& host) {
    if (std::find(out.begin(), out.end(), host) == out.end()) out.push_back(host);
  };
  // A name that was given with --join, or what it tells the network, may lead to where it moved.
  for (const auto& [where, name] : found_)
    if (name == whom.name && where.port == whom.control_port) add(where.host);
  if (const auto* seen = sighting_of(whom.name); seen != nullptr && seen->port == whom.control_port)
    for (const auto& host : seen->hosts) add(host);
  return out;
}

std::vector<std::string> peer_places::hosts_at(const std::string& name,
                                               const std::vector<std::string>& addresses) const {
  std::vector<std::string> all;
  if (const auto* seen = sighting_of(name); seen != nullptr) all = seen->hosts;
  all.insert(all.end(), addresses.begin(), addresses.end());
  return places_to_try(all, "", machine_.interfaces);
}

endpoint peer_places::best_place(const member& whom) const {
  const auto hosts = hosts_of(whom);
  // A link-local address is of use to this machine alone.
  auto best = std::find_if_not(hosts.begin(), hosts.end(), is_link_local_address);
  if (best == hosts.end()) best = hosts.begin();
  return {best == hosts.end() ? std::string{"-"} : *best, whom.control_port};
}

bool peer_places::is_over_loopback(const std::string& name) const {
  const auto* reached = reached_.peek(name);
  return reached != nullptr && is_loopback_address(*reached);
}

std::map<std::string, std::string> peer_places::met() const {
  return {reached_.begin(), reached_.end()};
}

std::vector<std::string> peer_places::move(local_addresses machine) {
  machine_ = std::move(machine);
  return addresses_of_self(listen_address_, machine_);
}

}  // namespace bramble
