#include "console/top/history.hpp"

#include <algorithm>

#include "config/defaults_top.hpp"

namespace bramble {

double requests_a_second(const cluster_status& shelf, const std::string& host,
                         const std::string& model) {
  double out = 0;
  for (const auto& node : shelf.nodes) {
    if (node.state != "alive" || (!host.empty() && node.name != host)) continue;
    for (const auto& load : node.report.loads)
      if (model.empty() || load.model == model) out += load.per_second;
  }
  return out;
}

void top_history::keep(const second_sample& now) {
  samples_.push_back(now);
  if (samples_.size() > defaults::top_history) samples_.pop_front();
}

/// A host that is heard of for the first time tells of changes from before.
bool top_history::plan_changed(const std::vector<live_report>& hosts) {
  bool changed = false;
  for (const auto& host : hosts) {
    auto& newest = switched_to_[host.host];
    const bool known = !hosts_seen_.insert(host.host).second;
    for (const auto& each : host.switches) {
      if (each.to_epoch <= newest) continue;
      newest = each.to_epoch;
      changed = changed || known;
      // The plan before may have answered and gone within the second.
      if (known && each.measured_before_ms > 0) last_ms_ = each.measured_before_ms;
    }
  }
  return changed;
}

/// Of the plan by which most requests were answered since the last time; while something is asked
/// and not answered yet, what it was.
std::optional<double> top_history::latency(const std::vector<live_report>& hosts) {
  std::uint64_t most = 0;
  for (const auto& host : hosts)
    for (const auto& each : host.plans) {
      auto& before = runs_[host.host + ' ' + std::to_string(each.p.epoch)];
      const auto runs = each.runs > before ? each.runs - before : 0;
      before = each.runs;
      if (runs <= most || each.measured_ms <= 0) continue;
      most = runs;
      last_ms_ = each.measured_ms;
    }
  return last_ms_;
}

void top_history::add(const cluster_status& shelf, const std::vector<live_report>& hosts) {
  second_sample now;
  now.requests = requests_a_second(shelf);
  now.plan_changed = plan_changed(hosts);
  const auto latest = latency(hosts);
  if (now.requests > 0) now.latency_ms = latest;
  keep(now);
}

void top_history::add_nothing() {
  keep({});
}

}  // namespace bramble
