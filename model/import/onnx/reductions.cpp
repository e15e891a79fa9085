// Sums and the like along axes.
#include <numeric>

#include "model/import/onnx/op_table.hpp"

namespace bramble {
namespace {

struct reduction {
  at::Tensor x;
  shape_t axes;
  bool keep = true;
  bool nothing = false;  ///< over no axis: every element by itself
};

/// Newer opsets have the axes as an input: 13 of the sum, 18 of all.
reduction reduction_of(const node_call& call) {
  reduction out{call.in(0), {}, call.flag("keepdims", true)};
  const auto rank = out.x.dim();
  const auto axes = call.list_or_input("axes", 1);
  if (axes && !axes->empty()) {
    out.axes = call.axes_of(*axes, rank);
    return out;
  }
  out.nothing = call.flag("noop_with_empty_axes", false);
  out.axes.resize(static_cast<std::size_t>(rank));
  std::iota(out.axes.begin(), out.axes.end(), 0);
  return out;
}

at::Tensor sum_of(const at::Tensor& x, const reduction& r) {
  return at::sum(x, r.axes, r.keep, x.scalar_type());
}

/// Of whole numbers the quotient is cut off, as NumPy's conversion does.
at::Tensor mean_of(const at::Tensor& x, const reduction& r) {
  if (x.is_floating_point()) return at::mean(x, r.axes, r.keep);
  return at::mean(x.to(at::kDouble), r.axes, r.keep).to(x.scalar_type());
}

at::Tensor largest_of(const at::Tensor& x, const reduction& r) {
  return at::amax(x, r.axes, r.keep);
}

at::Tensor smallest_of(const at::Tensor& x, const reduction& r) {
  return at::amin(x, r.axes, r.keep);
}

at::Tensor product_of(const at::Tensor& x, const reduction& r) {
  auto out = x;
  for (auto axis = r.axes.rbegin(); axis != r.axes.rend(); ++axis)
    out = at::prod(out, *axis, r.keep, x.scalar_type());
  return out;
}

at::Tensor absolutes(const at::Tensor& x, const reduction& r) {
  return sum_of(at::abs(x), r);
}

at::Tensor squares(const at::Tensor& x, const reduction& r) {
  return sum_of(at::mul(x, x), r);
}

at::Tensor length(const at::Tensor& x, const reduction& r) {
  if (x.is_floating_point()) return at::sqrt(squares(x, r));
  return at::sqrt(squares(x.to(at::kDouble), r)).to(x.scalar_type());
}

at::Tensor logarithm(const at::Tensor& x, const reduction& r) {
  return at::log(sum_of(x, r));
}

at::Tensor log_of_exponentials(const at::Tensor& x, const reduction& r) {
  return at::logsumexp(x, r.axes, r.keep);
}

template <at::Tensor (*function)(const at::Tensor&, const reduction&)>
onnx_answers reduce(const node_call& call) {
  const auto r = reduction_of(call);
  if (r.nothing) return {r.x};
  return {function(r.x, r)};
}

}  // namespace

const std::vector<onnx_op>& onnx_reductions() {
  static const std::vector<onnx_op> all{
      {"ReduceSum", reduce<sum_of>},       {"ReduceMean", reduce<mean_of>},
      {"ReduceMax", reduce<largest_of>},   {"ReduceMin", reduce<smallest_of>},
      {"ReduceProd", reduce<product_of>},  {"ReduceL1", reduce<absolutes>},
      {"ReduceL2", reduce<length>},        {"ReduceSumSquare", reduce<squares>},
      {"ReduceLogSum", reduce<logarithm>}, {"ReduceLogSumExp", reduce<log_of_exponentials>}};
  return all;
}

}  // namespace bramble
