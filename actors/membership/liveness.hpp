#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "actors/internal/local_messages.hpp"

namespace bramble {

/// Asks the node behind each peer_link for a sign of life, and hands `then` the names of those that
/// gave none within `defaults::liveness_timeout`: frozen, cut off, or gone. A node that is only
/// busy answers, since its face never computes. `then` runs in `self`, at once when there is nobody
/// to ask.
void find_silent(caf::event_based_actor* self, const std::map<std::string, caf::actor>& links,
                 std::function<void(const std::set<std::string>& silent)> then);

/// Two nodes of which one gets no sign of life from the other, the smaller name first.
using cut_pair = std::pair<std::string, std::string>;

/// Asks each of these nodes, which answer us, whether it reaches the others, and hands `then` the
/// pairs that are cut. Takes `defaults::liveness_timeout` where there are any, else a round trip.
void find_cut(caf::event_based_actor* self, const std::map<std::string, caf::actor>& links,
              std::function<void(const std::set<cut_pair>& cut)> then);

/// Nodes without which no two are cut from each other: first who is from most others; among equals
/// the last by name, since the first ones coordinate.
std::set<std::string> ends_to_avoid(std::set<cut_pair> cut);

}  // namespace bramble
