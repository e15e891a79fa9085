#pragma once

#include "actors/membership/cluster.hpp"

/// What the cluster actor says of itself and of what it knows.
namespace bramble {

node_report report_of_self(const cluster_state& state);

cluster_status status_of(const cluster_state& state, std::chrono::steady_clock::time_point now);

}  // namespace bramble
