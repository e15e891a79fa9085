#include "model/import/builder.hpp"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "model/import/shuffle.hpp"
#include "model/import/source_place.hpp"

namespace bramble {
namespace {

using c10::IValue;
using torch::jit::Node;
using torch::jit::Value;
namespace prim = torch::jit::prim;

/// Weights are stored as float32 even where a file kept them shorter.
at::Tensor stored_form(const at::Tensor& tensor) {
  const auto type = tensor.scalar_type();
  const bool is_short = type == at::kHalf || type == at::kBFloat16;
  return (is_short ? tensor.to(at::kFloat) : tensor).detach().contiguous();
}

}  // namespace

graph_builder::graph_builder(const graph_facts& facts, std::string name, std::string place)
    : facts_{facts}, place_{std::move(place)} {
  model.name = std::move(name);
}

void graph_builder::refuse(const Node* node, const std::string& why) const {
  throw user_error(place_ + ": the op " + op_and_place(node) + " " + why + ".");
}

value_id graph_builder::add_value(const tensor_facts& facts, op_id producer) {
  model.values.push_back({facts.shape, element_type_of(facts.type, place_), producer});
  return static_cast<value_id>(model.values.size() - 1);
}

void graph_builder::add_input(const Value* value) {
  // An input that nothing reads has no facts of use but is still part of the contract.
  values_[value] = add_value(*facts_.tensor(value), no_id);
  model.inputs.push_back(values_[value]);
}

void graph_builder::add_output(const Value* value) {
  if (!is_value(value) && constant_tensor(value)) {
    // An answer that does not depend on the input: made by copying a weight.
    const auto tensor = *constant_tensor(value);
    op o;
    o.name = next_name("constant");
    o.call = {"aten::clone", "", {weight_ref{weight(tensor)}, nothing{}}};
    const auto id = static_cast<op_id>(model.ops.size());
    values_[value] = add_value({tensor.sizes().vec(), tensor.scalar_type(), true}, id);
    o.outputs = {values_[value]};
    model.ops.push_back(std::move(o));
  }
  model.outputs.push_back(this->value(value));
}

void graph_builder::emit(op o, const std::vector<const Value*>& results) {
  const auto id = static_cast<op_id>(model.ops.size());
  for (const auto* result : results) {
    values_[result] = add_value(*facts_.tensor(result), id);
    o.outputs.push_back(values_[result]);
  }
  model.ops.push_back(std::move(o));
}

value_id graph_builder::append(op o, std::vector<std::int64_t> shape) {
  o.outputs = {
      add_value({std::move(shape), at::kFloat, true}, static_cast<op_id>(model.ops.size()))};
  model.ops.push_back(std::move(o));
  return model.ops.back().outputs[0];
}

void graph_builder::carry(const Value* value, carried_tensor carried) {
  const bool is_itself = carried.form == tensor_form::channels_first &&
                         facts_.tensor(value)->shape == shape(carried.map);
  if (is_itself)
    values_[value] = carried.map;
  else
    carried_[value] = carried;
}

std::optional<carried_tensor> graph_builder::carried(const Value* value) const {
  if (const auto found = carried_.find(value); found != carried_.end()) return found->second;
  const auto made = values_.find(value);
  if (made == values_.end() || !facts_.is_map(value)) return {};
  return carried_tensor{made->second, tensor_form::channels_first};
}

/// The tensor itself, from the map that carries it.
value_id graph_builder::made_of(const carried_tensor& from,
                                const std::vector<std::int64_t>& wanted) {
  const bool is_photo = wanted.size() == 4 && wanted[0] == 1;
  const auto call = [&](const char* name, value_id id, std::vector<std::int64_t> numbers,
                        const std::vector<std::int64_t>& to) {
    op o;
    o.name = next_name(name);
    o.inputs = {id};
    o.call = {std::string{"aten::"} + name, "", {value_ref{id}, std::move(numbers)}};
    return append(std::move(o), to);
  };
  if (from.form == tensor_form::arranged) return rearranged(from, wanted);
  if (from.form != tensor_form::channels_last) return call("reshape", from.map, wanted, wanted);
  if (!is_photo) return append(reshape_op(*this, from.map), wanted);
  // A map whose channels are the tensor's rows: laid out anew.
  auto map = from.map;
  const std::vector<std::int64_t> lying{1, wanted[3], wanted[1], wanted[2]};
  if (shape(map) != lying) map = append(reshape_op(*this, map), lying);
  return call("permute", map, {0, 2, 3, 1}, wanted);
}

/// The map's parts as a tensor of their own axes each, those in the order of the tensor's.
value_id graph_builder::rearranged(const carried_tensor& from,
                                   const std::vector<std::int64_t>& wanted) {
  if (const auto made = shuffled(*this, from.map, from.how, wanted)) return *made;
  const auto map = selected(*this, from.map, channels_of(from.how));
  const auto parts = all_parts(with_own_channels(from.how));
  auto by_memory = parts;
  const auto place = [](const axis_part& part) { return std::pair{part.of, -part.stride}; };
  std::sort(by_memory.begin(), by_memory.end(),
            [&](const auto& a, const auto& b) { return place(a) < place(b); });
  std::vector<std::int64_t> lying, order, turned;
  lying.reserve(parts.size());
  order.reserve(parts.size());
  turned.reserve(parts.size());
  for (const auto& part : by_memory) lying.push_back(part.size);
  for (const auto& part : parts) {
    order.push_back(std::find(by_memory.begin(), by_memory.end(), part) - by_memory.begin());
    turned.push_back(part.size);
  }
  // No part is of size 1, so that none of these is a map and lies in memory in another way.
  const auto dense = append(reshape_op(*this, map), lying);
  op permute;
  permute.name = next_name("permute");
  permute.inputs = {dense};
  permute.call = {"aten::permute", "", {value_ref{dense}, order}};
  const auto made = append(std::move(permute), turned);
  op reshape;
  reshape.name = next_name("reshape");
  reshape.inputs = {made};
  reshape.call = {"aten::reshape", "", {value_ref{made}, wanted}};
  return append(std::move(reshape), wanted);
}

value_id selected(graph_builder& builder, value_id map, std::vector<std::int64_t> channels) {
  auto shape = builder.shape(map);
  std::vector<std::int64_t> all(static_cast<std::size_t>(shape[1]));
  std::iota(all.begin(), all.end(), 0);
  if (channels == all) return map;
  op o;
  o.kind = op_kind::select;
  o.name = builder.next_name("select") + " " + std::to_string(channels.size());
  o.inputs = {map};
  shape[1] = static_cast<std::int64_t>(channels.size());
  o.channels = std::move(channels);
  return builder.append(std::move(o), std::move(shape));
}

op reshape_op(graph_builder& builder, value_id from) {
  op o;
  o.kind = op_kind::reshape;
  o.name = builder.next_name("reshape");
  o.inputs = {from};
  return o;
}

void graph_builder::emit_atom(const Node* node) {
  op o;
  o.call = call_of(node);
  o.inputs = values_of(o.call);
  o.name = next_name(node->kind().toUnqualString());
  const auto id = static_cast<op_id>(model.ops.size());
  // Results nobody reads may be left out at the end, but not before one that is read.
  auto count = node->outputs().size();
  while (count > 1 && node->output(count - 1)->uses().empty()) --count;
  for (std::size_t i = 0; i < count; ++i) {
    const auto* result = node->output(i);
    if (const auto* items = facts_.list(result)) {
      for (const auto& item : *items) {
        lists_[result].push_back(add_value(item, id));
        o.outputs.push_back(lists_[result].back());
      }
      continue;
    }
    const auto* facts = facts_.tensor(result);
    if (facts == nullptr || !facts->defined) refuse(node, "returns something that is no tensor");
    values_[result] = add_value(*facts, id);
    o.outputs.push_back(values_[result]);
  }
  model.ops.push_back(std::move(o));
}

void graph_builder::alias(const Value* value, const Value* original) {
  if (const auto kept = carried_.find(original); kept != carried_.end() && !is_made(original))
    carried_[value] = kept->second;
  else
    values_[value] = this->value(original);
}

void graph_builder::alias_element(const Value* value, const Value* list, std::size_t i) {
  const auto found = lists_.find(list);
  if (found == lists_.end() || i >= found->second.size())
    refuse(value->node(), "takes apart a list that is not known beforehand");
  values_[value] = found->second[i];
}

value_id graph_builder::value(const Value* value) {
  if (const auto found = values_.find(value); found != values_.end()) return found->second;
  const auto kept = carried_.find(value);
  if (kept == carried_.end()) refuse(value->node(), "makes something that no graph can hold");
  return values_[value] = made_of(kept->second, facts_.tensor(value)->shape);
}

weight_id graph_builder::weight(const Value* constant) {
  const auto tensor = constant_tensor(constant);
  if (!tensor) refuse(constant->node(), "is no constant tensor");
  return weight(*tensor);
}

weight_id graph_builder::weight(const at::Tensor& tensor) {
  const auto known = known_weights_.find(tensor.unsafeGetTensorImpl());
  if (known != known_weights_.end()) return known->second;
  auto stored = stored_form(tensor);
  const auto id = static_cast<weight_id>(weights.size());
  model.weights.push_back(
      {stored.sizes().vec(), element_type_of(stored.scalar_type(), place_), {}});
  known_weights_[tensor.unsafeGetTensorImpl()] = id;
  originals_.push_back(tensor);
  weights.push_back(std::move(stored));
  return id;
}

argument graph_builder::argument_of_constant(const IValue& constant, const Node* user) {
  if (constant.isNone()) return nothing{};
  if (constant.isTensor()) {
    if (!constant.toTensor().defined()) return nothing{};
    return weight_ref{weight(constant.toTensor())};
  }
  if (constant.isInt()) return constant.toInt();
  if (constant.isDouble()) return constant.toDouble();
  if (constant.isBool()) return constant.toBool();
  if (constant.isString()) return constant.toStringRef();
  if (constant.isDevice()) return constant.toDevice().str();
  if (constant.isIntList()) return constant.toIntVector();
  if (constant.isDoubleList()) return constant.toDoubleVector();
  if (constant.isBoolList()) {
    const auto flags = constant.toBoolList();
    return std::vector<std::int64_t>(flags.begin(), flags.end());
  }
  if (constant.isList()) {
    tensor_list list;
    for (const auto& item : constant.toListRef()) {
      if (item.isTensor() && item.toTensor().defined())
        list.items.emplace_back(weight_ref{weight(item.toTensor())});
      else if (item.isTensor() || item.isNone())
        list.items.emplace_back(nothing{});
      else
        refuse(user, "has an argument of a type that cannot be stored (" + item.tagKind() + ")");
    }
    return list;
  }
  refuse(user, "has an argument of a type that cannot be stored (" + constant.tagKind() + ")");
}

argument graph_builder::argument_of_list(const Node* list, const Node* user) {
  tensor_list items;
  for (const auto* item : list->inputs()) {
    if (is_value(item))
      items.items.emplace_back(value_ref{value(item)});
    else if (constant_tensor(item))
      items.items.emplace_back(weight_ref{weight(item)});
    else if (is_none(item))
      items.items.emplace_back(nothing{});
    else
      refuse(user, "has a list with something else than tensors in it");
  }
  return items;
}

argument graph_builder::argument_of(const Value* value, const Node* user) {
  if (is_value(value)) return value_ref{this->value(value)};
  if (const auto list = lists_.find(value); list != lists_.end()) {
    tensor_list items;
    for (auto id : list->second) items.items.emplace_back(value_ref{id});
    return items;
  }
  if (const auto constant = torch::jit::toIValue(value))
    return argument_of_constant(*constant, user);
  if (value->node()->kind() == prim::ListConstruct) return argument_of_list(value->node(), user);
  refuse(user, std::string{"takes what "} + value->node()->kind().toQualString() +
                   " makes, which no graph can hold");
}

registry_call graph_builder::call_of(const Node* node, const replaced_arguments& replaced) {
  const auto* schema = node->maybeSchema();
  if (schema == nullptr ||
      !c10::Dispatcher::singleton().findSchema({schema->name(), schema->overload_name()}))
    refuse(node, "is not in LibTorch's registry, so no node could run it");
  if (schema->is_mutable()) refuse(node, "writes in place where that cannot be undone");
  if (schema->name() == "aten::as_strided" && facts_.is_map(node->input(0)))
    refuse(node, "depends on how its input lies in memory");
  registry_call call{schema->name(), schema->overload_name(), {}};
  for (std::size_t i = 0; i < node->inputs().size(); ++i) {
    const auto other = replaced.find(i);
    if (other == replaced.end())
      call.arguments.push_back(argument_of(node->input(i), node));
    else
      call.arguments.push_back(other->second);
  }
  return call;
}

std::string graph_builder::next_name(const std::string& stem) {
  return stem + std::to_string(++name_counts_[stem]);
}

std::vector<value_id> values_of(const registry_call& call) {
  std::vector<value_id> out;
  auto add = [&out](value_id id) {
    if (std::find(out.begin(), out.end(), id) == out.end()) out.push_back(id);
  };
  for (const auto& arg : call.arguments) {
    if (const auto* ref = std::get_if<value_ref>(&arg)) add(ref->id);
    if (const auto* list = std::get_if<tensor_list>(&arg))
      for (const auto& item : list->items)
        if (const auto* ref = std::get_if<value_ref>(&item)) add(ref->id);
  }
  return out;
}

}  // namespace bramble
