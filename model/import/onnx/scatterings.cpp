// Elements put into a copy.
#include "model/import/onnx/op_table.hpp"

namespace bramble {
namespace {

/// ONNX's name for what is done with an element that is there, as LibTorch calls it.
std::string combination_of(const node_call& call) {
  const auto name = call.text("reduction", "none");
  if (name == "none") return {};
  if (name == "add") return "sum";
  if (name == "mul") return "prod";
  if (name == "max") return "amax";
  if (name == "min") return "amin";
  call.refuse("combines by " + name + ", which is not known");
}

at::Tensor put(const at::Tensor& x, std::int64_t axis, const at::Tensor& index,
               const at::Tensor& updates, const std::string& how) {
  return how.empty() ? at::scatter(x, axis, index, updates)
                     : at::scatter_reduce(x, axis, index, updates, how, true);
}

onnx_answers scatter_elements(const node_call& call) {
  const auto& x = call.in(0);
  const auto axis = call.axis("axis", 0, x.dim());
  const auto index = counted_from_front(call.in(1), x.size(axis));
  return {put(x, axis, index, call.in(2), combination_of(call))};
}

/// The last axis of the indices names slices; seen as rows of a matrix, each has one number.
onnx_answers scatter_tuples(const node_call& call) {
  const auto& x = call.in(0);
  const auto& index = call.in(1);
  const auto depth = index.dim() < 1 ? 0 : index.size(-1);
  if (depth < 1 || depth > x.dim()) call.refuse("has indices that do not fit its input");
  std::int64_t inner = 1, rows = 1;
  for (auto i = depth; i < x.dim(); ++i) inner *= x.size(i);
  at::Tensor row;
  for (auto i = depth - 1; i >= 0; --i) {
    const auto at_axis = at::mul(counted_from_front(at::select(index, -1, i), x.size(i)), rows);
    row = row.defined() ? at::add(row, at_axis) : at_axis;
    rows *= x.size(i);
  }
  const auto flat = at::reshape(row, {-1, 1});
  const auto everywhere = flat.expand({flat.size(0), inner});
  const auto out = put(at::reshape(x, {rows, inner}), 0, everywhere,
                       at::reshape(call.in(2), {flat.size(0), inner}), combination_of(call));
  return {at::reshape(out, x.sizes())};
}

}  // namespace

const std::vector<onnx_op>& onnx_scatterings() {
  static const std::vector<onnx_op> all{{"Scatter", scatter_elements},
                                        {"ScatterElements", scatter_elements},
                                        {"ScatterND", scatter_tuples}};
  return all;
}

}  // namespace bramble
