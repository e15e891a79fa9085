#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "actors/client/node_client.hpp"

namespace bramble {

/// The plans a host works by and what became of them, for people. Ends with a newline.
std::string describe(const live_report& report);
nlohmann::json to_json(const live_report& report);

/// Mbit/s of "100mbit", "1.5gbit", "500kbit"; 0 for "none". Throws `user_error` for anything else.
double parse_rate(const std::string& text);

/// A share of a node's speed, "0.5". Throws `user_error` for what is no number.
double parse_share(const std::string& text);

/// Has the member `name` of the cluster that `any_node` belongs to change itself. Answers what it
/// says, a line. Throws `user_error` for an unknown member and one out of reach.
std::string change_member(const key_info& keys, node_client& any_node, const std::string& name,
                          const live_change& what);

}  // namespace bramble
