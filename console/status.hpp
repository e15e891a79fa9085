#pragma once

#include <nlohmann/json.hpp>

#include "actors/client/messages.hpp"

namespace bramble {

/// The cluster for people: one line per node, links below.
std::string describe(const cluster_status& status);

/// The stable form: {"cluster","coordinator","nodes":[...],"plans":[...]}.
nlohmann::json to_json(const cluster_status& status);

/// True when `count` nodes are alive, measured and linked to each other.
bool settled(const cluster_status& status, std::size_t count);

}  // namespace bramble
