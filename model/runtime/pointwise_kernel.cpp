#include "model/runtime/pointwise_kernel.hpp"

#include <cmath>
#include <limits>
#include <optional>

#include "model/runtime/threads.hpp"
#include "model/runtime/vector_loops.hpp"

namespace bramble {
namespace {

constexpr auto infinity = std::numeric_limits<float>::infinity();

/// Calls `body(row, column, n)` for each run of n elements of `out` that starts at a pixel: rows,
/// where every view involved has them in one run, else single pixels.
template <class Body>
void for_each_run(const tensor_view& out, bool whole_rows, Body body) {
  const auto columns = whole_rows ? 1 : out.box.columns.size();
  const auto n = out.box.channels.size() * (whole_rows ? out.box.columns.size() : 1);
  parallel_rows(out.box.rows.size(), out.box.columns.size() * out.box.channels.size(),
                [&](std::int64_t begin, std::int64_t end) {
                  for (auto row = out.box.rows.begin + begin; row < out.box.rows.begin + end; ++row)
                    for (std::int64_t i = 0; i < columns; ++i)
                      body(row, out.box.columns.begin + i, n);
                });
}

/// True when rows of both are single runs of the same elements.
bool rows_match(const tensor_view& a, const tensor_view& b) {
  return a.pixel_stride == a.box.channels.size() && b.pixel_stride == b.box.channels.size() &&
         a.box.channels == b.box.channels;
}

const float* from(const tensor_view& view, std::int64_t row, std::int64_t column,
                  const region& out) {
  return view.pixel(row, column) + (out.channels.begin - view.box.channels.begin);
}

class clamp_kernel : public region_kernel {
 public:
  clamp_kernel(float low, float high) : low_{low}, high_{high} {}

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    const auto& in = inputs[0];
    for_each_run(out, rows_match(in, out), [&](auto row, auto column, auto n) {
      loops::clamp(out.pixel(row, column), from(in, row, column, out.box), low_, high_, n);
    });
  }
  int overwritable_input() const override { return 0; }

 private:
  float low_;
  float high_;
};

/// a + b or a * b of two maps of the output's shape.
class map_pair_kernel : public region_kernel {
 public:
  map_pair_kernel(bool product, std::size_t a, std::size_t b) : product_{product}, a_{a}, b_{b} {}

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    const auto &a = inputs[a_], &b = inputs[b_];
    const auto loop = product_ ? loops::multiply : loops::add;
    for_each_run(out, rows_match(a, out) && rows_match(b, out), [&](auto row, auto column, auto n) {
      loop(out.pixel(row, column), from(a, row, column, out.box), from(b, row, column, out.box), n);
    });
  }
  int overwritable_input() const override { return static_cast<int>(a_); }

 private:
  bool product_;
  std::size_t a_;
  std::size_t b_;
};

/// a + b or a * b where b has one value per channel: another map of 1xCx1x1 or a constant.
class per_channel_kernel : public region_kernel {
 public:
  per_channel_kernel(bool product, std::size_t a, std::size_t b)
      : product_{product}, a_{a}, b_{b} {}
  per_channel_kernel(bool product, std::size_t a, std::vector<float> constants)
      : product_{product}, a_{a}, constants_{std::move(constants)} {}

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    const auto& a = inputs[a_];
    const float* b = constants_.empty() ? from(inputs[b_], 0, 0, out.box) : constants_.data();
    const auto loop = product_ ? loops::multiply : loops::add;
    for_each_run(out, false, [&](auto row, auto column, auto n) {
      loop(out.pixel(row, column), from(a, row, column, out.box), b, n);
    });
  }
  int overwritable_input() const override { return static_cast<int>(a_); }

 private:
  bool product_;
  std::size_t a_;
  std::size_t b_ = 0;
  std::vector<float> constants_;  // of the region's channels
};

class scalar_kernel : public region_kernel {
 public:
  scalar_kernel(bool product, std::size_t a, float b) : product_{product}, a_{a}, b_{b} {}

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    const auto& a = inputs[a_];
    const auto loop = product_ ? loops::multiply_scalar : loops::add_scalar;
    for_each_run(out, rows_match(a, out), [&](auto row, auto column, auto n) {
      loop(out.pixel(row, column), from(a, row, column, out.box), b_, n);
    });
  }
  int overwritable_input() const override { return static_cast<int>(a_); }

 private:
  bool product_;
  std::size_t a_;
  float b_;
};

class batch_norm_kernel : public region_kernel {
 public:
  batch_norm_kernel(std::vector<float> scale, std::vector<float> shift)
      : scale_{std::move(scale)}, shift_{std::move(shift)} {}

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    const auto& in = inputs[0];
    for_each_run(out, false, [&](auto row, auto column, auto n) {
      loops::scale_and_shift(out.pixel(row, column), from(in, row, column, out.box), scale_.data(),
                             shift_.data(), n);
    });
  }
  int overwritable_input() const override { return 0; }

 private:
  std::vector<float> scale_;  // of the region's channels
  std::vector<float> shift_;
};

std::optional<double> number_of(const argument& arg) {
  if (const auto* i = std::get_if<std::int64_t>(&arg)) return static_cast<double>(*i);
  if (const auto* d = std::get_if<double>(&arg)) return *d;
  return {};
}

/// Recognises the calls that have a kernel above.
class maker {
 public:
  maker(weight_source& weights, op_id id, const region& out)
      : weights_{weights}, g_{weights.model()}, op_{g_.ops[id]}, out_{out} {}

  std::shared_ptr<region_kernel> make() {
    const auto& schema = op_.call.schema;
    if (op_.call.arguments.empty()) return nullptr;
    if (schema == "aten::relu") return clamp(0.0F, infinity);
    if (schema == "aten::relu6") return clamp(0.0F, 6.0F);
    if (schema == "aten::hardtanh" || schema == "aten::clamp") return make_clamp();
    if (schema == "aten::add") return has_alpha_one() ? make_pair(false) : nullptr;
    if (schema == "aten::mul") return make_pair(true);
    if (schema == "aten::batch_norm") return make_batch_norm();
    return nullptr;
  }

 private:
  const argument* arg(std::size_t i) const {
    return i < op_.call.arguments.size() ? &op_.call.arguments[i] : nullptr;
  }

  /// Which of the op's inputs an argument is, if it is one.
  std::optional<std::size_t> input(std::size_t i) const {
    const auto* ref = arg(i) == nullptr ? nullptr : std::get_if<value_ref>(arg(i));
    if (ref == nullptr) return {};
    for (std::size_t k = 0; k < op_.inputs.size(); ++k)
      if (op_.inputs[k] == ref->id) return k;
    return {};
  }

  bool is_full(std::size_t input) const {
    return g_.values[op_.inputs[input]].shape == g_.values[op_.outputs[0]].shape;
  }

  bool is_per_channel(std::size_t input) const {
    const auto& shape = g_.values[op_.inputs[input]].shape;
    return shape[1] == g_.values[op_.outputs[0]].shape[1] && shape[2] == 1 && shape[3] == 1;
  }

  bool has_alpha_one() const {
    return arg(2) == nullptr || number_of(*arg(2)) == std::optional<double>{1.0};
  }

  std::shared_ptr<region_kernel> clamp(float low, float high) const {
    if (!input(0) || !is_full(*input(0))) return nullptr;
    return std::make_shared<clamp_kernel>(low, high);
  }

  std::shared_ptr<region_kernel> make_clamp() const {
    float bounds[2] = {-infinity, infinity};
    for (std::size_t i = 0; i < 2; ++i) {
      const auto* bound = arg(i + 1);
      if (bound == nullptr || std::holds_alternative<nothing>(*bound)) continue;
      const auto number = number_of(*bound);
      if (!number) return nullptr;
      bounds[i] = static_cast<float>(*number);
    }
    return clamp(bounds[0], bounds[1]);
  }

  /// The region's part of a constant that has one value per channel.
  std::optional<std::vector<float>> channel_constants(const argument& a) {
    const auto* ref = std::get_if<weight_ref>(&a);
    if (ref == nullptr) return {};
    const auto& info = g_.weights[ref->id];
    const auto channels = g_.values[op_.outputs[0]].shape[1];
    if (info.type != element_type::f32 ||
        element_count(info.shape) != static_cast<std::uint64_t>(channels))
      return {};
    const auto held = weights_.get(ref->id);
    return std::vector<float>(floats_of(held) + out_.channels.begin,
                              floats_of(held) + out_.channels.end);
  }

  /// True for constants of shape Cx1x1, with any number of ones in front: those broadcast over a
  /// map.
  bool lies_along_channels(const argument& a) const {
    const auto* ref = std::get_if<weight_ref>(&a);
    if (ref == nullptr) return false;
    const auto& shape = g_.weights[ref->id].shape;
    const auto rank = shape.size();
    return rank >= 3 && shape[rank - 1] == 1 && shape[rank - 2] == 1;
  }

  std::optional<float> scalar(const argument& a) {
    if (const auto number = number_of(a)) return static_cast<float>(*number);
    const auto* ref = std::get_if<weight_ref>(&a);
    if (ref == nullptr || g_.weights[ref->id].type != element_type::f32 ||
        element_count(g_.weights[ref->id].shape) != 1)
      return {};
    return *floats_of(weights_.get(ref->id));
  }

  std::shared_ptr<region_kernel> make_pair(bool product) {
    auto first = input(0), second = input(1);
    std::size_t other = 1;
    // Both ops commute, bit by bit: put the map of the output's shape in front.
    if (!first || !is_full(*first)) {
      std::swap(first, second);
      other = 0;
    }
    if (!first || !is_full(*first) || arg(other) == nullptr) return nullptr;
    if (second && is_full(*second))
      return std::make_shared<map_pair_kernel>(product, *first, *second);
    if (second && is_per_channel(*second))
      return std::make_shared<per_channel_kernel>(product, *first, *second);
    if (second) return nullptr;
    if (const auto number = scalar(*arg(other)))
      return std::make_shared<scalar_kernel>(product, *first, *number);
    if (!lies_along_channels(*arg(other))) return nullptr;
    auto constants = channel_constants(*arg(other));
    if (!constants) return nullptr;
    return std::make_shared<per_channel_kernel>(product, *first, std::move(*constants));
  }

  /// aten::batch_norm(x, weight?, bias?, mean, var, training, momentum, eps, ..)
  std::shared_ptr<region_kernel> make_batch_norm() {
    if (!input(0) || !is_full(*input(0)) || arg(7) == nullptr) return nullptr;
    const auto* training = std::get_if<bool>(arg(5));
    const auto epsilon = number_of(*arg(7));
    const auto mean = channel_constants(*arg(3));
    const auto variance = channel_constants(*arg(4));
    if (training == nullptr || *training || !epsilon || !mean || !variance) return nullptr;
    const auto channels = mean->size();
    auto scale = channel_constants(*arg(1)), shift = channel_constants(*arg(2));
    if (!scale && std::holds_alternative<nothing>(*arg(1))) scale.emplace(channels, 1.0F);
    if (!shift && std::holds_alternative<nothing>(*arg(2))) shift.emplace(channels, 0.0F);
    if (!scale || !shift) return nullptr;
    for (std::size_t c = 0; c < channels; ++c) {
      (*scale)[c] /= std::sqrt((*variance)[c] + static_cast<float>(*epsilon));
      (*shift)[c] -= (*mean)[c] * (*scale)[c];
    }
    return std::make_shared<batch_norm_kernel>(std::move(*scale), std::move(*shift));
  }

  weight_source& weights_;
  const graph& g_;
  const op& op_;
  region out_;
};

}  // namespace

std::shared_ptr<region_kernel> make_pointwise_kernel(weight_source& weights, op_id id,
                                                     const region& out) {
  return maker{weights, id, out}.make();
}

void finish_in_place(const tensor_view& out, const tensor_view* residual,
                     const fused_activation& activation) {
  using kind = fused_activation::kind_t;
  const bool whole_rows =
      rows_match(out, out) && (residual == nullptr || rows_match(*residual, out));
  const auto low = activation.kind == kind::clip ? activation.low : 0.0F;
  const auto high = activation.kind == kind::clip ? activation.high : infinity;
  for_each_run(out, whole_rows, [&](auto row, auto column, auto n) {
    auto* to = out.pixel(row, column);
    if (residual != nullptr) loops::add(to, to, from(*residual, row, column, out.box), n);
    if (activation.kind != kind::none) loops::clamp(to, to, low, high, n);
  });
}

}  // namespace bramble
