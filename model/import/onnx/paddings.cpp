// Elements put around.
#include <algorithm>

#include "model/import/onnx/op_table.hpp"
#include "model/import/onnx/windows.hpp"

namespace bramble {
namespace {

struct widths {
  shape_t before, behind;  // of every axis
};

widths widths_of(const node_call& call) {
  const auto rank = static_cast<std::size_t>(call.rank(0));
  const auto given = call.list_or_input("pads", 1);
  if (!given) call.refuse("does not say how much it pads");
  shape_t axes;
  if (call.has(3))
    for (const auto axis : call.ints(3)) axes.push_back(call.axis_of(axis, call.rank(0)));
  else
    for (std::size_t i = 0; i < rank; ++i) axes.push_back(static_cast<std::int64_t>(i));
  if (given->size() != 2 * axes.size()) call.refuse("pads other axes than its input has");
  widths out{shape_t(rank, 0), shape_t(rank, 0)};
  auto to = call.shape(0);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<std::size_t>(axes[i]);
    out.before[axis] = (*given)[i];
    out.behind[axis] = (*given)[i + axes.size()];
    if (__builtin_add_overflow(to[axis], out.before[axis], &to[axis]) ||
        __builtin_add_overflow(to[axis], out.behind[axis], &to[axis]))
      call.refuse("pads an impossible number of elements");
  }
  call.check_size(to);
  return out;
}

/// Where an axis padded by what it holds itself takes its elements from.
std::int64_t source(std::int64_t i, std::int64_t size, const std::string& mode) {
  if (mode == "edge") return std::clamp<std::int64_t>(i, 0, size - 1);
  if (mode == "wrap") return ((i % size) + size) % size;
  if (size == 1) return 0;
  const auto period = 2 * (size - 1);
  const auto within = ((i % period) + period) % period;
  return within < size ? within : period - within;
}

at::Tensor padded_by_itself(at::Tensor x, const widths& w, const std::string& mode) {
  for (std::int64_t axis = 0; axis < x.dim(); ++axis) {
    const auto before = w.before[static_cast<std::size_t>(axis)],
               behind = w.behind[static_cast<std::size_t>(axis)];
    if (before == 0 && behind == 0) continue;
    shape_t from;
    for (auto i = -before; i < x.size(axis) + behind; ++i)
      from.push_back(source(i, x.size(axis), mode));
    x = at::index_select(x, axis, untraced([&from] { return at::tensor(from, at::kLong); }));
  }
  return x;
}

/// LibTorch has ops of its own for pictures, which pad rows and columns at once.
bool pads_pictures(const at::Tensor& x, const widths& w) {
  if (x.dim() != 4 || !x.is_floating_point()) return false;
  for (std::size_t i = 0; i < 4; ++i)
    if (w.before[i] < 0 || w.behind[i] < 0 || (i < 2 && w.before[i] + w.behind[i] != 0))
      return false;
  return true;
}

/// As LibTorch's ops take them: columns first.
shape_t around(const widths& w) {
  return {w.before[3], w.behind[3], w.before[2], w.behind[2]};
}

bool reflects_once(const at::Tensor& x, const widths& w) {
  for (std::size_t i = 2; i < 4; ++i)
    if (std::max(w.before[i], w.behind[i]) >= x.size(static_cast<std::int64_t>(i))) return false;
  return true;
}

onnx_answers pad(const node_call& call) {
  const auto& x = call.in(0);
  const auto mode = call.text("mode", "constant");
  const auto w = widths_of(call);
  if (mode == "constant") {
    const auto value = call.has(2) ? call.number(2) : call.real("value", 0);
    return {padded(
        x, w.before, w.behind,
        x.is_floating_point() ? at::Scalar{value} : at::Scalar{static_cast<std::int64_t>(value)})};
  }
  if (mode == "reflect" && pads_pictures(x, w) && reflects_once(x, w))
    return {at::reflection_pad2d(x, around(w))};
  if (mode == "edge" && pads_pictures(x, w)) return {at::replication_pad2d(x, around(w))};
  if (mode != "reflect" && mode != "edge" && mode != "wrap")
    call.refuse("pads by " + mode + ", which is not known");
  return {padded_by_itself(x, w, mode)};
}

}  // namespace

const std::vector<onnx_op>& onnx_paddings() {
  static const std::vector<onnx_op> all{{"Pad", pad}};
  return all;
}

}  // namespace bramble
