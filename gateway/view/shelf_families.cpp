#include "gateway/view/shelf_families.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bramble::gateway {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using labels = std::vector<ClientMetric::Label>;

constexpr double bits_in_byte = 8;
constexpr double mega = 1e6;
constexpr double giga = 1e9;
constexpr double ms_in_s = 1e3;
constexpr double bytes_in_mb = 1 << 20;

class family_maker {
 public:
  family_maker(std::string name, std::string help, MetricType type = MetricType::Gauge) {
    out_.name = std::move(name);
    out_.help = std::move(help);
    out_.type = type;
  }

  void add(labels of, double value) {
    ClientMetric metric;
    metric.label = std::move(of);
    (out_.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    out_.metric.push_back(std::move(metric));
  }

  void finish(std::vector<MetricFamily>& all) && {
    if (!out_.metric.empty()) all.push_back(std::move(out_));
  }

 private:
  MetricFamily out_;
};

/// One family with a value for each node that has one.
template <class Value>
void add_of_nodes(std::vector<MetricFamily>& all, const cluster_status& shelf, const char* name,
                  const char* help, const Value& value) {
  family_maker out{name, help};
  for (const auto& node : shelf.nodes) {
    if (node.report.name.empty()) continue;
    if (const std::optional<double> found = value(node)) out.add({{"node", node.name}}, *found);
  }
  std::move(out).finish(all);
}

std::optional<double> unless_zero(double value) {
  return value != 0 ? std::optional{value} : std::nullopt;
}

void add_states(std::vector<MetricFamily>& all, const cluster_status& shelf) {
  family_maker out{"bramble_node_state",
                   "1 for the state that the node is in: alive, joining, failed or left."};
  for (const auto& node : shelf.nodes)
    for (const auto* state : {"alive", "joining", "failed", "left"})
      out.add({{"node", node.name}, {"state", state}}, node.state == state ? 1 : 0);
  std::move(out).finish(all);
}

/// The bits of `vcgencmd get_throttled`, in the words that pikvm's metrics have for them.
void add_throttling(std::vector<MetricFamily>& all, const cluster_status& shelf) {
  struct sign {
    const char* name;
    unsigned bit;
    const char* help;
  };
  constexpr std::array<sign, 4> signs{{
      {"undervoltage", 0, "Whether the board's supply voltage is too low"},
      {"freq_capped", 1, "Whether the processor's clock is capped"},
      {"throttled", 2, "Whether the processor is throttled"},
      {"soft_temp_limit", 3, "Whether the soft limit of temperature is reached"},
  }};
  constexpr unsigned past = 16;  // the same bits, since it started
  for (const auto& each : signs)
    for (const bool now : {true, false}) {
      const auto mask = 1U << (each.bit + (now ? 0 : past));
      const auto name = std::string{"bramble_node_"} + each.name + (now ? "_now" : "_past");
      const auto help =
          std::string{each.help} + (now ? " (1) or not (0)." : ", or was since it started.");
      add_of_nodes(all, shelf, name.c_str(), help.c_str(),
                   [&](const node_status& node) -> std::optional<double> {
                     if (!node.report.throttled) return std::nullopt;
                     return (*node.report.throttled & mask) != 0 ? 1 : 0;
                   });
    }
}

void add_nodes(std::vector<MetricFamily>& all, const cluster_status& shelf) {
  add_states(all, shelf);
  add_of_nodes(all, shelf, "bramble_node_ready",
               "1 where the node has measured itself and is linked to all others.",
               [](const node_status& n) { return std::optional{n.report.ready ? 1.0 : 0.0}; });
  add_of_nodes(all, shelf, "bramble_node_drained", "1 where the node was drained by hand.",
               [](const node_status& n) { return std::optional{n.report.drained ? 1.0 : 0.0}; });
  add_of_nodes(all, shelf, "bramble_node_capacity_macs_per_second",
               "Multiply-accumulates a second that the node was measured to compute.",
               [](const node_status& n) { return unless_zero(n.report.gmacs * giga); });
  add_of_nodes(all, shelf, "bramble_node_pace_ratio",
               "Share of its speed that is left to the node by hand; 1: all of it.",
               [](const node_status& n) { return std::optional{n.report.pace_factor}; });
  add_of_nodes(all, shelf, "bramble_node_threads", "Threads that compute.",
               [](const node_status& n) { return unless_zero(n.report.threads); });
  add_of_nodes(all, shelf, "bramble_node_memory_bytes", "Memory of the node.",
               [](const node_status& n) {
                 return unless_zero(static_cast<double>(n.report.memory_mb) * bytes_in_mb);
               });
  add_of_nodes(all, shelf, "bramble_node_memory_free_bytes", "What of it is free.",
               [](const node_status& n) {
                 return unless_zero(static_cast<double>(n.report.free_memory_mb) * bytes_in_mb);
               });
  add_of_nodes(all, shelf, "bramble_node_temperature_celsius", "Temperature of the processor.",
               [](const node_status& n) { return unless_zero(n.report.temperature_c); });
  add_of_nodes(all, shelf, "bramble_node_warnings", "Things that the node warns of.",
               [](const node_status& n) {
                 return std::optional{static_cast<double>(n.report.warnings.size())};
               });
  add_throttling(all, shelf);
}

void add_links(std::vector<MetricFamily>& all, const cluster_status& shelf) {
  family_maker rate{"bramble_link_bytes_per_second",
                    "What the link was measured to carry from one node to the other."};
  family_maker delay{"bramble_link_round_trip_seconds", "Round trip of the link when it is idle."};
  for (const auto& node : shelf.nodes)
    for (const auto& link : node.report.links) {
      const labels of{{"from", node.name}, {"to", link.to}};
      if (link.mbit > 0) rate.add(of, link.mbit * mega / bits_in_byte);
      if (link.rtt_ms > 0) delay.add(of, link.rtt_ms / ms_in_s);
    }
  std::move(rate).finish(all);
  std::move(delay).finish(all);
}

void add_loads(std::vector<MetricFamily>& all, const cluster_status& shelf) {
  family_maker rate{"bramble_host_requests_per_second",
                    "Requests that arrive at the host of late."};
  family_maker running{"bramble_host_requests_running", "Requests that the host has under way."};
  family_maker queued{"bramble_host_requests_queued", "Requests that wait for their turn."};
  family_maker wait{"bramble_host_queue_wait_seconds",
                    "How long the last requests waited for their turn, by percentile."};
  family_maker refused{"bramble_host_requests_refused_total",
                       "Requests that the host refused since there was too much to do.",
                       MetricType::Counter};
  for (const auto& node : shelf.nodes)
    for (const auto& load : node.report.loads) {
      const labels of{{"host", node.name}, {"model", load.model}};
      rate.add(of, load.per_second);
      running.add(of, load.running);
      queued.add(of, load.queued);
      refused.add(of, static_cast<double>(load.refused));
      wait.add({{"host", node.name}, {"model", load.model}, {"percentile", "50"}},
               load.queued_p50_ms / ms_in_s);
      wait.add({{"host", node.name}, {"model", load.model}, {"percentile", "95"}},
               load.queued_p95_ms / ms_in_s);
    }
  std::move(rate).finish(all);
  std::move(running).finish(all);
  std::move(queued).finish(all);
  std::move(wait).finish(all);
  std::move(refused).finish(all);
}

/// Of each host, model and method the plan that it went to last.
std::map<std::vector<std::string>, const live_plan*> newest_plans(
    const std::vector<live_report>& hosts) {
  std::map<std::vector<std::string>, const live_plan*> out;
  for (const auto& host : hosts)
    for (const auto& each : host.plans) {
      auto& known = out[{host.host, each.p.model, each.p.method}];
      if (known == nullptr || known->p.epoch < each.p.epoch) known = &each;
    }
  return out;
}

void add_plans(std::vector<MetricFamily>& all, const std::vector<live_report>& hosts) {
  family_maker predicted{"bramble_plan_predicted_seconds",
                         "What the plan in use promises for one request."};
  family_maker measured{
      "bramble_plan_measured_seconds",
      "Median of the last requests by the plan in use, without waiting for others."};
  family_maker epoch{"bramble_plan_epoch", "Number of the plan in use."};
  for (const auto& [key, plan] : newest_plans(hosts)) {
    const labels of{{"host", key[0]}, {"model", key[1]}, {"method", key[2]}};
    predicted.add(of, plan->p.predicted_ms / ms_in_s);
    if (plan->measured_ms > 0) measured.add(of, plan->measured_ms / ms_in_s);
    epoch.add(of, static_cast<double>(plan->p.epoch));
  }
  std::move(predicted).finish(all);
  std::move(measured).finish(all);
  std::move(epoch).finish(all);
}

void add_request(std::vector<MetricFamily>& all, const request_view& last) {
  family_maker bytes{"bramble_last_request_link_bytes",
                     "What the last request that was looked at sent from one node to another."};
  for (const auto& [link, count] : last.bytes)
    bytes.add({{"from", link.first}, {"to", link.second}}, static_cast<double>(count));
  std::move(bytes).finish(all);
  family_maker busy{"bramble_last_request_compute_seconds",
                    "What a node computed for the last request that was looked at, as its plan "
                    "predicted it and as it came."};
  for (const auto& each : last.nodes) {
    busy.add({{"node", each.node}, {"kind", "predicted"}}, each.predicted_ms / ms_in_s);
    busy.add({{"node", each.node}, {"kind", "measured"}}, each.measured_ms / ms_in_s);
  }
  std::move(busy).finish(all);
}

}  // namespace

std::vector<MetricFamily> shelf_families(const top_snapshot& shelf) {
  std::vector<MetricFamily> out;
  add_nodes(out, shelf.shelf);
  add_links(out, shelf.shelf);
  add_loads(out, shelf.shelf);
  add_plans(out, shelf.hosts);
  if (shelf.request) add_request(out, *shelf.request);
  family_maker missing{"bramble_missing_nodes", "Nodes that are looked for and not found."};
  missing.add({}, static_cast<double>(shelf.shelf.missing.size()));
  std::move(missing).finish(out);
  return out;
}

std::string reason_of(const std::string& text) {
  // The words of balancer/policy/plan_cause.cpp, the clearest cause of a change first in its
  // sentence.
  constexpr std::array<std::pair<const char*, const char*>, 13> words{{
      {" is in use, predicted ", "first"},
      {" joined", "node_joined"},
      {" left", "node_left"},
      {" was drained", "node_drained"},
      {" is not drained any more", "node_resumed"},
      {" did not answer", "node_silent"},
      {" did not reach", "node_cut_off"},
      {" computes at ", "node_speed"},
      {"all nodes compute at ", "all_speeds"},
      {"the link between ", "link_rate"},
      {"the links of ", "link_rate"},
      {"by hand", "by_hand"},
      {"measured", "measured"},
  }};
  const auto* found = "other";
  auto first = std::string::npos;
  for (const auto& [word, reason] : words)
    if (const auto at = text.find(word); at < first) {
      first = at;
      found = reason;
    }
  return found;
}

void replan_counter::note(const std::vector<merged_event>& events) {
  for (const auto& each : events) {
    if (each.what.kind != "plan") continue;
    auto& seen = seen_[each.what.node];
    if (each.what.number <= seen) continue;
    seen = each.what.number;
    ++by_reason_[reason_of(each.what.text)];
  }
}

MetricFamily replan_counter::family() const {
  MetricFamily out;
  out.name = "bramble_plan_changes_total";
  out.help = "Plans that hosts went to, by what had changed, as far as the gateway has looked.";
  out.type = MetricType::Counter;
  for (const auto& [reason, count] : by_reason_) {
    ClientMetric metric;
    metric.label = {{"reason", reason}};
    metric.counter.value = count;
    out.metric.push_back(std::move(metric));
  }
  return out;
}

}  // namespace bramble::gateway
