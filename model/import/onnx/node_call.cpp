#include "model/import/onnx/node_call.hpp"

#include <ATen/TracerMode.h>

#include <algorithm>

#include "config/defaults_onnx.hpp"
#include "config/parse.hpp"

namespace bramble {
namespace {

std::string position(std::size_t i) {
  return "its input " + std::to_string(i + 1);
}

}  // namespace

const at::Tensor& node_call::in(std::size_t i) const {
  if (!has(i)) refuse("lacks " + position(i));
  return inputs_[i].tensor;
}

std::vector<at::Tensor> node_call::all() const {
  std::vector<at::Tensor> out;
  for (const auto& each : inputs_)
    if (each.tensor.defined()) out.push_back(each.tensor);
  if (out.empty()) refuse("has no input");
  return out;
}

const at::Tensor& node_call::needed(std::size_t i) const {
  const auto& tensor = in(i);
  if (!inputs_[i].known())
    throw onnx_value_needed{"takes what its shape depends on from " + position(i),
                            inputs_[i].inputs};
  return tensor;
}

shape_t node_call::ints(std::size_t i) const {
  const auto& tensor = needed(i);
  if (tensor.numel() > static_cast<std::int64_t>(defaults::onnx_nodes_limit))
    refuse("has a list of " + std::to_string(tensor.numel()) + " numbers as " + position(i));
  const at::tracer::impl::NoTracerDispatchMode unseen;
  const auto flat = tensor.to(at::kLong).reshape({-1}).contiguous();
  const auto* begin = flat.data_ptr<std::int64_t>();
  return {begin, begin + flat.numel()};
}

std::int64_t node_call::integer(std::size_t i) const {
  const auto all = ints(i);
  if (all.size() != 1) refuse("needs one number as " + position(i));
  return all[0];
}

std::vector<double> node_call::numbers(std::size_t i) const {
  const at::tracer::impl::NoTracerDispatchMode unseen;
  const auto flat = needed(i).to(at::kDouble).reshape({-1}).contiguous();
  const auto* begin = flat.data_ptr<double>();
  return {begin, begin + flat.numel()};
}

double node_call::number(std::size_t i) const {
  const auto all = numbers(i);
  if (all.size() != 1) refuse("needs one number as " + position(i));
  return all[0];
}

const onnx_attribute* node_call::find(const std::string& name) const {
  const auto found = node_.attributes.find(name);
  return found == node_.attributes.end() ? nullptr : &found->second;
}

template <class Kind>
const Kind* node_call::get(const std::string& name) const {
  const auto* found = find(name);
  if (found == nullptr) return nullptr;
  const auto* value = std::get_if<Kind>(found);
  if (value == nullptr) refuse("has an attribute " + name + " of another kind than it needs");
  return value;
}

std::int64_t node_call::attribute(const std::string& name, std::int64_t otherwise) const {
  const auto* value = get<std::int64_t>(name);
  return value == nullptr ? otherwise : *value;
}

double node_call::real(const std::string& name, double otherwise) const {
  const auto* value = get<float>(name);
  return value == nullptr ? otherwise : static_cast<double>(*value);
}

std::string node_call::text(const std::string& name, const std::string& otherwise) const {
  const auto* value = get<std::string>(name);
  return value == nullptr ? otherwise : *value;
}

shape_t node_call::list(const std::string& name, const shape_t& otherwise) const {
  const auto* value = get<std::vector<std::int64_t>>(name);
  return value == nullptr ? otherwise : *value;
}

std::vector<double> node_call::reals(const std::string& name) const {
  const auto* value = get<std::vector<float>>(name);
  return value == nullptr ? std::vector<double>{}
                          : std::vector<double>{value->begin(), value->end()};
}

std::vector<std::string> node_call::texts(const std::string& name) const {
  const auto* value = get<std::vector<std::string>>(name);
  return value == nullptr ? std::vector<std::string>{} : *value;
}

const onnx_tensor* node_call::tensor(const std::string& name) const {
  return get<onnx_tensor>(name);
}

const onnx_graph& node_call::graph(const std::string& name) const {
  const auto* value = get<std::shared_ptr<const onnx_graph>>(name);
  if (value == nullptr) refuse("lacks its graph " + name);
  return **value;
}

std::optional<shape_t> node_call::list_or_input(const std::string& name, std::size_t input) const {
  if (has(input)) return ints(input);
  if (given(name)) return list(name, {});
  return {};
}

std::int64_t node_call::axis_of(std::int64_t axis, std::int64_t rank) const {
  const auto from_front = axis < 0 ? axis + rank : axis;
  if (from_front < 0 || (from_front >= rank && !(rank == 0 && from_front == 0)))
    refuse("has the axis " + std::to_string(axis) + " where its input has " + std::to_string(rank));
  return from_front;
}

shape_t node_call::axes_of(shape_t axes, std::int64_t rank) const {
  for (auto& axis : axes) axis = axis_of(axis, rank);
  std::sort(axes.begin(), axes.end());
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) refuse("names an axis twice");
  return axes;
}

at::Tensor counted_from_front(const at::Tensor& index, std::int64_t size) {
  const auto wide = index.to(at::kLong);
  return at::where(at::lt(wide, 0), at::add(wide, size), wide);
}

at::Tensor second_operand(const node_call& call) {
  const auto &a = call.in(0), &b = call.in(1);
  if (call.opset() >= 7 || !call.given("axis") || b.dim() == 0) return b;
  const auto axis = call.axis("axis", 0, a.dim());
  shape_t shape = b.sizes().vec();
  if (axis + b.dim() > a.dim()) call.refuse("lays its second input over axes that are not there");
  shape.insert(shape.end(), static_cast<std::size_t>(a.dim() - axis - b.dim()), 1);
  return at::reshape(b, shape);
}

void node_call::check_size(const shape_t& shape) const {
  std::int64_t count = 1;
  for (const auto size : shape) {
    if (size < 0) refuse("makes a tensor of negative size");
    if (__builtin_mul_overflow(count, size, &count) || count > defaults::onnx_grown_elements_limit)
      refuse("makes a tensor of " + printable(format_shape(shape)) + ", more than the " +
             std::to_string(defaults::onnx_grown_elements_limit) + " elements that are held here");
  }
}

}  // namespace bramble
