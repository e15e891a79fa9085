#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "actors/protocol/examination.hpp"
#include "config/paths.hpp"

namespace bramble {

/// A line for each check: its level, what was looked at, what was found, and after an arrow what to
/// type; and one that counts them.
std::string describe(const examination& what);

/// Of those that are problems the same lines alone; empty where there are none.
std::string describe_problems(const examination& what);

/// The stable form: {"node","runs","problems","warnings","checks":[{"check","level","says",
/// "advice"}]}.
nlohmann::json to_json(const examination& what, bool runs);

/// Of this machine without its node, which did not answer because of `why`: the machine, its cards
/// and its keys.
examination examine_without_node(const home_paths& paths, const std::string& why);

}  // namespace bramble
