#include "console/bench.hpp"

#include <algorithm>

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
  if (!timed) return;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  result.samples.push_back({std::chrono::duration<double, std::milli>(now).count(),
                            reply.latency_ms, reply.predicted_ms, reply.epoch, reply.attempts});
}

double percentile_of(const std::vector<bench_sample>& samples, double bench_sample::*figure,
                     double share) {
  if (samples.empty()) return 0;
  std::vector<double> ascending;
  ascending.reserve(samples.size());
  for (const auto& each : samples) ascending.push_back(each.*figure);
  std::sort(ascending.begin(), ascending.end());
  const auto position = share * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const auto above = std::min(below + 1, ascending.size() - 1);
  const auto part = position - static_cast<double>(below);
  return ascending[below] * (1 - part) + ascending[above] * part;
}

/// Says before each round which one it is; false after the last.
class rounds {
 public:
  rounds(const bench_order& order, const std::function<void(const std::string&)>& progress)
      : order_{order}, progress_{progress} {}

  bool next() {
    const auto passed = clock::now() - begin_;
    const bool timed = order_.length.count() > 0;
    if (timed ? passed >= order_.length : done_ >= order_.runs) return false;
    ++done_;
    progress_("round " + std::to_string(done_) +
              (timed ? ", " + fixed(std::chrono::duration<double>(passed).count(), 0) + " of " +
                           std::to_string(order_.length.count()) + " s"
                     : " of " + std::to_string(order_.runs)));
    return true;
  }

 private:
  using clock = std::chrono::steady_clock;
  const bench_order& order_;
  const std::function<void(const std::string&)>& progress_;
  const clock::time_point begin_ = clock::now();
  std::size_t done_ = 0;
};

}  // namespace

double method_result::predicted_ms() const {
  return percentile_of(samples, &bench_sample::predicted_ms, 0.5);
}

double method_result::measured_over_predicted() const {
  return predicted_ms() > 0 ? median_ms() / predicted_ms() : 0;
}

double method_result::percentile(double share) const {
  return percentile_of(samples, &bench_sample::latency_ms, share);
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

std::size_t bench_result::runs() const {
  return methods.empty() ? 0 : methods.front().samples.size();
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
  rounds round{order, progress};
  while (round.next()) {
    for (auto& each : result.methods) {
      const auto reply = run_once(client, order, each.method);
      record(each, reply, true);
      each.max_rel_diff =
          std::max(each.max_rel_diff, max_relative_difference(reply.outputs, reference));
    }
  }
  for (auto& each : result.methods)
    if (!each.samples.empty() && each.samples.back().epoch != each.used.epoch)
      each.used = client.make_plan(query_of(order, each.method));
  result.shelf = client.status();
  return result;
}

}  // namespace bramble
