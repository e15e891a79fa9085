#pragma once

#include "actors/membership/cluster.hpp"

/// One name, one machine.
namespace bramble {

/// Answers a node that dialled us: with our hello, after `take`, or with an error that says who has
/// its name already. One that started again is told from a second machine by asking the first for a
/// sign of life.
caf::result<hello> consider(cluster_pointer self, const link_offer& offer,
                            std::function<void(const link_offer&)> take);

/// Members that get no work: their names are claimed twice, or now mean another machine than the
/// one we are connected to.
std::set<std::string> doubtful_names(const cluster_state& state,
                                     std::chrono::steady_clock::time_point now);

}  // namespace bramble
