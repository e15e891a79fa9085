// Places of the largest, sorted runs, running sums.
#include "model/import/onnx/op_table.hpp"

namespace bramble {
namespace {

template <bool largest>
onnx_answers place(const node_call& call) {
  const auto& x = call.in(0);
  const auto axis = call.axis("axis", 0, x.dim());
  const bool keep = call.flag("keepdims", true);
  const auto find = [&](const at::Tensor& in) {
    return largest ? at::argmax(in, axis, keep) : at::argmin(in, axis, keep);
  };
  if (!call.flag("select_last_index", false)) return {find(x)};
  return {at::rsub(find(at::flip(x, {axis})), x.size(axis) - 1)};
}

/// Of equal elements the first ones are taken, in their order: LibTorch's own op does not say.
onnx_answers top(const node_call& call) {
  const auto& x = call.in(0);
  const auto axis = call.axis("axis", -1, x.dim());
  const auto count = call.has(1) ? call.integer(1) : call.attribute("k", 0);
  if (count < 1 || count > x.size(axis))
    call.refuse("asks for the first " + std::to_string(count) + " of " +
                std::to_string(x.size(axis)));
  const auto [values, places] =
      at::sort(x, /*stable=*/c10::optional<bool>{true}, axis, call.flag("largest", true));
  return {at::slice(values, axis, 0, count), at::slice(places, axis, 0, count)};
}

/// The sum up to each element, or up to the one before it.
onnx_answers running_sum(const node_call& call) {
  const auto& x = call.in(0);
  const auto axis = call.axis_of(call.integer(1), x.dim());
  const bool backwards = call.flag("reverse", false);
  const auto along = backwards ? at::flip(x, {axis}) : x;
  auto out = at::cumsum(along, axis, x.scalar_type());
  if (call.flag("exclusive", false)) out = at::sub(out, along);
  return {backwards ? at::flip(out, {axis}) : out};
}

}  // namespace

const std::vector<onnx_op>& onnx_orderings() {
  static const std::vector<onnx_op> all{
      {"ArgMax", place<true>}, {"ArgMin", place<false>}, {"TopK", top}, {"CumSum", running_sum}};
  return all;
}

}  // namespace bramble
