#include "model/import/tensor_window.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>

namespace bramble {
namespace {

using torch::jit::Graph;
using torch::jit::Value;
using shape_t = std::vector<std::int64_t>;

Value* emit_op(Graph& graph, const char* op, const std::vector<Value*>& inputs) {
  return graph.insertNode(graph.create(c10::Symbol::fromQualString(op), inputs))->output();
}

/// Windows on as many elements as there are in the memory: it is then read from its start as it was
/// in the trace. `as_strided` alone looks at that.
bool lies_as_traced(const tensor_window& whole) {
  return whole.parent == nullptr && whole.memory->facts.is_plain();
}

bool is_empty(const shape_t& shape) {
  return std::find(shape.begin(), shape.end(), 0) != shape.end();
}

}  // namespace

bool tensor_window::is_fresh() const {
  return after == memory->writes;
}

tensor_window* tensor_windows::add_memory(Value* value, const memory_facts& facts) {
  memories_.push_back({0, facts, nullptr});
  auto* memory = &memories_.back();
  windows_.push_back({});
  memory->whole = &windows_.back();
  memory->whole->memory = memory;
  memory->whole->value = value;
  memory->whole->after = 0;
  return memory->whole;
}

tensor_window* tensor_windows::add_view(tensor_window* whole, const traced_view& view,
                                        bool same_type) {
  auto* w = whole;
  for (auto& step : steps_of(view)) {
    windows_.push_back({});
    auto& next = windows_.back();
    next.memory = w->memory;
    next.parent = w;
    next.can_be_written = same_type;
    if (step.kind == view_step::kind_t::other) {
      next.can_be_seen = step.node != nullptr;
      if (view.op == "aten::as_strided") {
        next.can_be_seen = lies_as_traced(*w);
        if (!next.can_be_seen && w->memory->writes > 0)
          throw not_followed("depends on how a tensor that was written into lies in memory");
      }
    }
    next.step = std::move(step);
    w = &next;
  }
  w->after = w->memory->writes;
  return w;
}

Value* tensor_windows::read(tensor_window* w) {
  if (w->is_fresh() && w->value != nullptr) return w->value;
  if (!w->can_be_seen)
    throw not_followed(
        "reads a part of a tensor that was written into since, in a way that cannot be followed");
  w->value = seen(graph_, w->step, read(w->parent));
  w->after = w->memory->writes;
  return w->value;
}

void tensor_windows::write(tensor_window* w, Value* content) {
  if (w->parent != nullptr && is_empty(w->step.to)) return;
  std::vector<tensor_window*> way;
  bool stepwise = true;
  for (auto* at = w; at->parent != nullptr; at = at->parent) {
    if (!at->can_be_written || !at->can_be_seen)
      throw not_followed("writes through a view that cannot be followed");
    way.push_back(at);
    stepwise = stepwise && can_put_back(at->step);
  }
  if (!stepwise) return write_elements(w, way, content);
  std::vector<Value*> wholes;  // as they are before the write
  for (auto* part : way) wholes.push_back(read(part->parent));
  const auto writes = ++w->memory->writes;
  w->value = content;
  w->after = writes;
  for (std::size_t i = 0; i < way.size(); ++i) {
    auto* parent = way[i]->parent;
    parent->value = put_back(graph_, way[i]->step, wholes[i], way[i]->value);
    parent->after = writes;
  }
}

/// Through a view that cannot be undone step by step (a diagonal, windows, one row of a repeated
/// one): each element is put where it came from.
void tensor_windows::write_elements(tensor_window* w, const std::vector<tensor_window*>& way,
                                    Value* content) {
  auto* memory = w->memory;
  const auto& shape = memory->facts.shape;
  std::int64_t count = 1;
  for (auto size : shape) count *= size;
  auto places = at::arange(count, at::kLong).reshape(shape);
  for (auto it = way.rbegin(); it != way.rend(); ++it) places = seen((*it)->step, places);
  const shape_t line{-1};
  auto* old = emit_op(graph_, "aten::reshape", {read(memory->whole), graph_.insertConstant(line)});
  auto* made = emit_op(graph_, "aten::reshape", {content, graph_.insertConstant(line)});
  auto* all = emit_op(graph_, "aten::index_copy",
                      {old, graph_.insertConstant(std::int64_t{0}),
                       graph_.insertConstant(places.reshape(line).contiguous()), made});
  ++memory->writes;
  memory->whole->value = emit_op(graph_, "aten::reshape", {all, graph_.insertConstant(shape)});
  memory->whole->after = memory->writes;
}

}  // namespace bramble
