// Pictures made larger and smaller.
#include <cmath>
#include <numeric>

#include "model/import/onnx/op_table.hpp"
#include "model/import/onnx/resize_rule.hpp"

namespace bramble {
namespace {

struct resizing {
  resize_rule rule;
  std::vector<resized_axis> axes;  ///< of every axis of the input
};

/// LibTorch's rule for `kind`, computed as it does, in float32.
std::int64_t nearest_of(bool exact, const resized_axis& a, std::int64_t i) {
  const auto scale = a.scale > 0 ? static_cast<float>(1.0 / a.scale)
                                 : static_cast<float>(a.in) / static_cast<float>(a.out);
  const auto at = (static_cast<float>(i) + (exact ? 0.5F : 0.0F)) * scale;
  return std::min(static_cast<std::int64_t>(std::floor(at)), a.in - 1);
}

/// Whether LibTorch's op takes the same elements.
bool takes_the_same(const std::vector<resized_element>& wanted, const resized_axis& a, bool exact) {
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (wanted[i].parts.size() != 1 ||
        wanted[i].parts[0].first != nearest_of(exact, a, static_cast<std::int64_t>(i)))
      return false;
  return true;
}

bool is_picture(const resizing& r) {
  return r.axes.size() == 4 && r.axes[0].in == r.axes[0].out && r.axes[1].in == r.axes[1].out;
}

/// The size was not cut to whole pixels.
bool is_whole(const resized_axis& a) {
  return std::abs(a.scale * static_cast<double>(a.in) - static_cast<double>(a.out)) < 1e-6;
}

/// The op of LibTorch's that does the same, which nodes know how to divide; undefined where there
/// is none.
at::Tensor by_own_op(const at::Tensor& x, const resizing& r) {
  if (!is_picture(r) || !x.is_floating_point() || r.rule.antialias || r.rule.exclude_outside)
    return {};
  const auto &rows = r.axes[2], &columns = r.axes[3];
  const shape_t to{rows.out, columns.out};
  if (r.rule.mode == "nearest") {
    const auto by_rows = resized_elements(r.rule, rows),
               by_columns = resized_elements(r.rule, columns);
    if (takes_the_same(by_rows, rows, false) && takes_the_same(by_columns, columns, false))
      return at::upsample_nearest2d(x, to, rows.scale, columns.scale);
    if (takes_the_same(by_rows, rows, true) && takes_the_same(by_columns, columns, true))
      return at::_upsample_nearest_exact2d(x, to, rows.scale, columns.scale);
    return {};
  }
  const auto& how = r.rule.coordinates;
  const bool whole = is_whole(rows) && is_whole(columns), aligned = how == "align_corners";
  const bool plain =
      how == "half_pixel" || (how == "pytorch_half_pixel" && rows.out > 1 && columns.out > 1);
  if (!plain && !(aligned && whole)) return {};
  if (r.rule.mode == "linear")
    return at::upsample_bilinear2d(x, to, aligned, rows.scale, columns.scale);
  if (r.rule.mode == "cubic" && std::abs(r.rule.cubic_a + 0.75) < 1e-6)
    return at::upsample_bicubic2d(x, to, aligned, rows.scale, columns.scale);
  return {};
}

/// Whole elements, chosen.
at::Tensor chosen(const at::Tensor& x, std::int64_t axis,
                  const std::vector<resized_element>& elements) {
  shape_t from;
  from.reserve(elements.size());
  for (const auto& element : elements) from.push_back(element.parts[0].first);
  return at::index_select(x, axis, untraced([&from] { return at::tensor(from, at::kLong); }));
}

/// Along one axis by a matrix: exact for every rule.
at::Tensor mixed(const at::Tensor& x, std::int64_t axis, const resize_rule& rule,
                 const resized_axis& a, const std::vector<resized_element>& elements) {
  const auto [matrix, outside] = untraced([&] {
    auto weights = at::zeros({a.in, a.out}, at::kDouble);
    auto missing = at::zeros({a.out}, at::kDouble);
    auto* numbers = weights.data_ptr<double>();
    for (std::int64_t i = 0; i < a.out; ++i) {
      const auto& parts = elements[static_cast<std::size_t>(i)].parts;
      for (const auto& [from, weight] : parts) numbers[from * a.out + i] += weight;
      if (parts.empty()) missing.data_ptr<double>()[i] = rule.extrapolation;
    }
    return std::pair{weights.to(x.scalar_type()), missing.to(x.scalar_type())};
  });
  auto out = at::matmul(at::transpose(x, axis, -1), matrix);
  if (rule.coordinates == "tf_crop_and_resize") out = at::add(out, outside);
  return at::transpose(out, axis, -1);
}

at::Tensor resized(const node_call& call, const resizing& r) {
  const auto& given = call.in(0);
  shape_t to;
  for (const auto& axis : r.axes) to.push_back(axis.out);
  call.check_size(to);
  for (const auto& axis : r.axes)
    if (axis.out < 1) call.refuse("makes an empty picture");
  if (auto out = by_own_op(given, r); out.defined()) return out;
  const bool choosing = r.rule.mode == "nearest" && r.rule.coordinates != "tf_crop_and_resize";
  auto x = choosing || given.is_floating_point() ? given : given.to(at::kFloat);
  for (std::size_t i = 0; i < r.axes.size(); ++i) {
    const auto& a = r.axes[i];
    const bool crops = r.rule.coordinates == "tf_crop_and_resize" && (a.begin != 0 || a.end != 1);
    if (a.in == a.out && a.scale == 1 && !crops) continue;
    const auto elements = resized_elements(r.rule, a);
    const auto axis = static_cast<std::int64_t>(i);
    x = choosing ? chosen(x, axis, elements) : mixed(x, axis, r.rule, a, elements);
  }
  return x.scalar_type() == given.scalar_type() ? x : x.to(given.scalar_type());
}

std::vector<resized_axis> same_size(const node_call& call) {
  std::vector<resized_axis> out;
  for (const auto size : call.shape(0)) out.push_back({size, size});
  return out;
}

void set_factor(const node_call& call, resized_axis& axis, double factor) {
  if (!(factor > 0) || factor > 1e6) call.refuse("resizes by an impossible factor");
  axis.scale = factor;
  axis.out = static_cast<std::int64_t>(std::floor(static_cast<double>(axis.in) * factor));
}

void set_factors(const node_call& call, resizing& r, const shape_t& axes,
                 const std::vector<double>& factors) {
  if (factors.size() != axes.size()) call.refuse("has factors of other axes than its input's");
  for (std::size_t i = 0; i < axes.size(); ++i)
    set_factor(call, r.axes[static_cast<std::size_t>(axes[i])], factors[i]);
}

/// Sizes as they are, or the largest (smallest) that keep the picture's proportions.
void set_sizes(const node_call& call, resizing& r, const shape_t& axes, const shape_t& sizes) {
  if (sizes.size() != axes.size()) call.refuse("has sizes of other axes than its input's");
  const auto policy = call.text("keep_aspect_ratio_policy", "stretch");
  double common = policy == "not_larger" ? INFINITY : 0;
  const auto factor = [&](std::size_t i) {
    return static_cast<double>(sizes[i]) /
           static_cast<double>(r.axes[static_cast<std::size_t>(axes[i])].in);
  };
  for (std::size_t i = 0; i < axes.size(); ++i)
    common = policy == "not_larger" ? std::min(common, factor(i)) : std::max(common, factor(i));
  for (std::size_t i = 0; i < axes.size(); ++i) {
    auto& axis = r.axes[static_cast<std::size_t>(axes[i])];
    axis.scale = policy == "stretch" ? factor(i) : common;
    axis.out =
        policy == "stretch"
            ? sizes[i]
            : static_cast<std::int64_t>(std::floor(common * static_cast<double>(axis.in) + 0.5));
  }
}

void set_region(const node_call& call, resizing& r, const shape_t& axes) {
  if (!call.has(1)) return;
  const auto region = call.numbers(1);
  if (region.size() != 2 * axes.size()) call.refuse("has a region of other axes than its input's");
  for (std::size_t i = 0; i < axes.size(); ++i) {
    auto& axis = r.axes[static_cast<std::size_t>(axes[i])];
    axis.begin = region[i];
    axis.end = region[i + axes.size()];
  }
}

onnx_answers resize(const node_call& call) {
  resizing r;
  r.axes = same_size(call);
  r.rule.mode = call.text("mode", "nearest");
  const bool first = call.opset() < 11;  // asymmetric, and the factors are the second input
  r.rule.coordinates =
      call.text("coordinate_transformation_mode", first ? "asymmetric" : "half_pixel");
  r.rule.rounding = call.text("nearest_mode", first ? "floor" : "round_prefer_floor");
  r.rule.cubic_a = call.real("cubic_coeff_a", -0.75);
  r.rule.exclude_outside = call.flag("exclude_outside", false);
  r.rule.antialias = call.flag("antialias", false);
  r.rule.extrapolation = call.real("extrapolation_value", 0);
  shape_t axes(r.axes.size());
  std::iota(axes.begin(), axes.end(), 0);
  if (call.given("axes")) {
    axes = call.list("axes", {});
    for (auto& axis : axes) axis = call.axis_of(axis, call.rank(0));
  }
  const std::size_t factors = first ? 1 : 2;
  if (r.rule.coordinates == "tf_crop_and_resize") set_region(call, r, axes);
  if (call.has(factors) && call.in(factors).numel() > 0)
    set_factors(call, r, axes, call.numbers(factors));
  else if (call.has(3))
    set_sizes(call, r, axes, call.ints(3));
  else
    call.refuse("says neither factors nor sizes");
  return {resized(call, r)};
}

onnx_answers upsample(const node_call& call) {
  resizing r;
  r.axes = same_size(call);
  r.rule.mode = call.text("mode", "nearest");
  if (r.rule.mode == "bilinear") r.rule.mode = "linear";
  r.rule.coordinates = "asymmetric";
  r.rule.rounding = "floor";
  shape_t axes(r.axes.size());
  std::iota(axes.begin(), axes.end(), 0);
  set_factors(call, r, axes, call.has(1) ? call.numbers(1) : call.reals("scales"));
  return {resized(call, r)};
}

}  // namespace

const std::vector<onnx_op>& onnx_resizings() {
  static const std::vector<onnx_op> all{{"Resize", resize}, {"Upsample", upsample}};
  return all;
}

}  // namespace bramble
