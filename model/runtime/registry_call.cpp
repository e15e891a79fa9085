#include "model/runtime/registry_call.hpp"

#include <algorithm>

#include "model/graph/op_library.hpp"
#include "model/runtime/threads.hpp"

namespace bramble {
namespace {

c10::OperatorHandle find_operator(const graph& g, op_id id) {
  const auto& call = g.ops[id].call;
  const auto find = [&call] {
    return c10::Dispatcher::singleton().findSchema({call.schema, call.overload});
  };
  const auto library = call.schema.substr(0, call.schema.find("::"));
  auto found = find();
  if (!found && load_op_library(library)) found = find();
  if (!found && library != "aten")
    throw user_error(g.name + ": " + describe_op(g, id) + " calls " + call.schema +
                     ", an op of the library " + library + "'s own, and " +
                     how_to_get_op_library(library));
  if (!found)
    throw user_error(g.name + ": " + describe_op(g, id) + " calls " + call.schema + " \"" +
                     call.overload + "\", which LibTorch " + libtorch_version() +
                     " does not have; import the model again with this version.");
  return *found;
}

/// Without the "or nothing" around it.
c10::TypePtr inner_type(const c10::TypePtr& type) {
  const auto optional = type->cast<c10::OptionalType>();
  return optional ? optional->getElementType() : type;
}

bool is_kind(const c10::TypePtr& type, c10::TypeKind kind) {
  return type->kind() == kind;
}

c10::IValue bool_list(const std::vector<std::int64_t>& numbers) {
  c10::List<bool> list;
  for (auto n : numbers) list.push_back(n != 0);
  return list;
}

}  // namespace

prepared_call::prepared_call(weight_source& weights, op_id id)
    : g_{weights.model()}, id_{id}, handle_{find_operator(g_, id)} {
  const auto& schema = handle_.schema();
  const auto& given = g_.ops[id].call.arguments;
  if (schema.is_mutable()) refuse("writes to its arguments");
  if (given.size() > schema.arguments().size())
    refuse("has more arguments than this LibTorch knows");
  stack_.resize(schema.arguments().size());
  naming_op(g_, id_, [&] {
    for (std::size_t i = 0; i < stack_.size(); ++i) {
      const auto& wanted = schema.arguments()[i];
      if (i < given.size())
        fill(weights, i, wanted, given[i]);
      else if (wanted.default_value())
        stack_[i] = *wanted.default_value();
      else
        refuse("lacks its argument " + wanted.name());
    }
  });
}

void prepared_call::refuse(const std::string& why) const {
  throw user_error(g_.name + ": " + describe_op(g_, id_) + " " + why + ".");
}

std::size_t prepared_call::input_of(value_id id) const {
  const auto& inputs = g_.ops[id_].inputs;
  return static_cast<std::size_t>(std::find(inputs.begin(), inputs.end(), id) - inputs.begin());
}

void prepared_call::fill(weight_source& weights, std::size_t i, const c10::Argument& wanted,
                         const argument& given) {
  const auto type = inner_type(wanted.type());
  const auto list = type->cast<c10::ListType>();
  const auto element = list ? list->getElementType() : nullptr;
  auto& to = stack_[i];
  if (std::holds_alternative<nothing>(given)) {
    to = c10::IValue();
  } else if (const auto* value = std::get_if<value_ref>(&given)) {
    slots_.push_back({i, 0, input_of(value->id)});
  } else if (const auto* weight = std::get_if<weight_ref>(&given)) {
    to = tensor_over(weights, weight->id);
  } else if (const auto* tensors = std::get_if<tensor_list>(&given)) {
    if (!element) refuse("gives a list for its argument " + wanted.name());
    fill_list(weights, i, element, *tensors);
  } else if (const auto* number = std::get_if<std::int64_t>(&given)) {
    if (list)
      to = std::vector<std::int64_t>(static_cast<std::size_t>(wanted.N().value_or(1)), *number);
    else if (is_kind(type, c10::TypeKind::FloatType))
      to = static_cast<double>(*number);
    else
      to = *number;
  } else if (const auto* real = std::get_if<double>(&given)) {
    to = *real;
  } else if (const auto* flag = std::get_if<bool>(&given)) {
    to = *flag;
  } else if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&given)) {
    if (element && is_kind(element, c10::TypeKind::BoolType))
      to = bool_list(*numbers);
    else if (element && is_kind(element, c10::TypeKind::FloatType))
      to = std::vector<double>(numbers->begin(), numbers->end());
    else
      to = *numbers;
  } else if (const auto* reals = std::get_if<std::vector<double>>(&given)) {
    to = *reals;
  } else {
    const auto& text = std::get<std::string>(given);
    if (is_kind(type, c10::TypeKind::DeviceObjType))
      to = c10::Device(text);
    else
      to = text;
  }
}

void prepared_call::fill_list(weight_source& weights, std::size_t i, const c10::TypePtr& element,
                              const tensor_list& list) {
  std::vector<at::Tensor> items;
  for (const auto& item : list.items) {
    if (const auto* value = std::get_if<value_ref>(&item))
      list_slots_.push_back({i, items.size(), input_of(value->id)});
    const auto* weight = std::get_if<weight_ref>(&item);
    items.push_back(weight == nullptr ? at::Tensor() : tensor_over(weights, weight->id));
  }
  if (!element->cast<c10::OptionalType>()) {
    stack_[i] = items;
    return;
  }
  c10::List<c10::optional<at::Tensor>> optional;
  for (const auto& item : items)
    optional.push_back(item.defined() ? c10::optional<at::Tensor>(item) : c10::nullopt);
  stack_[i] = optional;
}

std::vector<at::Tensor> prepared_call::run(const std::vector<at::Tensor>& inputs) const {
  auto stack = stack_;
  for (const auto& s : slots_) stack[s.argument] = inputs[s.input];
  // A copied IValue shares its list with the original: fill a copy of the list.
  for (const auto& s : list_slots_) {
    auto& list = stack[s.argument];
    if (list.isTensorList()) {
      if (list.is(stack_[s.argument])) list = list.toTensorList().copy();
      list.toTensorList().set(s.item, inputs[s.input]);
    } else {
      if (list.is(stack_[s.argument]))
        list = list.to<c10::List<c10::optional<at::Tensor>>>().copy();
      list.to<c10::List<c10::optional<at::Tensor>>>().set(s.item, inputs[s.input]);
    }
  }
  handle_.callBoxed(&stack);
  std::vector<at::Tensor> results;
  for (const auto& value : stack) {
    if (value.isTensor())
      results.push_back(value.toTensor());
    else if (value.isTensorList())
      for (const auto& t : value.toTensorVector()) results.push_back(t);
    else
      refuse("returns something that is no tensor");
  }
  return results;
}

}  // namespace bramble
