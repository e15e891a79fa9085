#include "model/runtime/backend.hpp"

#include "config/base/files.hpp"
#include "config/defaults_runtime.hpp"

namespace bramble {

std::string likeness(const graph& g, const op& o) {
  auto like = o;
  like.name.clear();
  like.inputs.clear();
  like.outputs.clear();
  like.weights.clear();
  byte_vector text;
  byte_writer writer{text};
  auto add_value = [&](value_id id) { writer(g.values[id].shape, g.values[id].type); };
  for (auto id : o.inputs) add_value(id);
  for (auto id : o.outputs) add_value(id);
  for (auto id : o.weights) writer(g.weights[id].shape);
  // References become the shapes behind them.
  for (auto& arg : like.call.arguments) {
    if (const auto* value = std::get_if<value_ref>(&arg)) add_value(value->id);
    if (const auto* weight = std::get_if<weight_ref>(&arg)) writer(g.weights[weight->id].shape);
    if (std::holds_alternative<value_ref>(arg) || std::holds_alternative<weight_ref>(arg))
      arg = nothing{};
    if (auto* list = std::get_if<tensor_list>(&arg))
      for (auto& item : list->items) {
        if (const auto* value = std::get_if<value_ref>(&item)) add_value(value->id);
        if (const auto* weight = std::get_if<weight_ref>(&item))
          writer(g.weights[weight->id].shape);
        item = nothing{};
      }
  }
  writer(like);
  return as_text(text);
}

void backend_choices::set(const std::string& like, const kernel_choice& best) {
  const std::lock_guard guard{mutex_};
  const auto [known, is_new] = best_.try_emplace(like, best);
  if (is_new || known->second == best) return;
  known->second = best;
  ++changes_;
}

std::uint64_t backend_choices::changes() const {
  const std::lock_guard guard{mutex_};
  return changes_;
}

std::optional<kernel_choice> backend_choices::find(const std::string& like) const {
  const std::lock_guard guard{mutex_};
  const auto found = best_.find(like);
  if (found == best_.end()) return {};
  return found->second;
}

const kernel_candidate& best_of(const std::vector<kernel_candidate>& candidates) {
  const auto& first = candidates.front();
  const auto* best = &first;
  for (const auto& c : candidates)
    if (c.exact && c.ms <= first.ms * defaults::exactness_cost && (!best->exact || c.ms < best->ms))
      best = &c;
  return first.exact ? first : *best;
}

}  // namespace bramble
