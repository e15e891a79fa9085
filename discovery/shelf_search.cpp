#include "discovery/shelf_search.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "config/defaults_addresses.hpp"

namespace bramble {

shelf_search::shelf_search(std::vector<endpoint> join, peer_memory remembered)
    : join_{std::move(join)}, remembered_{std::move(remembered)} {}

bool shelf_search::is_tried(const endpoint& join_address) const {
  return std::any_of(attempts_.begin(), attempts_.end(),
                     [&](const auto& each) { return each.second.place == join_address; });
}

bool shelf_search::is_sought(const std::string& name) const {
  return std::any_of(attempts_.begin(), attempts_.end(),
                     [&](const auto& each) { return each.second.wanted == name; });
}

shelf_search::attempt shelf_search::place_of(const std::string& name,
                                             const peer_places& places) const {
  attempt out{{}, {}, name, true};
  const auto known = remembered_.peers.find(name);
  std::vector<std::string> addresses;
  if (known != remembered_.peers.end()) {
    addresses = known->second.addresses;
    out.place.port = known->second.control_port;
    out.is_hint = false;
  }
  // It tells where it listens now; of an earlier life with another port nothing is of use.
  if (const auto* seen = places.sighting_of(name); seen != nullptr) {
    if (seen->port != out.place.port) addresses.clear();
    out.place.port = seen->port;
  }
  out.hosts = places.hosts_at(name, addresses);
  if (!out.hosts.empty()) out.place.host = out.hosts.front();
  return out;
}

std::vector<shelf_search::attempt> shelf_search::to_join(
    const std::function<bool(const endpoint&)>& is_linked) const {
  std::vector<attempt> out;
  for (const auto& where : join_) {
    const bool twice =
        std::any_of(out.begin(), out.end(), [&](const auto& each) { return each.place == where; });
    if (!twice && !is_tried(where) && !is_linked(where)) out.push_back({where, {where.host}});
  }
  return out;
}

bool shelf_search::is_recalling(time_point now) {
  if (!since_) since_ = now;
  return join_.empty() || now - *since_ >= defaults::recall_after;
}

std::vector<shelf_search::attempt> shelf_search::to_recall(const membership& view,
                                                           const peer_places& places) const {
  std::set<std::string> names;
  for (const auto& [name, peer] : remembered_.peers) names.insert(name);
  for (const auto& [name, seen] : places.sightings()) names.insert(name);
  std::vector<attempt> out;
  for (const auto& name : names) {
    if (is_sought(name) || view.members.count(name) != 0) continue;
    if (auto found = place_of(name, places); !found.hosts.empty()) out.push_back(std::move(found));
  }
  return out;
}

std::vector<link_number> shelf_search::needless(const membership& view,
                                                const peer_places& places) const {
  std::vector<link_number> out;
  for (const auto& [link, each] : attempts_) {
    if (each.wanted.empty()) continue;
    const bool is_known = view.members.count(each.wanted) != 0;
    if (is_known || place_of(each.wanted, places).hosts.empty()) out.push_back(link);
  }
  return out;
}

std::vector<std::pair<link_number, shelf_search::attempt>> shelf_search::moved(
    const peer_places& places) {
  std::vector<std::pair<link_number, attempt>> out;
  for (auto& [link, each] : attempts_) {
    if (each.wanted.empty()) continue;
    auto now = place_of(each.wanted, places);
    if (now.hosts.empty() || (now.hosts == each.hosts && now.place == each.place)) continue;
    each = now;
    out.emplace_back(link, std::move(now));
  }
  return out;
}

void shelf_search::begun(link_number link, attempt what) {
  attempts_.emplace(link, std::move(what));
}

const shelf_search::attempt* shelf_search::find(link_number link) const {
  const auto known = attempts_.find(link);
  return known == attempts_.end() ? nullptr : &known->second;
}

std::optional<std::string> shelf_search::note(const membership& view, const std::string& self,
                                              const std::map<std::string, std::string>& met,
                                              std::uint64_t unix_s) {
  if (!remember(remembered_, view, self, met, unix_s)) return std::nullopt;
  return format_peers(remembered_);
}

}  // namespace bramble
