#include "gateway/view/shelf_json.hpp"

#include <nlohmann/json.hpp>

#include "config/base/wall_clock.hpp"
#include "config/system/hardware_health.hpp"
#include "console/live.hpp"
#include "console/load_report.hpp"
#include "console/status.hpp"
#include "console/top/figures.hpp"

namespace bramble::gateway {
namespace {

using nlohmann::json;

template <class Value>
json or_null(const std::optional<Value>& value) {
  return value ? json(*value) : json(nullptr);
}

json bars_json(const std::vector<time_bar>& bars) {
  auto out = json::array();
  for (const auto& each : bars) out.push_back({each.begin_ms, each.end_ms});
  return out;
}

json request_json(const request_view& request) {
  auto nodes = json::array();
  for (const auto& each : request.nodes)
    nodes.push_back({{"node", each.node},
                     {"predicted", bars_json(each.predicted)},
                     {"measured", bars_json(each.measured)},
                     {"predicted_ms", each.predicted_ms},
                     {"measured_ms", each.measured_ms},
                     {"gmacs", each.gmacs}});
  auto bytes = json::array();
  for (const auto& [link, count] : request.bytes)
    bytes.push_back({{"from", link.first}, {"to", link.second}, {"bytes", count}});
  return {{"host", request.host},
          {"model", request.model},
          {"method", request.method},
          {"epoch", request.epoch},
          {"predicted_ms", request.predicted_ms},
          {"measured_ms", request.measured_ms},
          {"nodes", nodes},
          {"bytes", bytes}};
}

json history_json(const std::deque<second_sample>& history) {
  auto out = json::array();
  for (const auto& each : history)
    out.push_back({{"requests", each.requests},
                   {"latency_ms", or_null(each.latency_ms)},
                   {"plan_changed", each.plan_changed}});
  return out;
}

json events_json(const std::vector<merged_event>& events) {
  auto out = json::array();
  for (const auto& each : events) out.push_back(to_json(each));
  return out;
}

json switches_json(const std::vector<live_report>& hosts) {
  auto out = json::array();
  for (const auto& host : hosts)
    for (const auto& each : host.switches) {
      out.push_back(to_json(each));
      out.back()["host"] = host.host;
    }
  return out;
}

json plans_json(const std::vector<live_report>& hosts) {
  auto out = json::array();
  for (const auto& host : hosts)
    for (const auto& each : host.plans)
      out.push_back({{"host", host.host},
                     {"model", each.p.model},
                     {"method", each.p.method},
                     {"epoch", each.p.epoch},
                     {"predicted_ms", each.p.predicted_ms},
                     {"measured_ms", each.measured_ms},
                     {"runs", each.runs},
                     {"in_use_s", each.in_use_s},
                     {"why", each.why}});
  return out;
}

json ways_json(const std::vector<live_report>& hosts) {
  auto out = json::array();
  for (const auto& host : hosts)
    for (const auto& each : host.ways) out.push_back(to_json(each));
  return out;
}

/// What `status --json` says, and what two reports together tell.
json nodes_json(const top_snapshot& now, json nodes) {
  for (std::size_t i = 0; i < now.shelf.nodes.size() && i < nodes.size(); ++i) {
    const auto& node = now.shelf.nodes[i];
    const auto speed = speed_of(node, now);
    nodes[i]["condition"] = condition_of(node, now.shelf);
    nodes[i]["throttling"] = describe_throttling(node.report.throttled.value_or(0));
    nodes[i]["speed_now_gmacs"] = speed.now;
    nodes[i]["is_slow"] = speed.is_slow;
    nodes[i]["load"] = or_null(load_of(node.name, now));
    nodes[i]["version"] = node.version;
    for (std::size_t k = 0; k < node.report.links.size() && k < nodes[i]["links"].size(); ++k)
      nodes[i]["links"][k]["use"] = or_null(use_of(node.report.links[k], node.name, now));
  }
  return nodes;
}

}  // namespace

std::string shelf_json(const top_snapshot* now, const std::string& trouble) {
  json out{{"at_ms", milliseconds_since_1970()}, {"trouble", trouble}, {"nodes", json::array()}};
  if (now != nullptr) {
    auto status = to_json(now->shelf);
    for (const auto* key : {"cluster", "self", "coordinator", "missing", "conflicts", "pins"})
      out[key] = std::move(status[key]);
    out["nodes"] = nodes_json(*now, std::move(status["nodes"]));
    out["silent"] = now->silent;
    out["plans"] = plans_json(now->hosts);
    out["switches"] = switches_json(now->hosts);
    out["ways"] = ways_json(now->hosts);
    out["request"] = now->request ? request_json(*now->request) : json(nullptr);
    out["request_trouble"] = now->request_trouble;
    out["history"] = history_json(now->history);
    out["events"] = events_json(now->events);
  }
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace bramble::gateway
