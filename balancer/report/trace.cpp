#include <nlohmann/json.hpp>

#include "balancer/simulate/timeline.hpp"

namespace bramble {
namespace {

using json = nlohmann::json;

/// In Perfetto: threads of one process, the computing ones first.
std::size_t thread_of(const timeline_event& event, std::size_t nodes) {
  return event.kind == timeline_event::kind_t::compute ? event.node + 1 : nodes + event.node + 1;
}

json thread_name(std::size_t thread, const std::string& name) {
  return {{"ph", "M"},
          {"name", "thread_name"},
          {"pid", 1},
          {"tid", thread},
          {"args", {{"name", name}}}};
}

std::string range(const char* letter, const interval& i) {
  return letter + std::to_string(i.begin) + "-" + std::to_string(i.end);
}

std::string text_of(const region& r) {
  return range("rows ", r.rows) + range(", columns ", r.columns) + range(", channels ", r.channels);
}

}  // namespace

std::string trace_json(const timeline& t, const plan& p, const cost_model& cost) {
  const auto& g = cost.model();
  auto events = json::array();
  events.push_back({{"ph", "M"},
                    {"name", "process_name"},
                    {"pid", 1},
                    {"args", {{"name", p.model + " by " + p.method + " (simulated)"}}}});
  for (std::size_t n = 0; n < p.nodes.size(); ++n) {
    events.push_back(thread_name(n + 1, p.nodes[n] + " computes"));
    events.push_back(thread_name(p.nodes.size() + n + 1, p.nodes[n] + " sends"));
  }
  for (const auto& event : t.run.events) {
    json out{{"ph", "X"},
             {"pid", 1},
             {"tid", thread_of(event, p.nodes.size())},
             {"ts", event.begin_ms * 1e3},
             {"dur", (event.end_ms - event.begin_ms) * 1e3}};
    if (event.kind == timeline_event::kind_t::compute) {
      const auto& step = t.prog.nodes[event.node].steps[event.index];
      out["name"] = "op " + std::to_string(step.op) + " " + g.ops[step.op].name;
      out["cat"] = "compute";
      out["args"] = {{"region", text_of(step.out)}};
    } else {
      const auto& sent = t.prog.transfers[event.index];
      out["name"] = "value " + std::to_string(sent.value) + " to " + p.nodes[sent.to];
      out["cat"] = "send";
      out["args"] = {{"region", text_of(sent.part)},
                     {"bytes", cost.wire_bytes(sent.value, sent.part)}};
    }
    events.push_back(std::move(out));
  }
  return json{{"displayTimeUnit", "ms"}, {"traceEvents", events}}.dump() + "\n";
}

}  // namespace bramble
