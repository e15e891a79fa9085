#include "console/request_trace.hpp"

#include <algorithm>
#include <map>

#include "console/terminal.hpp"

namespace bramble {
namespace {

using json = nlohmann::json;
using event_kind = trace_event::kind_t;

/// Milliseconds since the request began, by the host's clock.
double since_begin(const request_trace& trace, const node_trace& node, double ms) {
  return ms + node.offset_ms - trace.began_ms();
}

double planned_busy(const plan& by, const std::string& node) {
  for (std::size_t n = 0; n < by.nodes.size() && n < by.verdicts.size(); ++n)
    if (by.nodes[n] == node) return by.verdicts[n].busy_ms;
  return 0;
}

std::string percent_of(double part, double whole) {
  return whole > 0 ? fixed(100 * part / whole, 0) + " %" : "-";
}

/// A transfer, where both ends told of it.
struct flow {
  std::size_t from = 0, to = 0;
  double sent_ms = -1, received_ms = -1;
};

std::map<std::uint32_t, flow> flows_of(const request_trace& trace) {
  std::map<std::uint32_t, flow> out;
  for (std::size_t n = 0; n < trace.nodes.size(); ++n)
    for (const auto& event : trace.nodes[n].part.events) {
      if (event.kind == event_kind::piece) continue;
      auto& mine = out[event.index];
      const auto at = since_begin(trace, trace.nodes[n], event.begin_ms);
      (event.kind == event_kind::sent ? mine.from : mine.to) = n;
      (event.kind == event_kind::sent ? mine.sent_ms : mine.received_ms) = at;
    }
  std::erase_if(
      out, [](const auto& each) { return each.second.sent_ms < 0 || each.second.received_ms < 0; });
  return out;
}

std::string region_text(const region& r) {
  const auto range = [](const char* what, const interval& i) {
    return what + std::to_string(i.begin) + "-" + std::to_string(i.end);
  };
  return range("rows ", r.rows) + range(", columns ", r.columns) + range(", channels ", r.channels);
}

json named_row(const char* what, std::size_t row, const std::string& name) {
  return {{"ph", "M"}, {"name", what}, {"pid", 1}, {"tid", row}, {"args", {{"name", name}}}};
}

}  // namespace

time_shares shares_of(const request_trace& trace, std::size_t index) {
  const auto& node = trace.nodes[index];
  time_shares out;
  out.planned_busy_ms = planned_busy(trace.by(), node.part.node);
  double first = trace.latency_ms(), last = 0;
  for (const auto& event : node.part.events) {
    if (event.kind != event_kind::piece) continue;
    out.messages_ms += event.handling_ms;
    out.encryption_ms += event.encryption_ms;
    out.computing_ms += event.end_ms - event.begin_ms - event.handling_ms - event.encryption_ms;
    first = std::min(first, since_begin(trace, node, event.begin_ms));
    last = std::max(last, since_begin(trace, node, event.end_ms));
  }
  if (last <= 0) {
    out.before_ms = trace.latency_ms();
    return out;
  }
  out.before_ms = std::max(first, 0.0);
  out.after_ms = std::max(trace.latency_ms() - last, 0.0);
  out.waiting_ms = trace.latency_ms() - out.before_ms - out.after_ms - out.busy_ms();
  return out;
}

std::string describe_where(const request_trace& trace) {
  const auto& by = trace.by();
  const auto whole = trace.latency_ms();
  auto out = bold(by.model) + " by " + by.method + ": one request took " + fixed(whole, 1) +
             " ms, " + percent_of(whole, by.predicted_ms) +
             " of predicted; no plan can take less "
             "than " +
             fixed(by.lower_bound_ms, 1) + " ms\n";
  std::vector<std::vector<std::string>> rows{{"node", "computing", "messages", "encryption",
                                              "waits", "before", "after", "busy", "planned busy",
                                              "clock"}};
  for (std::size_t n = 0; n < trace.nodes.size(); ++n) {
    const auto s = shares_of(trace, n);
    rows.push_back({trace.nodes[n].part.node, fixed(s.computing_ms, 1), fixed(s.messages_ms, 1),
                    fixed(s.encryption_ms, 1), fixed(s.waiting_ms, 1), fixed(s.before_ms, 1),
                    fixed(s.after_ms, 1), fixed(s.busy_ms(), 1), fixed(s.planned_busy_ms, 1),
                    "+-" + fixed(trace.nodes[n].error_ms, 2)});
  }
  out += format_table(rows);
  return out +
         "In ms. waits: between two pieces, for rows of others; before, after: its first and "
         "last piece.\n";
}

json where_json(const request_trace& trace) {
  auto nodes = json::array();
  for (std::size_t n = 0; n < trace.nodes.size(); ++n) {
    const auto s = shares_of(trace, n);
    nodes.push_back({{"name", trace.nodes[n].part.node},
                     {"computing_ms", s.computing_ms},
                     {"messages_ms", s.messages_ms},
                     {"encryption_ms", s.encryption_ms},
                     {"waiting_ms", s.waiting_ms},
                     {"before_ms", s.before_ms},
                     {"after_ms", s.after_ms},
                     {"planned_busy_ms", s.planned_busy_ms},
                     {"clock_error_ms", trace.nodes[n].error_ms}});
  }
  const auto& by = trace.by();
  return {{"model", by.model},
          {"method", by.method},
          {"epoch", by.epoch},
          {"latency_ms", trace.latency_ms()},
          {"predicted_ms", by.predicted_ms},
          {"lower_bound_ms", by.lower_bound_ms},
          {"nodes", nodes}};
}

std::string trace_json(const request_trace& trace, const graph& g) {
  const auto& by = trace.by();
  auto events = json::array();
  events.push_back(named_row("process_name", 0, by.model + " by " + by.method));
  for (std::size_t n = 0; n < trace.nodes.size(); ++n) {
    const auto& node = trace.nodes[n];
    events.push_back(named_row("thread_name", n + 1, node.part.node));
    for (const auto& event : node.part.events) {
      if (event.kind != event_kind::piece) continue;
      const auto name = event.index < g.ops.size() ? " " + g.ops[event.index].name : std::string{};
      events.push_back({{"ph", "X"},
                        {"pid", 1},
                        {"tid", n + 1},
                        {"ts", since_begin(trace, node, event.begin_ms) * 1e3},
                        {"dur", (event.end_ms - event.begin_ms) * 1e3},
                        {"name", "op " + std::to_string(event.index) + name},
                        {"cat", "compute"},
                        {"args",
                         {{"region", region_text(event.out)},
                          {"messages_ms", event.handling_ms + event.encryption_ms}}}});
    }
  }
  for (const auto& known : flows_of(trace)) {
    const auto& each = known.second;
    const auto end = [&](const char* phase, std::size_t row, double ms) {
      return json{{"ph", phase},       {"pid", 1},         {"tid", row + 1}, {"ts", ms * 1e3},
                  {"id", known.first}, {"name", "tensor"}, {"cat", "send"},  {"bp", "e"}};
    };
    events.push_back(end("s", each.from, each.sent_ms));
    events.push_back(end("f", each.to, each.received_ms));
  }
  return json{{"displayTimeUnit", "ms"}, {"traceEvents", events}}.dump() + "\n";
}

}  // namespace bramble
