#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "actors/local_messages.hpp"

namespace bramble {

/// Asks the node behind each peer_link for a sign of life, and hands `then` the names of those that
/// gave none within `defaults::liveness_timeout`: frozen, cut off, or gone. A node that is only
/// busy answers, since its face never computes. `then` runs in `self`, at once when there is nobody
/// to ask.
void find_silent(caf::event_based_actor* self, const std::map<std::string, caf::actor>& links,
                 std::function<void(const std::set<std::string>& silent)> then);

}  // namespace bramble
