#include "console/top/forecast.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "balancer/shelf/profile.hpp"
#include "config/defaults.hpp"
#include "config/defaults_top.hpp"
#include "model/graph/region.hpp"

namespace bramble {
namespace {

/// The plan's nodes by the figures of those that told theirs. Of the others nothing is asked.
shelf shelf_of_workers(const plan& p, const std::vector<capacity_report>& workers) {
  shelf out;
  out.host = p.nodes[p.host];
  for (const auto& name : p.nodes) {
    shelf_node node;
    node.name = name;
    node.gmacs = 1;
    node.nic_mbit = defaults::assumed_nic_mbit;
    const auto told = std::ranges::find(workers, name, &capacity_report::node);
    if (told != workers.end()) {
      node.gmacs = told->gmacs;
      node.memory_mb = told->memory_mb;
      node.table = told->table;
      node.messages = told->messages;
    }
    out.nodes.push_back(std::move(node));
  }
  for (const auto& each : workers)
    for (const auto& link : each.links)
      add_measured_link(out, {each.node, link.to, link.mbit, link.rtt_ms});
  validate(out, "What the nodes told of themselves");
  return out;
}

/// Brings nodes nearer to their verdicts, which say how long each was counted on to be busy.
/// Whether any was farther off than a screen shows.
bool approach_verdicts(shelf& devices, const plan& p, const std::vector<double>& busy_ms) {
  bool any = false;
  for (std::size_t n = 0; n < devices.nodes.size() && n < p.verdicts.size(); ++n) {
    const auto promised = p.verdicts[n].busy_ms;
    if (promised <= 0 || busy_ms[n] <= 0) continue;
    const auto quicker = busy_ms[n] / promised;
    any = any || std::abs(quicker - 1) > defaults::top_forecast_error;
    auto& node = devices.nodes[n];
    node.gmacs *= quicker;
    node.table = slowed(std::move(node.table), quicker);
  }
  return any;
}

/// What has moved since the plan was made is taken back: a node that became slow would make the
/// others look slow, too. In rounds, since messages keep a node busy as well.
void return_to_plan(shelf& devices, const plan& p, const graph& model, const program& steps) {
  for (int round = 0; round < defaults::top_forecast_rounds; ++round) {
    const auto now = simulate(steps, p, cost_model{model, devices, p.wire});
    if (!approach_verdicts(devices, p, now.busy_ms)) return;
  }
}

/// Bars that touch, or nearly so, are one: a screen has some hundred columns.
std::vector<time_bar> joined_bars(std::vector<time_bar> bars, double whole_ms) {
  const auto gap = whole_ms / 400;
  std::ranges::sort(bars, {}, &time_bar::begin_ms);
  std::vector<time_bar> out;
  for (const auto& each : bars) {
    if (!out.empty() && each.begin_ms - out.back().end_ms <= gap)
      out.back().end_ms = std::max(out.back().end_ms, each.end_ms);
    else
      out.push_back(each);
  }
  return out;
}

/// What a node computed, by the clock of the request's beginning, and how fast.
void add_measured(node_strip& out, const request_trace& trace, const node_trace& node,
                  const graph& model) {
  double work = 0, busy_ms = 0;
  for (const auto& event : node.part.events) {
    if (event.kind != trace_event::kind_t::piece || event.index >= model.ops.size()) continue;
    const auto began = event.begin_ms + node.offset_ms - trace.began_ms();
    out.measured.push_back({began, began + event.end_ms - event.begin_ms});
    work += macs(model, event.index, event.out);
    out.measured_ms += event.end_ms - event.begin_ms;
    busy_ms += event.end_ms - event.begin_ms - event.handling_ms - event.encryption_ms;
  }
  if (work > 0 && busy_ms > 0) out.gmacs = work / busy_ms / 1e6;
}

}  // namespace

plan_forecast forecast_of(const plan& p, graph model, const std::vector<capacity_report>& workers) {
  plan_forecast out;
  out.key = key_of(p);
  out.model = std::move(model);
  validate(p, out.model);
  auto devices = shelf_of_workers(p, workers);
  const auto program = derive(out.model, p);
  return_to_plan(devices, p, out.model, program);
  const cost_model cost{out.model, devices, p.wire};
  const auto run = simulate(program, p, cost, true);
  // What is left are links: who waits for whom is of now, how long it takes is as promised.
  const auto scale =
      p.predicted_ms > 0 && run.makespan_ms > 0 ? p.predicted_ms / run.makespan_ms : 1;
  out.computes.resize(p.nodes.size());
  for (const auto& event : run.events)
    if (event.kind == timeline_event::kind_t::compute)
      out.computes[event.node].push_back({event.begin_ms * scale, event.end_ms * scale});
  for (auto& bars : out.computes) bars = joined_bars(std::move(bars), run.makespan_ms * scale);
  out.compute_ms = run.busy_ms;
  for (auto& each : out.compute_ms) each *= scale;
  for (const auto& each : program.transfers)
    out.bytes[{p.nodes[each.from], p.nodes[each.to]}] += cost.wire_bytes(each.value, each.part);
  return out;
}

request_view view_of(const request_trace& trace, const plan_forecast& forecast) {
  const auto& by = trace.by();
  request_view out;
  out.host = by.nodes[by.host];
  out.model = by.model;
  out.method = by.method;
  out.epoch = by.epoch;
  out.predicted_ms = by.predicted_ms;
  out.measured_ms = trace.latency_ms();
  out.bytes = forecast.bytes;
  for (std::size_t n = 0; n < by.nodes.size() && n < forecast.computes.size(); ++n) {
    node_strip strip;
    strip.node = by.nodes[n];
    strip.predicted = forecast.computes[n];
    strip.predicted_ms = forecast.compute_ms[n];
    const auto told = std::ranges::find_if(
        trace.nodes, [&](const node_trace& each) { return each.part.node == strip.node; });
    if (told != trace.nodes.end()) add_measured(strip, trace, *told, forecast.model);
    strip.measured = joined_bars(std::move(strip.measured), out.measured_ms);
    if (!strip.predicted.empty() || !strip.measured.empty()) out.nodes.push_back(std::move(strip));
  }
  return out;
}

}  // namespace bramble
