#include "console/owner_report.hpp"

#include <algorithm>

#include "config/version.hpp"

namespace bramble {
namespace {

constexpr int report_version = 1;

/// The number of each node: the host's is 0.
std::vector<const node_status*> numbered(const cluster_status& shelf) {
  std::vector<const node_status*> out;
  for (const auto& node : shelf.nodes) out.push_back(&node);
  std::stable_partition(out.begin(), out.end(),
                        [&](const node_status* node) { return node->name == shelf.self; });
  return out;
}

nlohmann::json machine_of(const node_report& node) {
  return {
      {"board", node.board},
      {"device", node.device},
      {"paced", node.pace_gmacs > 0},
      {"overrun", node.overrun},
      {"threads", node.threads},
      {"memory_mb", node.memory_mb},
      {"gmacs", node.gmacs},
      {"temperature_c", node.temperature_c},
      {"throttled", node.throttled ? nlohmann::json(*node.throttled) : nlohmann::json(nullptr)}};
}

nlohmann::json links_of(const std::vector<const node_status*>& nodes) {
  auto out = nlohmann::json::array();
  for (std::size_t from = 0; from < nodes.size(); ++from)
    for (const auto& link : nodes[from]->report.links)
      for (std::size_t to = 0; to < nodes.size(); ++to)
        if (nodes[to]->name == link.to && link.mbit > 0)
          out.push_back({{"from", from}, {"to", to}, {"mbit", link.mbit}, {"rtt_ms", link.rtt_ms}});
  return out;
}

nlohmann::json methods_of(const bench_result& result) {
  auto out = nlohmann::json::object();
  for (const auto& each : result.methods)
    out[each.method] = {{"median_ms", each.median_ms()},      {"p10_ms", each.percentile(0.1)},
                        {"p90_ms", each.percentile(0.9)},     {"predicted_ms", each.predicted_ms()},
                        {"nodes", workers(each.used).size()}, {"bytes", each.bytes},
                        {"speedup", result.speedup(each)},    {"max_rel_diff", each.max_rel_diff}};
  return out;
}

}  // namespace

nlohmann::json owner_report(const bench_result& result,
                            const std::array<kind_time, op_classes>& host_times) {
  const auto nodes = numbered(result.shelf);
  auto machines = nlohmann::json::array();
  for (const auto* node : nodes) machines.push_back(machine_of(node->report));
  auto kinds = nlohmann::json::object();
  for (std::size_t i = 0; i < op_classes; ++i)
    kinds[name_of(static_cast<op_class>(i))] = {{"ops", host_times[i].ops},
                                                {"macs", host_times[i].macs},
                                                {"weight_bytes", host_times[i].weight_bytes},
                                                {"ms", host_times[i].ms}};
  return {{"bramble_report", report_version},
          {"bramble", version},
          {"model", result.order.model},
          {"macs", result.macs},
          {"wire", name_of(result.order.wire)},
          {"runs", result.runs()},
          {"nodes", machines},
          {"links", links_of(nodes)},
          {"host_kinds", kinds},
          {"methods", methods_of(result)}};
}

}  // namespace bramble
