#include "console/status.hpp"

#include <algorithm>
#include <tuple>

#include "config/defaults_devices.hpp"
#include "config/system/hardware_health.hpp"
#include "console/live.hpp"
#include "console/load_report.hpp"
#include "console/terminal.hpp"

namespace bramble {
namespace {

std::string rate(double mbit) {
  return mbit > 0 ? fixed(mbit, 0) + " Mbit/s" : "not measured";
}

std::string speed(const node_report& report) {
  if (report.gmacs <= 0) return "-";
  auto out = fixed(report.gmacs, 2) + (report.pace_gmacs > 0 ? " (paced)" : "");
  if (!report.device.empty()) out += " (as " + report.device + ")";
  if (report.pace_factor < 1) out += " x " + fixed(report.pace_factor, 2);
  return out;
}

/// What a node that is alive still lacks.
std::string lacks(const node_status& node, const cluster_status& status) {
  if (node.report.name.empty()) return "has not told of itself yet";
  if (node.report.gmacs <= 0) return "measures its speed";
  std::string out;
  for (const auto& other : status.nodes) {
    const bool linked = std::ranges::any_of(
        node.report.links, [&](const link_report& link) { return link.to == other.name; });
    if (other.state == "alive" && other.name != node.name && !linked)
      out += (out.empty() ? "no link to " : ", ") + other.name;
  }
  return out.empty() ? "is being connected to" : out;
}

/// Of whom nobody knows whether its power supply holds; not a word about those that tell.
std::string unknown_supplies(const cluster_status& status) {
  std::string names;
  std::size_t unknown = 0, alive = 0;
  for (const auto& node : status.nodes) {
    if (node.state != "alive") continue;
    ++alive;
    if (node.report.throttled) continue;
    ++unknown;
    names += (names.empty() ? "" : ", ") + node.name;
  }
  if (unknown == 0) return "";
  return "under-voltage: not known of " + (unknown == alive ? "any node" : names) + "\n";
}

/// "940 Mbit/s" or "310-940 Mbit/s" over all links of a node.
std::string link_range(const node_report& report) {
  double least = 0;
  double most = 0;
  for (const auto& link : report.links) {
    if (link.mbit <= 0) continue;
    least = least == 0 ? link.mbit : std::min(least, link.mbit);
    most = std::max(most, link.mbit);
  }
  if (most == 0) return "-";
  if (fixed(least, 0) == fixed(most, 0)) return rate(most);
  return fixed(least, 0) + "-" + rate(most);
}

std::string kind_of(const absence& what) {
  if (what.kind == absence::kind_t::refused) return "refused";
  return what.kind == absence::kind_t::missing ? "missing" : "not joined";
}

std::vector<std::string> model_names(const node_report& report) {
  std::vector<std::string> out;
  for (const auto& model : report.models)
    if (!model.name.empty()) out.push_back(model.name);
  return out;
}

/// Those in use first, by model, host and method; of equals the newest.
std::vector<plan_status> in_order(std::vector<plan_status> plans) {
  std::ranges::sort(plans, [](const plan_status& a, const plan_status& b) {
    return std::tuple{!a.in_use, a.model, a.host, a.method, b.epoch} <
           std::tuple{!b.in_use, b.model, b.host, b.method, a.epoch};
  });
  return plans;
}

/// By hand, as the node that was asked knows them.
std::vector<method_pin> pins_of(const cluster_status& status) {
  std::vector<method_pin> out;
  for (const auto& node : status.nodes)
    if (node.name == status.self)
      for (const auto& each : node.report.pins)
        if (!each.method.empty()) out.push_back(each);
  return out;
}

}  // namespace

std::string condition_of(const node_status& node, const cluster_status& status) {
  auto out = node.state;
  if (node.state == "alive" && !node.report.ready) out += ", not ready: " + lacks(node, status);
  if (node.report.drained) out += ", drained";
  if (node.report.overrun >= defaults::overrun_told)
    out += ", overrun " + fixed(node.report.overrun * 100, 1) + " %";
  const auto trouble = describe_throttling(node.report.throttled.value_or(0));
  if (!trouble.empty()) out += ", " + trouble;
  return out;
}

std::string temperature_of(const node_report& report) {
  return report.temperature_c != 0 ? fixed(report.temperature_c, 0) + " C" : "-";
}

std::string describe_troubles(const cluster_status& status) {
  std::string out;
  for (const auto& node : status.nodes)
    for (const auto& each : node.report.troubles)
      out += "no tensors between " + node.name + " and " + each.to + " for " +
             fixed(each.for_s, 0) + " s: " + each.why + " (seen from " + node.name + ")\n";
  for (const auto& node : status.nodes)
    if (node.state == "alive")
      for (const auto& each : node.report.warnings)
        out += "on " + node.name + " " + each +
               (each.starts_with("the actor ")
                    ? "; `bramble console -c \"actors " + node.name + "\"` shows it\n"
                    : std::string{"\n"});
  for (const auto& each : status.missing)
    out += status.self + " " + describe(each) + " (for " + fixed(each.for_s, 0) + " s)\n";
  return out;
}

std::vector<held_model> models_of(const cluster_status& status) {
  std::vector<held_model> out;
  for (const auto& node : status.nodes)
    if (node.state == "alive")
      for (const auto& model : node.report.models)
        if (is_sound(model)) out.push_back({node.name, model});
  return out;
}

std::string describe(const cluster_status& status, const std::vector<load_way>& ways) {
  std::string out = "cluster " + bold(status.cluster) + ", coordinator " + status.coordinator +
                    ", seen from " + status.self + "\n" + unknown_supplies(status);
  std::vector<std::vector<std::string>> rows{
      {"node", "state", "address", "GMAC/s", "threads", "memory", "heat", "links"}};
  for (const auto& node : status.nodes)
    rows.push_back({node.name, condition_of(node, status), node.address, speed(node.report),
                    std::to_string(node.report.threads),
                    std::to_string(node.report.memory_mb) + " MB", temperature_of(node.report),
                    link_range(node.report)});
  out += format_table(rows);
  out += describe_troubles(status);
  for (const auto& node : status.nodes)
    for (const auto& load : node.report.loads) out += node.name + ": " + describe_load({load}, {});
  out += describe_load({}, ways);
  for (const auto& each : pins_of(status)) out += describe(each) + "\n";
  for (const auto& conflict : conflicts_of(models_of(status))) out += conflict + "\n";
  for (const auto& p : in_order(status.plans))
    out += std::string{p.in_use ? "plan " : "older plan "} + std::to_string(p.epoch) + ": " +
           p.model + " by " + p.method + " for host " + p.host + ", predicted " +
           fixed(p.predicted_ms, 1) + " ms" + (p.in_use ? ", in use\n" : "\n");
  return out;
}

nlohmann::json to_json(const cluster_status& status, const std::vector<load_way>& ways) {
  auto taken = nlohmann::json::array();
  for (const auto& each : ways) taken.push_back(to_json(each));
  nlohmann::json nodes = nlohmann::json::array();
  for (const auto& node : status.nodes) {
    nlohmann::json links = nlohmann::json::array();
    for (const auto& link : node.report.links)
      links.push_back({{"to", link.to}, {"mbit", link.mbit}, {"rtt_ms", link.rtt_ms}});
    nlohmann::json troubles = nlohmann::json::array();
    for (const auto& each : node.report.troubles)
      troubles.push_back({{"to", each.to}, {"why", each.why}, {"for_s", each.for_s}});
    auto loads = nlohmann::json::array();
    for (const auto& each : node.report.loads) loads.push_back(to_json(each));
    nodes.push_back({{"name", node.name},
                     {"state", node.state},
                     {"address", node.address},
                     {"addresses", node.addresses},
                     {"no_tensors", troubles},
                     {"gmacs", node.report.gmacs},
                     {"pace_gmacs", node.report.pace_gmacs},
                     {"device", node.report.device},
                     {"overrun", node.report.overrun},
                     {"board", node.report.board},
                     {"threads", node.report.threads},
                     {"memory_mb", node.report.memory_mb},
                     {"free_memory_mb", node.report.free_memory_mb},
                     {"ready", node.report.ready},
                     {"drained", node.report.drained},
                     {"pace_factor", node.report.pace_factor},
                     {"rate_limit_mbit", node.report.rate_limit_mbit},
                     {"temperature_c", node.report.temperature_c},
                     {"throttled", node.report.throttled ? nlohmann::json(*node.report.throttled)
                                                         : nlohmann::json(nullptr)},
                     {"models", model_names(node.report)},
                     {"warnings", node.report.warnings},
                     {"loads", loads},
                     {"links", links}});
  }
  nlohmann::json plans = nlohmann::json::array();
  for (const auto& p : in_order(status.plans))
    plans.push_back({{"model", p.model},
                     {"method", p.method},
                     {"host", p.host},
                     {"epoch", p.epoch},
                     {"predicted_ms", p.predicted_ms},
                     {"in_use", p.in_use}});
  nlohmann::json missing = nlohmann::json::array();
  for (const auto& each : status.missing)
    missing.push_back({{"kind", kind_of(each)},
                       {"who", each.who},
                       {"where", each.where},
                       {"why", each.why},
                       {"for_s", each.for_s}});
  return {{"cluster", status.cluster},
          {"self", status.self},
          {"coordinator", status.coordinator},
          {"nodes", nodes},
          {"plans", plans},
          {"missing", missing},
          {"ways", taken},
          {"pins", to_json(pins_of(status))},
          {"conflicts", conflicts_of(models_of(status))}};
}

shelf shelf_of(const cluster_status& status) {
  shelf out;
  out.host = status.self;
  for (const auto& node : status.nodes) {
    if (node.state != "alive") continue;
    if (node.report.gmacs <= 0)
      throw user_error(node.name + " has not measured itself yet; `bramble status --wait " +
                       std::to_string(status.nodes.size()) + "` waits until all have.");
    shelf_node one;
    one.name = node.name;
    one.gmacs = node.report.gmacs;
    one.memory_mb = node.report.memory_mb;
    one.nic_mbit = defaults::assumed_nic_mbit;
    out.nodes.push_back(std::move(one));
  }
  for (const auto& node : status.nodes)
    for (const auto& link : node.report.links)
      add_measured_link(out, {node.name, link.to, link.mbit, link.rtt_ms});
  validate(out, "The cluster");
  return out;
}

bool settled(const cluster_status& status, std::size_t count) {
  std::size_t good = 0;
  for (const auto& node : status.nodes)
    if (node.state == "alive" && node.report.ready && node.report.links.size() + 1 >= count &&
        std::all_of(node.report.links.begin(), node.report.links.end(),
                    [](const link_report& link) { return link.mbit > 0; }))
      ++good;
  return good >= count;
}

}  // namespace bramble
