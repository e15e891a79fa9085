#pragma once

#include "model/graph/manifest.hpp"

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

}  // namespace bramble
