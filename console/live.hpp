#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "actors/client/node_client.hpp"

namespace bramble {

/// The plans a host works by and what became of them, for people. Ends with a newline.
std::string describe(const live_report& report);
nlohmann::json to_json(const live_report& report);
nlohmann::json to_json(const plan_switch& what);

/// The pins that are in force.
nlohmann::json to_json(const std::vector<method_pin>& pins);

/// What came of plans that were made anew by hand: a table, and an object for each plan.
std::string describe(const std::vector<replan_report>& hosts);
nlohmann::json to_json(const std::vector<replan_report>& hosts);

/// Mbit/s of "100mbit", "1.5gbit", "500kbit"; 0 for "none". Throws `user_error` for anything else.
double parse_rate(const std::string& text);

/// A share of a node's speed, "0.5". Throws `user_error` for what is no number.
double parse_share(const std::string& text);

/// Where the member `name` is reached. Throws `user_error` when there is none.
endpoint address_of(const cluster_status& status, const std::string& name);

/// Where somebody of the cluster is reached: as was typed, then whoever was alive; each once.
std::vector<endpoint> places_of(const std::vector<endpoint>& typed, const cluster_status& status);

/// Talks to the member `name` of the cluster that `any_node` belongs to. Throws `user_error` for an
/// unknown member and one out of reach.
template <class Use>
auto with_member(const key_info& keys, node_client& any_node, const std::string& name, Use&& use) {
  if (any_node.node_name() == name) return use(any_node);
  node_client other{keys, {address_of(any_node.status(), name)}};
  return use(other);
}

/// {"node", "change", "value", "effect"}: the last is what the node says.
nlohmann::json to_json(const std::string& node, const runtime_override& what,
                       const std::string& effect);

/// What measuring a member anew came to, for people and for programs.
std::string describe(const probe_report& report);
nlohmann::json to_json(const probe_report& report);

}  // namespace bramble
