#include "model/import/agreement.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/nextafter.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <cstdio>

#include "config/defaults_import.hpp"

namespace bramble {
namespace {

double difference(const at::Tensor& a, const at::Tensor& b) {
  if (a.sizes() != b.sizes() || a.scalar_type() != b.scalar_type()) return INFINITY;
  if (a.numel() == 0) return 0;
  if (!a.is_floating_point())
    return static_cast<double>((a != b).sum().item<std::int64_t>()) /
           static_cast<double>(a.numel());
  const auto x = a.to(at::kDouble), y = b.to(at::kDouble);
  const auto equal = (x == y).logical_or(x.isnan().logical_and(y.isnan()));
  const auto apart = at::where(equal, at::zeros_like(x), (x - y).abs()).max().item<double>();
  if (apart == 0) return 0;
  if (!std::isfinite(apart)) return INFINITY;
  const auto finite = at::where(y.isfinite(), y.abs(), at::zeros_like(y)).max().item<double>();
  return finite > 0 ? apart / finite : INFINITY;
}

/// The next number up or down, at random.
at::Tensor with_other_last_bits(const at::Tensor& tensor, const at::Generator& generator) {
  if (!tensor.is_floating_point()) return tensor;
  const auto up = at::rand(tensor.sizes(), generator) > 0.5;
  const auto towards = at::where(up, at::scalar_tensor(INFINITY, tensor.options()),
                                 at::scalar_tensor(-INFINITY, tensor.options()));
  return at::nextafter(tensor, towards);
}

tensors to_type(const tensors& from, at::ScalarType type) {
  tensors out;
  for (const auto& tensor : from)
    out.push_back(tensor.is_floating_point() ? tensor.to(type) : tensor);
  return out;
}

std::string text_of(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1e", number);
  return text;
}

}  // namespace

double difference(const tensors& a, const tensors& b) {
  if (a.size() != b.size()) return INFINITY;
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, difference(a[i], b[i]));
  return worst;
}

bool agreement::agrees(const tensors& made, const tensors& wanted, const tensors& inputs) {
  off_ = difference(made, wanted);
  own_ = 0;
  if (off_ <= defaults::import_tolerance) return true;
  if (!std::isfinite(off_)) return false;
  own_ = sensitivity(inputs);
  if (off_ > defaults::import_sensitivity_factor * own_ ||
      own_ > defaults::import_sensitivity_limit)
    return false;
  worst_off_ = std::max(worst_off_, off_);
  worst_own_ = std::max(worst_own_, own_);
  return true;
}

double agreement::sensitivity(const tensors& inputs) {
  const auto wanted = open_().call(inputs);
  double worst = 0;
  for (unsigned seed = 1; seed <= defaults::import_sensitivity_tries; ++seed) {
    const auto generator = at::detail::createCPUGenerator(seed);
    auto moved = open_();
    const auto move = [&](const at::Tensor& t) { return with_other_last_bits(t, generator); };
    replace_floats(moved.module(), move);
    tensors near;
    for (const auto& input : inputs) near.push_back(move(input));
    const auto apart = difference(moved.call(near), wanted);
    if (std::isfinite(apart)) worst = std::max(worst, apart);
  }
  try {
    auto wide = open_();
    replace_floats(wide.module(), [](const at::Tensor& t) { return t.to(at::kDouble); });
    const auto truth = wide.call(to_type(inputs, at::kDouble));
    const auto apart = difference(to_type(truth, at::kFloat), wanted);
    if (std::isfinite(apart)) worst = std::max(worst, apart);
  } catch (const std::exception&) {
    // Code that insists on float32 somewhere has no float64 answer; the last bits tell as well.
    return worst;
  }
  return worst;
}

std::string agreement::figures() const {
  if (!std::isfinite(off_)) return "its answers have other shapes, types or infinities";
  return "its answers differ by " + text_of(off_) +
         " of the largest value, where the network's own rounding accounts for " + text_of(own_);
}

std::string agreement::remark() const {
  if (worst_own_ == 0) return {};
  return "The network amplifies rounding: in LibTorch itself its answers move by " +
         text_of(worst_own_) + " of the largest value with the last bits of its numbers, and " +
         text_of(worst_off_) + " is what they differ by here.";
}

}  // namespace bramble
