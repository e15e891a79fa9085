#include "console/bench.hpp"

#include <algorithm>
#include <cmath>

#include "balancer/report.hpp"
#include "console/terminal.hpp"

namespace bramble {
namespace {

plan_query query_of(const bench_order& order, const std::string& method) {
  plan_query query;
  query.model = order.model;
  query.method = method;
  query.wire = order.wire;
  return query;
}

infer_reply run_once(node_client& client, const bench_order& order, const std::string& method) {
  infer_request request;
  request.model = order.model;
  request.method = method;
  request.wire = order.wire;
  request.inputs = order.inputs;
  return client.infer(request);
}

void record(method_result& result, const infer_reply& reply, bool timed) {
  const auto sha256 = output_sha256(reply.outputs);
  if (result.sha256.empty()) result.sha256 = sha256;
  result.stable = result.stable && result.sha256 == sha256;
  result.bytes = reply.bytes;
  if (timed) result.latencies_ms.push_back(reply.latency_ms);
}

}  // namespace

double method_result::measured_over_predicted() const {
  return used.predicted_ms > 0 ? median_ms() / used.predicted_ms : 0;
}

double method_result::percentile(double share) const {
  if (latencies_ms.empty()) return 0;
  const auto position = share * static_cast<double>(latencies_ms.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const auto above = std::min(below + 1, latencies_ms.size() - 1);
  const auto part = position - static_cast<double>(below);
  return latencies_ms[below] * (1 - part) + latencies_ms[above] * part;
}

double bench_result::rate_mbit() const {
  double least = 0;
  for (const auto& node : shelf.nodes)
    for (const auto& link : node.report.links)
      if (link.mbit > 0 && (least == 0 || link.mbit < least)) least = link.mbit;
  return least;
}

double bench_result::mac_per_byte() const {
  double sum = 0;
  for (const auto& node : shelf.nodes) sum += node.report.gmacs;
  const auto rate = rate_mbit();
  if (rate <= 0 || shelf.nodes.empty()) return 0;
  return sum / static_cast<double>(shelf.nodes.size()) * 1e9 / (rate * 1e6 / 8);
}

double bench_result::speedup(const method_result& of) const {
  for (const auto& each : methods)
    if (each.method == "one" && of.median_ms() > 0) return each.median_ms() / of.median_ms();
  return 0;
}

bench_result run_bench(node_client& client, const bench_order& order,
                       const std::function<void(const std::string&)>& progress) {
  bench_result result;
  result.order = order;
  result.macs = client.describe(order.model).macs;
  std::vector<host_tensor> reference;
  for (const auto& method : order.methods) {
    progress("planning and warming up: " + method);
    method_result one;
    one.method = method;
    one.used = client.make_plan(query_of(order, method));
    const auto reply = run_once(client, order, method);
    if (reference.empty()) reference = reply.outputs;
    one.max_rel_diff = max_relative_difference(reply.outputs, reference);
    record(one, reply, false);
    result.methods.push_back(std::move(one));
  }
  for (std::size_t round = 0; round < order.runs; ++round) {
    progress("round " + std::to_string(round + 1) + " of " + std::to_string(order.runs));
    for (auto& each : result.methods) {
      const auto reply = run_once(client, order, each.method);
      record(each, reply, true);
      each.max_rel_diff =
          std::max(each.max_rel_diff, max_relative_difference(reply.outputs, reference));
    }
  }
  for (auto& each : result.methods) std::sort(each.latencies_ms.begin(), each.latencies_ms.end());
  result.shelf = client.status();
  return result;
}

std::string describe(const bench_result& result) {
  std::string out = bold(result.order.model) + ", " + fixed(result.macs / 1e9, 2) + " GMAC, " +
                    std::to_string(result.order.runs) + " runs of each method in alternation, " +
                    name_of(result.order.wire) + " on the wire\n";
  bool paced = false;
  for (const auto& node : result.shelf.nodes) paced = paced || node.report.pace_gmacs > 0;
  if (result.rate_mbit() > 0)
    out += std::string(paced ? "emulated (paced) nodes, " : "") + "slowest link " +
           fixed(result.rate_mbit(), 0) + " Mbit/s, " + fixed(result.mac_per_byte(), 0) +
           " MAC per byte\n";
  std::vector<std::vector<std::string>> rows{{"method", "nodes", "predicted ms", "measured ms",
                                              "of predicted", "p10-p90 ms", "speed-up", "sent",
                                              "difference"}};
  bool identical = true;
  for (const auto& each : result.methods) {
    const auto working = std::count_if(each.used.verdicts.begin(), each.used.verdicts.end(),
                                       [](const node_verdict& v) { return v.in; });
    const auto speedup = result.speedup(each);
    const bool same = each.stable && each.sha256 == result.methods.front().sha256;
    identical = identical && same;
    char difference[32];
    std::snprintf(difference, sizeof difference, "%.1e", each.max_rel_diff);
    rows.push_back({each.method, std::to_string(working), fixed(each.used.predicted_ms, 1),
                    fixed(each.median_ms(), 1),
                    fixed(each.measured_over_predicted() * 100, 0) + " %",
                    fixed(each.percentile(0.1), 1) + "-" + fixed(each.percentile(0.9), 1),
                    speedup > 0 ? fixed(speedup, 2) + "x" : "-", megabytes(each.bytes),
                    same ? "none" : difference});
  }
  out += format_table(rows);
  out += identical ? "All outputs are bit-identical.\n"
                   : "Outputs differ by at most the difference shown, relative to the largest "
                     "value.\n";
  return out;
}

nlohmann::json to_json(const bench_result& result) {
  auto nodes = nlohmann::json::array();
  for (const auto& node : result.shelf.nodes)
    nodes.push_back({{"name", node.name},
                     {"gmacs", node.report.gmacs},
                     {"pace_gmacs", node.report.pace_gmacs}});
  nlohmann::json methods = nlohmann::json::object();
  for (const auto& each : result.methods)
    methods[each.method] = {{"median_ms", each.median_ms()},
                            {"p10_ms", each.percentile(0.1)},
                            {"p90_ms", each.percentile(0.9)},
                            {"predicted_ms", each.used.predicted_ms},
                            {"measured_over_predicted", each.measured_over_predicted()},
                            {"lower_bound_ms", each.used.lower_bound_ms},
                            {"speedup", result.speedup(each)},
                            {"bytes", each.bytes},
                            {"output_sha256", each.sha256},
                            {"max_rel_diff", each.max_rel_diff}};
  return {{"shelf",
           {{"nodes", nodes},
            {"rate_mbit", result.rate_mbit()},
            {"mac_per_byte", result.mac_per_byte()}}},
          {"model", result.order.model},
          {"wire", name_of(result.order.wire)},
          {"runs", result.order.runs},
          {"methods", methods}};
}

}  // namespace bramble
