#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "actors/internal/actors.hpp"
#include "actors/internal/ask_all.hpp"
#include "config/defaults.hpp"
#include "discovery/cut_pairs.hpp"

namespace bramble {

/// Asks the node behind each peer_link for a sign of life, and hands `then` the names of those that
/// gave none within `defaults::liveness_timeout`: frozen, cut off, or gone. A node that is only
/// busy answers, since its face never computes. `then` runs in `self`, at once when there is nobody
/// to ask.
template <class Self>
void find_silent(Self* self, const std::map<std::string, peer_link_actor>& links,
                 std::function<void(const std::set<std::string>& silent)> then) {
  const auto silent = std::make_shared<std::set<std::string>>();
  // The link has a limit of its own; this one is for a link that ended.
  ask_all<hello>(self, links, 2 * defaults::liveness_timeout,
                 {[](const auto&, const hello&) {},
                  [=](const auto& name, const caf::error&) { silent->insert(name); },
                  [=, then = std::move(then)] { then(*silent); }},
                 alive_atom::value);
}

/// Asks each of these nodes, which answer us, whether it reaches the others, and hands `then` the
/// pairs that are cut. Takes `defaults::liveness_timeout` where there are any, else a round trip.
template <class Self>
void find_cut(Self* self, const std::map<std::string, peer_link_actor>& links,
              std::function<void(const std::set<cut_pair>& cut)> then) {
  if (links.size() < 2) return then({});
  node_names all;
  for (const auto& [name, link] : links) all.names.push_back(name);
  const auto cut = std::make_shared<std::set<cut_pair>>();
  ask_all<node_names>(
      self, links, 3 * defaults::liveness_timeout,
      {[=](const std::string& name, const node_names& unreachable) {
         for (const auto& other : unreachable.names)
           if (links.count(other) != 0 && other != name) cut->insert(std::minmax(name, other));
       },
       // Silent to us by now, which the next look at it tells.
       [](const auto&, const caf::error&) {}, [=, then = std::move(then)] { then(*cut); }},
      reach_atom_v, all);
}

}  // namespace bramble
