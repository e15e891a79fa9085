#include "discovery/shelf_search.hpp"

#include <algorithm>
#include <utility>

#include "config/defaults_addresses.hpp"

namespace bramble {

shelf_search::shelf_search(std::vector<endpoint> join, peer_memory remembered)
    : join_{std::move(join)}, remembered_{std::move(remembered)} {}

bool shelf_search::is_tried(const endpoint& join_address) const {
  return std::any_of(attempts_.begin(), attempts_.end(),
                     [&](const auto& each) { return each.second.place == join_address; });
}

bool shelf_search::is_sought(const std::string& remembered) const {
  return std::any_of(attempts_.begin(), attempts_.end(),
                     [&](const auto& each) { return each.second.remembered == remembered; });
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
  std::vector<attempt> out;
  for (const auto& [name, peer] : remembered_.peers) {
    if (is_sought(name) || view.members.count(name) != 0) continue;
    auto hosts = places.hosts_at(peer.addresses);
    if (hosts.empty()) continue;
    endpoint place{hosts.front(), peer.control_port};
    out.push_back({std::move(place), std::move(hosts), name});
  }
  return out;
}

std::vector<link_number> shelf_search::needless(const membership& view) const {
  std::vector<link_number> out;
  for (const auto& [link, each] : attempts_)
    if (!each.remembered.empty() && view.members.count(each.remembered) != 0) out.push_back(link);
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
