#include "actors/membership/liveness.hpp"

#include <algorithm>
#include <tuple>

#include "config/defaults.hpp"

namespace bramble {

void find_silent(caf::event_based_actor* self, const std::map<std::string, caf::actor>& links,
                 std::function<void(const std::set<std::string>& silent)> then) {
  if (links.empty()) return then({});
  struct round {
    std::size_t open = 0;
    std::set<std::string> silent;
    std::function<void(const std::set<std::string>&)> then;
  };
  const auto all = std::make_shared<round>();
  all->open = links.size();
  all->then = std::move(then);
  for (const auto& [name, link] : links) {
    // The link has a limit of its own; this one is for a link that ended.
    self->request(link, 2 * defaults::liveness_timeout, alive_atom::value)
        .then(
            [=](const hello&) {
              if (--all->open == 0) all->then(all->silent);
            },
            [=, who = name](caf::error&) {
              all->silent.insert(who);
              if (--all->open == 0) all->then(all->silent);
            });
  }
}

void find_cut(caf::event_based_actor* self, const std::map<std::string, caf::actor>& links,
              std::function<void(const std::set<cut_pair>& cut)> then) {
  if (links.size() < 2) return then({});
  struct round {
    std::size_t open = 0;
    std::set<cut_pair> cut;
    std::function<void(const std::set<cut_pair>&)> then;
  };
  const auto all = std::make_shared<round>();
  all->open = links.size();
  all->then = std::move(then);
  const auto settle = [=] {
    if (--all->open == 0) all->then(all->cut);
  };
  for (const auto& [name, link] : links) {
    node_names others;
    for (const auto& [other, its_link] : links)
      if (other != name) others.names.push_back(other);
    self->request(link, 3 * defaults::liveness_timeout, reach_atom_v, others)
        .then(
            [=, who = name](const node_names& unreachable) {
              for (const auto& other : unreachable.names)
                if (links.count(other) != 0 && other != who)
                  all->cut.insert(std::minmax(who, other));
              settle();
            },
            // Silent to us by now, which the next look at it tells.
            [=](caf::error&) { settle(); });
  }
}

std::set<std::string> ends_to_avoid(std::set<cut_pair> cut) {
  std::set<std::string> out;
  while (!cut.empty()) {
    std::map<std::string, std::size_t> counts;
    for (const auto& [one, other] : cut) {
      ++counts[one];
      ++counts[other];
    }
    const auto worst =
        std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
          return std::tie(a.second, a.first) < std::tie(b.second, b.first);
        });
    const auto name = worst->first;
    out.insert(name);
    std::erase_if(cut, [&](const auto& pair) { return pair.first == name || pair.second == name; });
  }
  return out;
}

}  // namespace bramble
