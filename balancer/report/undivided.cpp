#include "balancer/report/undivided.hpp"

#include <algorithm>
#include <map>

#include "config/format.hpp"
#include "config/parse.hpp"

namespace bramble {
namespace {

/// Fewer are not worth a word.
constexpr double told_share = 0.001;
constexpr std::size_t told_kinds = 4;

std::string kind_of(const op& o) {
  if (o.kind != op_kind::atom) return name_of(o.kind);
  const auto colons = o.call.schema.rfind("::");
  return colons == std::string::npos ? o.name : o.call.schema.substr(colons + 2);
}

std::string percent_of(double share) {
  return fixed(100 * share, 1) + " %";
}

}  // namespace

std::vector<undivided_ops> undivided(const cost_model& cost, std::size_t node) {
  const auto& g = cost.model();
  const auto all = cost.model_ms(node);
  std::map<std::string, undivided_ops> by_kind;
  for (op_id id = 0; id < g.ops.size(); ++id) {
    const auto& o = g.ops[id];
    if (splittable(g, o) || o.kind == op_kind::reshape) continue;
    auto& sum = by_kind[kind_of(o)];
    sum.what = kind_of(o);
    ++sum.count;
    sum.ms += cost.whole_ms(node, id);
  }
  std::vector<undivided_ops> out;
  out.reserve(by_kind.size());
  for (auto& [name, sum] : by_kind) {
    sum.share = all > 0 ? sum.ms / all : 0;
    out.push_back(std::move(sum));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.ms > b.ms; });
  return out;
}

std::vector<undivided_ops> undivided(const graph& g) {
  shelf any;
  any.host = "any";
  any.nodes.emplace_back();
  any.nodes.back().name = any.host;
  any.nodes.back().gmacs = 1;
  any.nodes.back().nic_mbit = 1;  // nothing is sent
  return undivided(cost_model{g, any, wire_type::fp32}, 0);
}

std::string undivided_text(const std::vector<undivided_ops>& ops) {
  double share = 0;
  for (const auto& each : ops) share += each.share;
  if (share < told_share) return {};
  auto text = percent_of(share) + " of it in ops that run whole: ";
  for (std::size_t i = 0; i < std::min(ops.size(), told_kinds); ++i)
    text += (i > 0 ? ", " : "") + std::to_string(ops[i].count) + " " + printable(ops[i].what) +
            " " + percent_of(ops[i].share);
  return text + (ops.size() > told_kinds ? ", ..." : "");
}

}  // namespace bramble
