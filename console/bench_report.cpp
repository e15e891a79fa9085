
#include <algorithm>
#include <set>

#include "balancer/report/report.hpp"
#include "console/bench.hpp"
#include "console/terminal.hpp"

namespace bramble {

namespace {

/// What the nodes are emulated as, and how well this machine kept up with that; nothing where they
/// are what they are.
std::string emulation_of(const cluster_status& shelf) {
  std::set<std::string> how;
  double overrun = 0;
  for (const auto& node : shelf.nodes) {
    if (node.report.pace_gmacs > 0) how.insert("paced");
    if (!node.report.device.empty()) how.insert(node.report.device);
    overrun = std::max(overrun, node.report.overrun);
  }
  std::string out;
  for (const auto& each : how) out += (out.empty() ? "" : ", ") + each;
  return how.empty() ? out : out + "; overrun " + fixed(overrun * 100, 1) + " %";
}

}  // namespace

std::string describe(const bench_result& result) {
  std::string out = bold(result.order.model) + ", " + fixed(result.macs / 1e9, 2) + " GMAC, " +
                    std::to_string(result.runs()) + " runs of each method in alternation, " +
                    name_of(result.order.wire) + " on the wire\n";
  const auto emulated = emulation_of(result.shelf);
  if (result.rate_mbit() > 0)
    out += (emulated.empty() ? "" : "emulated nodes (" + emulated + "), ") + "slowest link " +
           fixed(result.rate_mbit(), 0) + " Mbit/s, " + fixed(result.mac_per_byte(), 0) +
           " MAC per byte\n";
  std::vector<std::vector<std::string>> rows{{"method", "nodes", "predicted ms", "measured ms",
                                              "of predicted", "p10-p90 ms", "speed-up", "sent",
                                              "difference"}};
  bool identical = true;
  for (const auto& each : result.methods) {
    const auto speedup = result.speedup(each);
    const bool same = each.stable && each.sha256 == result.methods.front().sha256;
    identical = identical && same;
    char difference[32];
    std::snprintf(difference, sizeof difference, "%.1e", each.max_rel_diff);
    rows.push_back({each.method, std::to_string(workers(each.used).size()),
                    fixed(each.predicted_ms(), 1), fixed(each.median_ms(), 1),
                    fixed(each.measured_over_predicted() * 100, 0) + " %",
                    fixed(each.percentile(0.1), 1) + "-" + fixed(each.percentile(0.9), 1),
                    speedup > 0 ? fixed(speedup, 2) + "x" : "-", megabytes(each.bytes),
                    same ? "none" : difference});
  }
  out += format_table(rows);
  out += identical ? "All outputs are bit-identical.\n"
                   : "Outputs differ by at most the difference shown, relative to the largest "
                     "value.\n";
  const auto& plan = result.methods.back().used;
  if (!plan.exactness.empty())
    out += "What the plan of " + plan.method + " promises: " + plan.exactness + ".\n";
  return out;
}

namespace {

nlohmann::json to_json(const std::vector<bench_sample>& samples) {
  auto out = nlohmann::json::array();
  for (const auto& each : samples)
    out.push_back({{"ended_ms", each.ended_ms},
                   {"latency_ms", each.latency_ms},
                   {"predicted_ms", each.predicted_ms},
                   {"epoch", each.epoch},
                   {"attempts", each.attempts}});
  return out;
}

}  // namespace

nlohmann::json to_json(const bench_result& result) {
  auto nodes = nlohmann::json::array();
  for (const auto& node : result.shelf.nodes)
    nodes.push_back({{"name", node.name},
                     {"gmacs", node.report.gmacs},
                     {"pace_gmacs", node.report.pace_gmacs},
                     {"device", node.report.device},
                     {"overrun", node.report.overrun}});
  nlohmann::json methods = nlohmann::json::object();
  for (const auto& each : result.methods)
    methods[each.method] = {{"median_ms", each.median_ms()},
                            {"p10_ms", each.percentile(0.1)},
                            {"p90_ms", each.percentile(0.9)},
                            {"predicted_ms", each.predicted_ms()},
                            {"measured_over_predicted", each.measured_over_predicted()},
                            {"lower_bound_ms", each.used.lower_bound_ms},
                            {"speedup", result.speedup(each)},
                            {"bytes", each.bytes},
                            {"output_sha256", each.sha256},
                            {"max_rel_diff", each.max_rel_diff},
                            {"plan", report_json(each.used)},
                            {"samples", to_json(each.samples)}};
  return {{"shelf",
           {{"nodes", nodes},
            {"rate_mbit", result.rate_mbit()},
            {"mac_per_byte", result.mac_per_byte()}}},
          {"model", result.order.model},
          {"wire", name_of(result.order.wire)},
          {"macs", result.macs},
          {"runs", result.runs()},
          {"methods", methods}};
}

}  // namespace bramble
