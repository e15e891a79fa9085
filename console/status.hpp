#pragma once

#include <nlohmann/json.hpp>

#include "actors/protocol/messages.hpp"

namespace bramble {

/// The cluster for people: one line per node, links below.
std::string describe(const cluster_status& status, const std::vector<load_way>& ways = {});

/// "alive", and what else is to be known of that node: drained, what it lacks, throttled.
std::string condition_of(const node_status& node, const cluster_status& status);
/// "51 C"; "-" where the board does not tell.
std::string temperature_of(const node_report& report);
/// A line for each trouble: nodes between which no tensors can go (both ends may tell of it, with
/// different reasons), actors that are stuck or cannot keep up, whom the asked node looks for.
std::string describe_troubles(const cluster_status& status);

/// What the living nodes have.
std::vector<held_model> models_of(const cluster_status& status);

/// The stable form: {"cluster","coordinator","nodes":[...],"plans":[...],"missing":[...],
/// "conflicts":[...],"ways":[...]}. `ways`: how the coordinator takes requests, where somebody
/// asked it.
nlohmann::json to_json(const cluster_status& status, const std::vector<load_way>& ways = {});

/// The living nodes as the planner sees them, the asked one as host. Throws `user_error` when one
/// has not measured itself yet.
shelf shelf_of(const cluster_status& status);

/// True when `count` nodes are alive, measured and linked to each other.
bool settled(const cluster_status& status, std::size_t count);

}  // namespace bramble
