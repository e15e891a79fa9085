#include "model/import/onnx/resize_rule.hpp"

#include <algorithm>
#include <cmath>

#include "model/import/onnx/node_call.hpp"

namespace bramble {
namespace {

/// Where the output element `i` lies in the input.
double source_of(const std::string& mode, const resized_axis& a, double i) {
  const auto out = static_cast<double>(a.out), in = static_cast<double>(a.in);
  // By a factor, the corners are those of the picture before its size was cut to whole pixels.
  const auto uncut = a.scale * in;
  if (mode == "half_pixel") return (i + 0.5) / a.scale - 0.5;
  if (mode == "pytorch_half_pixel") return a.out > 1 ? (i + 0.5) / a.scale - 0.5 : 0;
  if (mode == "asymmetric") return i / a.scale;
  if (mode == "align_corners") return a.out > 1 && uncut != 1 ? i * (in - 1) / (uncut - 1) : 0;
  if (mode == "tf_half_pixel_for_nn") return (i + 0.5) / a.scale;
  if (mode == "half_pixel_symmetric") {
    return in / 2 * (1 - out / uncut) + (i + 0.5) / a.scale - 0.5;
  }
  if (mode == "tf_crop_and_resize") {
    if (a.out > 1) return a.begin * (in - 1) + i * (a.end - a.begin) * (in - 1) / (out - 1);
    return 0.5 * (a.begin + a.end) * (in - 1);
  }
  throw onnx_refused{"finds its source by " + mode + ", which is not known"};
}

std::int64_t rounded(const std::string& how, double x) {
  if (how == "round_prefer_floor") return static_cast<std::int64_t>(std::ceil(x - 0.5));
  if (how == "round_prefer_ceil") return static_cast<std::int64_t>(std::floor(x + 0.5));
  if (how == "floor") return static_cast<std::int64_t>(std::floor(x));
  if (how == "ceil") return static_cast<std::int64_t>(std::ceil(x));
  throw onnx_refused{"rounds by " + how + ", which is not known"};
}

double cubic(double x, double a) {
  x = std::abs(x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}

double weight_of(const resize_rule& rule, double distance) {
  if (rule.mode == "cubic") return cubic(distance, rule.cubic_a);
  return std::max(1 - std::abs(distance), 0.0);
}

/// Neighbours within the reach of the kernel, which is wider where the picture shrinks and is to be
/// smoothed. Those outside are the border's, or left out.
resized_element weighted(const resize_rule& rule, const resized_axis& a, double x) {
  const double shrink = rule.antialias ? std::max(1.0, 1 / a.scale) : 1.0;
  const double reach = (rule.mode == "cubic" ? 2 : 1) * shrink;
  std::vector<std::pair<std::int64_t, double>> parts;
  double sum = 0;
  for (auto i = static_cast<std::int64_t>(std::ceil(x - reach));
       i <= static_cast<std::int64_t>(std::floor(x + reach)); ++i) {
    const bool outside = i < 0 || i >= a.in;
    const auto weight = weight_of(rule, (x - static_cast<double>(i)) / shrink);
    if (weight == 0 || (outside && rule.exclude_outside)) continue;
    parts.emplace_back(std::clamp<std::int64_t>(i, 0, a.in - 1), weight);
    sum += weight;
  }
  for (auto& part : parts) part.second /= sum;
  return {parts};
}

}  // namespace

std::vector<resized_element> resized_elements(const resize_rule& rule, const resized_axis& a) {
  if (rule.mode != "nearest" && rule.mode != "linear" && rule.mode != "cubic")
    throw onnx_refused{"resizes by " + rule.mode + ", which is not known"};
  std::vector<resized_element> out(static_cast<std::size_t>(a.out));
  const bool crops = rule.coordinates == "tf_crop_and_resize";
  for (std::int64_t i = 0; i < a.out; ++i) {
    const auto x = source_of(rule.coordinates, a, static_cast<double>(i));
    auto& element = out[static_cast<std::size_t>(i)];
    if (crops && (x < 0 || x > static_cast<double>(a.in - 1))) continue;
    if (rule.mode == "nearest")
      element.parts = {{std::clamp<std::int64_t>(rounded(rule.rounding, x), 0, a.in - 1), 1.0}};
    else
      element = weighted(rule, a, x);
  }
  return out;
}

}  // namespace bramble
