#pragma once

#include "model/graph/manifest.hpp"
#include "model/plan/plan.hpp"

namespace bramble {

/// A model called "nothing": one relu, without weights.
inline manifest nothing_model() {
  manifest m;
  m.model.name = "nothing";
  m.model.values = {{{1, 1, 2, 2}, element_type::f32, no_id}, {{1, 1, 2, 2}, element_type::f32, 0}};
  m.model.inputs = {0};
  m.model.outputs = {1};
  op o;
  o.name = "aten::relu";
  o.kind = op_kind::elementwise;
  o.inputs = {0};
  o.outputs = {1};
  o.call = {"aten::relu", "", {value_ref{0}}};
  m.model.ops = {o};
  return m;
}

/// A plan by which these of its nodes work, on a part of that model each: for those who only ask
/// who does.
inline plan plan_with_workers(const std::vector<std::string>& nodes,
                              const std::vector<std::uint16_t>& workers) {
  plan p;
  p.method = "bramble";
  p.nodes = nodes;
  p.verdicts.resize(nodes.size());
  for (const auto worker : workers) p.pieces.push_back({0, worker, {{0, 1}, {0, 2}, {0, 2}}});
  return p;
}

}  // namespace bramble
