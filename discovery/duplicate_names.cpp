#include "discovery/duplicate_names.hpp"

#include <algorithm>
#include <utility>

#include "config/defaults_addresses.hpp"

namespace bramble {

bool duplicate_names::is_claimed_twice(const record& of) {
  return std::count_if(of.claimants.begin(), of.claimants.end(), [](const auto& each) {
           return each.second.arrivals >= defaults::contested_after_returns;
         }) >= 2;
}

/// Lives that came up least often go first: of two machines each returns.
void duplicate_names::make_room(record& of) {
  while (of.claimants.size() > defaults::claimants_most)
    of.claimants.erase(std::min_element(
        of.claimants.begin(), of.claimants.end(), [&](const auto& a, const auto& b) {
          return std::pair{a.first == of.current, a.second.arrivals} <
                 std::pair{b.first == of.current, b.second.arrivals};
        }));
}

std::vector<std::string> duplicate_names::look(const membership& view, time_point now) {
  std::erase_if(records_, [&](const auto& each) { return view.members.count(each.first) == 0; });
  std::vector<std::string> news;
  for (const auto& [name, whom] : view.members) {
    auto& known = records_[name];
    if (known.current == whom.instance && !known.claimants.empty()) continue;
    if (now - known.moved >= defaults::contested_for) known = {};
    known.current = whom.instance;
    known.moved = now;
    auto& claimant = known.claimants[whom.instance];
    ++claimant.arrivals;
    claimant.place = place_of(whom);
    make_room(known);
    if (known.contested || !is_claimed_twice(known)) continue;
    known.contested = true;
    std::string places;
    for (const auto& [instance, each] : known.claimants)
      if (each.arrivals >= defaults::contested_after_returns)
        places += (places.empty() ? "" : " and ") + each.place;
    news.push_back(
        "Two running machines are called " + name + ", at " + places +
        "; neither gets work of others until one of them has another name: type `bramble "
        "keys issue OTHER-NAME` where the cluster was begun, and install that there.");
  }
  return news;
}

std::set<std::string> duplicate_names::contested(time_point now) const {
  std::set<std::string> out;
  for (const auto& [name, each] : records_)
    if (each.contested && now - each.moved < defaults::contested_for) out.insert(name);
  return out;
}

}  // namespace bramble
