#include "balancer/report/report.hpp"

#include <algorithm>

#include "config/format.hpp"

namespace bramble {
namespace {

/// `text` at the right end of so many columns.
std::string aligned_right(const std::string& text, std::size_t columns) {
  return std::string(columns - std::min(columns, text.size()), ' ') + text;
}

double ratio(double a, double b) {
  return b > 0 ? a / b : 0;
}

/// How far the prediction is above what no plan can beat; 0 when there is no bound.
double gap_of(const plan& p) {
  return p.lower_bound_ms > 0 ? p.predicted_ms / p.lower_bound_ms - 1 : 0;
}

}  // namespace

std::string report_text(const plan& p) {
  std::string out = p.model + " by method " + p.method + ", host " + p.nodes[p.host] + ", " +
                    name_of(p.wire) + " on the wire: " + std::to_string(workers(p).size()) +
                    " of " + std::to_string(p.nodes.size()) + " nodes work\n";
  out += "predicted " + format_ms(p.predicted_ms) + " ms, " + p.nodes[p.host] + " alone " +
         format_ms(p.one_node_ms) + " ms, speed-up " +
         fixed(ratio(p.one_node_ms, p.predicted_ms), 2) + "; no plan can take less than " +
         format_ms(p.lower_bound_ms) + " ms (gap " + fixed(gap_of(p) * 100, 0) +
         " %); planned in " + format_ms(p.plan_ms) + " ms\n";
  if (!p.exactness.empty()) out += "answer: " + p.exactness + "\n";
  std::size_t width = 4;
  for (const auto& name : p.nodes) width = std::max(width, name.size());
  out += "node" + std::string(width - 4, ' ') + "   busy ms      sends  why\n";
  for (std::size_t n = 0; n < p.nodes.size(); ++n) {
    const auto& v = p.verdicts[n];
    out += p.nodes[n] + std::string(width - p.nodes[n].size(), ' ') + "  " +
           aligned_right(format_ms(v.busy_ms), 8) + " " +
           aligned_right(format_bytes(v.bytes_out), 10) + "  " + v.reason + "\n";
  }
  return out;
}

nlohmann::json report_json(const plan& p) {
  auto nodes = nlohmann::json::array();
  for (std::size_t n = 0; n < p.nodes.size(); ++n) {
    const auto& v = p.verdicts[n];
    nodes.push_back({{"name", p.nodes[n]},
                     {"in", v.in},
                     {"reason", v.reason},
                     {"busy_ms", v.busy_ms},
                     {"bytes_out", v.bytes_out},
                     {"weight_bytes", v.weight_bytes},
                     {"buffer_bytes", v.buffer_bytes}});
  }
  return {{"model", p.model},
          {"method", p.method},
          {"objective", "latency"},
          {"host", p.nodes[p.host]},
          {"wire", name_of(p.wire)},
          {"predicted_ms", p.predicted_ms},
          {"one_node_ms", p.one_node_ms},
          {"speedup", ratio(p.one_node_ms, p.predicted_ms)},
          {"lower_bound_ms", p.lower_bound_ms},
          {"gap", gap_of(p)},
          {"plan_ms", p.plan_ms},
          {"exact", p.exact},
          {"exactness", p.exactness},
          {"nodes", nodes}};
}

}  // namespace bramble
