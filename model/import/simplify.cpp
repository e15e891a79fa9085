#include "model/import/simplify.hpp"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "model/graph/region.hpp"
#include "model/import/references.hpp"

namespace bramble {
namespace {

/// A graph whose ops give way to others where they stand.
class rewriting {
 public:
  explicit rewriting(converted_model& converted)
      : model_{converted.model}, weights_{converted.weights} {
    for (auto& o : model_.ops) places_.push_back({std::move(o)});
    model_.ops.clear();
  }

  struct reading {
    op* by;
    std::size_t input;
  };

  /// Who reads each value; one that the host wants has a reader that is no op.
  std::vector<std::vector<reading>> readings() {
    std::vector<std::vector<reading>> out(model_.values.size());
    for (auto& place : places_)
      for (auto& o : place)
        for (std::size_t i = 0; i < o.inputs.size(); ++i) out[o.inputs[i]].push_back({&o, i});
    for (auto id : model_.outputs) out[id].push_back({nullptr, 0});
    return out;
  }

  /// The op that makes a value, if it does nothing else; null for inputs.
  op* maker(value_id id) {
    for (auto& place : places_)
      for (auto& o : place)
        if (o.outputs.size() == 1 && o.outputs[0] == id) return &o;
    return nullptr;
  }

  template <class Step>
  void each_op(Step step) {
    for (auto& place : places_)
      for (std::size_t i = 0; i < place.size(); ++i) step(place, i);
  }

  /// `before` is `after` for everybody that reads it.
  void replace(value_id before, value_id after) {
    const auto change = [&](value_id& id) {
      if (id == before) id = after;
    };
    for (auto& place : places_)
      for (auto& o : place) {
        for (auto& id : o.inputs) change(id);
        for_each_reference<value_ref>(o.call, change);
      }
    for (auto& id : model_.outputs) change(id);
  }

  /// An op whose output nobody reads any more: it reads nothing either, and goes at the end.
  static void discard(op& o) {
    o.inputs.clear();
    o.weights.clear();
    o.call = {};
  }

  value_id add_value(std::vector<std::int64_t> shape) {
    model_.values.push_back({std::move(shape), element_type::f32, no_id});
    return static_cast<value_id>(model_.values.size() - 1);
  }

  weight_id add_weight(at::Tensor tensor) {
    model_.weights.push_back({tensor.sizes().vec(), element_type::f32, {}});
    weights_.push_back(std::move(tensor));
    return static_cast<weight_id>(weights_.size() - 1);
  }

  const at::Tensor& weight(weight_id id) const { return weights_[id]; }
  const std::vector<std::int64_t>& shape(value_id id) const { return model_.values[id].shape; }

  /// Numbers everything anew in the order of the ops; what nobody reads any more goes.
  void finish() {
    drop_unread();
    std::vector<value_id> number(model_.values.size(), no_id);
    std::vector<value_info> values;
    const auto add = [&](value_id id, op_id producer) {
      number[id] = static_cast<value_id>(values.size());
      values.push_back(model_.values[id]);
      values.back().producer = producer;
    };
    for (auto id : model_.inputs) add(id, no_id);
    for (auto& place : places_)
      for (auto& o : place) {
        for (auto id : o.outputs) add(id, static_cast<op_id>(model_.ops.size()));
        model_.ops.push_back(std::move(o));
      }
    const auto renumber = [&](value_id& id) { id = number[id]; };
    for (auto& o : model_.ops) {
      std::for_each(o.inputs.begin(), o.inputs.end(), renumber);
      std::for_each(o.outputs.begin(), o.outputs.end(), renumber);
      for_each_reference<value_ref>(o.call, renumber);
    }
    std::for_each(model_.inputs.begin(), model_.inputs.end(), renumber);
    std::for_each(model_.outputs.begin(), model_.outputs.end(), renumber);
    model_.values = std::move(values);
    renumber_weights();
  }

 private:
  void drop_unread() {
    for (auto place = places_.rbegin(); place != places_.rend(); ++place)
      for (auto i = place->size(); i-- > 0;) {
        const auto all = readings();
        const auto& outputs = (*place)[i].outputs;
        if (std::all_of(outputs.begin(), outputs.end(), [&](auto id) { return all[id].empty(); }))
          place->erase(place->begin() + static_cast<std::ptrdiff_t>(i));
      }
  }

  void renumber_weights() {
    std::vector<weight_id> number(weights_.size(), no_id);
    std::vector<weight_info> infos;
    std::vector<at::Tensor> kept;
    for (auto& o : model_.ops)
      for_each_weight(o, [&](weight_id& id) {
        if (number[id] == no_id) {
          number[id] = static_cast<weight_id>(kept.size());
          infos.push_back(model_.weights[id]);
          kept.push_back(weights_[id]);
        }
        id = number[id];
      });
    model_.weights = std::move(infos);
    weights_ = std::move(kept);
  }

  graph& model_;
  std::vector<at::Tensor>& weights_;
  std::vector<std::vector<op>> places_;  // what stands in place of each op of before
};

bool is_product(const op* o) {
  return o != nullptr && (o->kind == op_kind::product || o->kind == op_kind::window_product);
}

/// x times a number, or divided by one.
struct scaled_value {
  value_id x = no_id;
  double factor = 1;
};

std::optional<scaled_value> scaled_by(const rewriting& r, const op& o) {
  const bool divides = o.call.schema == "aten::div";
  if (o.kind != op_kind::elementwise || (o.call.schema != "aten::mul" && !divides) ||
      o.inputs.size() != 1 || o.call.arguments.size() != 2)
    return {};
  const auto number = [&](const argument& arg) -> std::optional<double> {
    if (const auto* d = std::get_if<double>(&arg)) return *d;
    if (const auto* i = std::get_if<std::int64_t>(&arg)) return static_cast<double>(*i);
    const auto* w = std::get_if<weight_ref>(&arg);
    if (w == nullptr || r.weight(w->id).numel() != 1) return {};
    return r.weight(w->id).item<double>();
  };
  const auto &a = o.call.arguments[0], &b = o.call.arguments[1];
  const bool first = std::holds_alternative<value_ref>(a);
  if (first == std::holds_alternative<value_ref>(b) || (divides && !first)) return {};
  const auto factor = number(first ? b : a);
  if (!factor || (divides && *factor == 0)) return {};
  return scaled_value{o.inputs[0], divides ? 1 / *factor : *factor};
}

/// Numbers that queries or scores are multiplied with.
void fold_scales(rewriting& r) {
  r.each_op([&](std::vector<op>& place, std::size_t i) {
    const auto scaled = scaled_by(r, place[i]);
    if (!scaled) return;
    const auto all = r.readings();
    const auto made = place[i].outputs[0];
    auto* before = r.maker(scaled->x);
    if (is_product(before) && all[scaled->x].size() == 1) {
      before->product.scale *= scaled->factor;
      r.replace(made, scaled->x);
      rewriting::discard(place[i]);
      return;
    }
    const auto& read = all[made];
    const bool by_queries = read.size() == 1 && is_product(read[0].by) && read[0].input == 0;
    if (!by_queries) return;
    read[0].by->product.scale *= scaled->factor;
    r.replace(made, scaled->x);
    rewriting::discard(place[i]);
  });
}

/// Channels that follow each other.
bool is_run(const op& o) {
  for (std::size_t i = 1; i < o.channels.size(); ++i)
    if (o.channels[i] != o.channels[i - 1] + 1) return false;
  return o.kind == op_kind::select;
}

void fold_selects(rewriting& r) {
  r.each_op([&](std::vector<op>& place, std::size_t i) {
    const auto& o = place[i];
    if (!is_run(o) || o.inputs.empty()) return;
    const auto all = r.readings();
    const auto& read = all[o.outputs[0]];
    if (!std::all_of(read.begin(), read.end(), [](const auto& at) { return is_product(at.by); }))
      return;
    const auto first = o.channels[0];
    const auto made = o.outputs[0], from = o.inputs[0];
    for (const auto& at : read)
      (at.input == 0 ? at.by->product.left : at.by->product.right).first += first;
    r.replace(made, from);
    rewriting::discard(place[i]);
  });
}

/// The channels of a side.
interval channels_read(const rewriting& r, const rewriting::reading& at) {
  const auto& p = at.by->product;
  const auto& side = at.input == 0 ? p.left : p.right;
  const auto made = r.shape(at.by->outputs[0])[1];
  const auto each = at.input == 0 || p.by_rows ? p.depth : p.joined ? made / p.heads : made;
  return {side.first, side.first + (p.heads - 1) * side.step + each};
}

/// Which of a layer's channels are read as queries, and which as keys and values; both in pieces
/// that do not touch each other.
std::vector<interval> ranges_of(const rewriting& r, const std::vector<rewriting::reading>& read) {
  std::vector<interval> ranges;
  for (std::size_t input : {0, 1}) {
    interval all;
    for (const auto& at : read)
      if (at.input == input) all = hull(all, channels_read(r, at));
    if (!all.empty()) ranges.push_back(all);
  }
  if (ranges.size() == 2 && !intersect(ranges[0], ranges[1]).empty()) return {};
  return ranges;
}

op part_of_layer(rewriting& r, const op& layer, interval channels) {
  auto part = layer;
  for (auto& id : part.weights)
    id = r.add_weight(r.weight(id).narrow(0, channels.begin, channels.size()).clone());
  auto shape = r.shape(layer.outputs[0]);
  shape[1] = channels.size();
  part.outputs = {r.add_value(std::move(shape))};
  return part;
}

void split_projections(rewriting& r) {
  r.each_op([&](std::vector<op>& place, std::size_t i) {
    const auto layer = place[i];
    const bool fits =
        layer.kind == op_kind::convolution && layer.groups == 1 && layer.inputs.size() == 1;
    if (!fits) return;
    const auto made = layer.outputs[0];
    const auto read = r.readings()[made];
    if (read.empty() ||
        !std::all_of(read.begin(), read.end(), [](const auto& at) { return is_product(at.by); }))
      return;
    const auto ranges = ranges_of(r, read);
    if (ranges.size() < 2) return;
    std::vector<op> parts;
    for (std::size_t k = 0; k < ranges.size(); ++k) {
      parts.push_back(part_of_layer(r, layer, ranges[k]));
      parts.back().name += k == 0 ? " (queries)" : " (keys, values)";
    }
    for (const auto& at : read) {
      const auto mine = channels_read(r, at);
      for (std::size_t k = 0; k < ranges.size(); ++k) {
        if (!ranges[k].contains(mine)) continue;
        (at.input == 0 ? at.by->product.left : at.by->product.right).first -= ranges[k].begin;
        at.by->inputs[at.input] = parts[k].outputs[0];
      }
    }
    // What gets around goes first.
    std::reverse(parts.begin(), parts.end());
    place.erase(place.begin() + static_cast<std::ptrdiff_t>(i));
    place.insert(place.begin() + static_cast<std::ptrdiff_t>(i), parts.begin(), parts.end());
  });
}

/// a + b of two maps of equal shape.
bool adds_maps(const rewriting& r, const op& o) {
  if (o.kind != op_kind::elementwise || o.call.schema != "aten::add" || o.inputs.size() != 2 ||
      o.call.arguments.size() != 3 || r.shape(o.inputs[0]) != r.shape(o.inputs[1]))
    return false;
  const auto* alpha = std::get_if<std::int64_t>(&o.call.arguments[2]);
  return alpha != nullptr && *alpha == 1;
}

void fuse_residuals(rewriting& r) {
  r.each_op([&](std::vector<op>& place, std::size_t i) {
    const auto sum = place[i];
    if (!adds_maps(r, sum)) return;
    const auto all = r.readings();
    for (std::size_t k : {0, 1}) {
      auto* layer = r.maker(sum.inputs[k]);
      const auto other = sum.inputs[1 - k];
      if (layer == nullptr || layer->kind != op_kind::convolution || layer->inputs.size() != 1 ||
          layer->activation.kind != fused_activation::kind_t::none ||
          all[sum.inputs[k]].size() != 1)
        continue;
      // Made by then.
      if (other > layer->outputs[0]) continue;
      layer->inputs.push_back(other);
      r.replace(sum.outputs[0], layer->outputs[0]);
      rewriting::discard(place[i]);
      return;
    }
  });
}

}  // namespace

void simplify(converted_model& converted) {
  const auto& ops = converted.model.ops;
  if (!std::any_of(ops.begin(), ops.end(), [](const op& o) { return is_product(&o); })) return;
  rewriting r{converted};
  // Values are in the order of their ops until layers are split.
  fuse_residuals(r);
  fold_scales(r);
  fold_selects(r);
  split_projections(r);
  r.finish();
}

}  // namespace bramble
