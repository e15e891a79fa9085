#include "console/live.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "balancer/report/report.hpp"
#include "config/defaults.hpp"
#include "config/format.hpp"
#include "console/load_report.hpp"
#include "console/terminal.hpp"

namespace bramble {
namespace {

std::string measured(double ms) {
  return ms > 0 ? format_ms(ms) + " ms" : "not yet";
}

std::string describe(const plan_switch& each) {
  return "  " + format_duration(each.seconds_ago) + " ago  epoch " +
         std::to_string(each.from_epoch) + " -> " + std::to_string(each.to_epoch) + ", " +
         each.model + ": " + each.why + "\n        predicted " +
         format_ms(each.predicted_before_ms) + " -> " + format_ms(each.predicted_after_ms) +
         " ms, measured " + measured(each.measured_before_ms) + " -> " +
         measured(each.measured_after_ms) + "\n";
}

/// A member that only dialled others, from nowhere that could be kept, is reached by nobody.
bool has_address(const node_status& node) {
  return !node.address.empty() && !node.address.starts_with('-');
}

/// The number that `text` begins with; `rest` is what follows it.
double number(const std::string& text, std::string& rest) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  rest = end == text.c_str() ? "?" : std::string{end};
  return value;
}

}  // namespace

std::string describe(const live_report& report) {
  auto out = describe_load(report.loads, report.ways);
  const auto changes = describe_switches(report.ways);
  if (!changes.empty()) out += "last switches of the way\n" + changes;
  for (const auto& each : report.pins) out += describe(each) + "\n";
  if (report.plans.empty())
    return out + report.host +
           " works by no plan; `bramble plan MODEL` or `bramble infer MODEL FILE` makes one.\n";
  if (!out.empty()) out += "\n";
  for (const auto& each : report.plans) {
    out += report_text(each.p);
    out += "epoch " + std::to_string(each.p.epoch) + ", in use for " +
           format_duration(each.in_use_s) + ": " +
           (each.why.empty() ? "the first for these nodes" : each.why) + "\n" +
           std::to_string(each.runs) + " requests, measured " + measured(each.measured_ms) +
           " (median of the last, without waiting for others)\n\n";
  }
  out += report.switches.empty() ? "no switches\n" : "last switches\n";
  for (const auto& each : report.switches) out += describe(each);
  return out;
}

nlohmann::json to_json(const live_report& report) {
  auto plans = nlohmann::json::array();
  for (const auto& each : report.plans) {
    auto one = report_json(each.p);
    one["epoch"] = each.p.epoch;
    one["why"] = each.why;
    one["in_use_s"] = each.in_use_s;
    one["runs"] = each.runs;
    one["measured_ms"] = each.measured_ms;
    plans.push_back(std::move(one));
  }
  auto switches = nlohmann::json::array();
  for (const auto& each : report.switches) switches.push_back(to_json(each));
  auto loads = nlohmann::json::array(), ways = nlohmann::json::array();
  for (const auto& each : report.loads) loads.push_back(to_json(each));
  for (const auto& each : report.ways) ways.push_back(to_json(each));
  return {{"host", report.host}, {"plans", plans}, {"switches", switches},
          {"loads", loads},      {"ways", ways},   {"pins", to_json(report.pins)}};
}

nlohmann::json to_json(const plan_switch& what) {
  return {{"model", what.model},
          {"method", what.method},
          {"from_epoch", what.from_epoch},
          {"to_epoch", what.to_epoch},
          {"why", what.why},
          {"seconds_ago", what.seconds_ago},
          {"predicted_before_ms", what.predicted_before_ms},
          {"measured_before_ms", what.measured_before_ms},
          {"predicted_after_ms", what.predicted_after_ms},
          {"measured_after_ms", what.measured_after_ms}};
}

nlohmann::json to_json(const std::vector<method_pin>& pins) {
  auto out = nlohmann::json::array();
  for (const auto& each : pins)
    if (!each.method.empty()) out.push_back({{"model", each.model}, {"method", each.method}});
  return out;
}

std::string describe(const std::vector<replan_report>& hosts) {
  std::vector<std::vector<std::string>> rows{
      {"host", "method", "for", "plan", "predicted ms", "measured ms", "why"}};
  for (const auto& host : hosts)
    for (const auto& each : host.plans) {
      const bool made = each.to_epoch != 0;
      rows.push_back({host.host, each.method, each.team.empty() ? "all" : joined(each.team),
                      std::to_string(each.from_epoch) +
                          (made ? " -> " + std::to_string(each.to_epoch) : " stays"),
                      format_ms(each.predicted_before_ms) +
                          (made ? " -> " + format_ms(each.predicted_after_ms) : ""),
                      each.measured_before_ms > 0 ? format_ms(each.measured_before_ms) : "-",
                      each.why});
    }
  return format_table(rows);
}

nlohmann::json to_json(const std::vector<replan_report>& hosts) {
  auto out = nlohmann::json::array();
  for (const auto& host : hosts)
    for (const auto& each : host.plans)
      out.push_back({{"host", host.host},
                     {"method", each.method},
                     {"team", each.team},
                     {"from_epoch", each.from_epoch},
                     {"to_epoch", each.to_epoch},
                     {"predicted_before_ms", each.predicted_before_ms},
                     {"measured_before_ms", each.measured_before_ms},
                     {"predicted_after_ms", each.predicted_after_ms},
                     {"why", each.why}});
  return out;
}

double parse_rate(const std::string& text) {
  if (text == "none") return 0;
  std::string unit;
  const double value = number(text, unit);
  const double scale = unit == "mbit" ? 1 : unit == "gbit" ? 1000 : unit == "kbit" ? 0.001 : 0;
  if (scale == 0 || !(value > 0) || value * scale > defaults::rate_limit_mbit_most)
    throw user_error("\"" + text + "\" is no rate like 100mbit, 1gbit or none.");
  return value * scale;
}

double parse_share(const std::string& text) {
  std::string rest;
  const double value = number(text, rest);
  if (!rest.empty() || !(value >= defaults::pace_factor_least && value <= 1))
    throw user_error("\"" + text + "\" is no share of a node's speed from " +
                     fixed(defaults::pace_factor_least, 2) + " to 1.");
  return value;
}

endpoint address_of(const cluster_status& status, const std::string& name) {
  const auto found = std::find_if(status.nodes.begin(), status.nodes.end(),
                                  [&](const node_status& each) { return each.name == name; });
  if (found == status.nodes.end())
    throw user_error("There is no node \"" + name + "\" in cluster " + status.cluster +
                     "; `bramble status` lists them.");
  if (!has_address(*found))
    throw user_error("No address of " + name + " is known; ask it itself, with --node.");
  return parse_endpoint(found->address, defaults::control_port, name);
}

std::vector<endpoint> places_of(const std::vector<endpoint>& typed, const cluster_status& status) {
  auto out = typed;
  for (const auto& node : status.nodes) {
    if (node.state != "alive" || !has_address(node)) continue;
    auto at = parse_endpoint(node.address, defaults::control_port, node.name);
    if (std::ranges::find(out, at) == out.end()) out.push_back(std::move(at));
  }
  return out;
}

nlohmann::json to_json(const std::string& node, const runtime_override& what,
                       const std::string& effect) {
  static constexpr std::array names{"pace",   "rate", "drain",  "resume", "revoke",
                                    "cancel", "pin",  "forget", "stop",   "restart"};
  nlohmann::json out{{"node", node},
                     {"change", names.at(static_cast<std::size_t>(what.kind))},
                     {"effect", effect}};
  if (what.kind == runtime_override::kind_t::pace || what.kind == runtime_override::kind_t::rate)
    out["value"] = what.value;
  if (!what.text.empty() && what.kind != runtime_override::kind_t::revoke) out["about"] = what.text;
  if (what.kind == runtime_override::kind_t::pin)
    out["method"] = what.method.empty() ? nlohmann::json(nullptr) : nlohmann::json(what.method);
  return out;
}

std::string describe(const probe_report& report) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& link : report.links)
    rows.push_back({link.from + " -> " + link.to, format_mbit(link.before_mbit), "->",
                    format_mbit(link.after_mbit), "Mbit/s"});
  return report.node + " computes at " + fixed(100 * report.after_speed, 0) +
         " % of the speed it was calibrated to (before: " + fixed(100 * report.before_speed, 0) +
         " %)\n" + format_table(rows);
}

nlohmann::json to_json(const probe_report& report) {
  auto links = nlohmann::json::array();
  for (const auto& link : report.links)
    links.push_back({{"from", link.from},
                     {"to", link.to},
                     {"before_mbit", link.before_mbit},
                     {"after_mbit", link.after_mbit}});
  return {{"node", report.node},
          {"before_speed", report.before_speed},
          {"after_speed", report.after_speed},
          {"links", links}};
}

}  // namespace bramble
