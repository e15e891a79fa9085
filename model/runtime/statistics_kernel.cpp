#include "model/runtime/statistics_kernel.hpp"

#include <cmath>
#include <optional>

#include "model/runtime/threads.hpp"
#include "model/runtime/vector_loops.hpp"

namespace bramble {
namespace {

template <class Body>
void for_each_pixel(const region& out, std::int64_t work, Body body) {
  parallel_rows(out.rows.size(), out.columns.size() * work,
                [&](std::int64_t begin, std::int64_t end) {
                  for (auto row = out.rows.begin + begin; row < out.rows.begin + end; ++row)
                    for (auto column = out.columns.begin; column < out.columns.end; ++column)
                      body(row, column);
                });
}

/// Of all channels of each pixel.
class pixel_moment_kernel : public region_kernel {
 public:
  explicit pixel_moment_kernel(bool variance) : variance_{variance} {}

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    const auto& in = inputs[0];
    const auto n = in.box.channels.size();
    const auto moment = variance_ ? loops::variance_of : loops::mean_of;
    for_each_pixel(out.box, n, [&](auto row, auto column) {
      *out.pixel(row, column) = moment(in.pixel(row, column), n);
    });
  }

 private:
  bool variance_;
};

/// Of two maps of the same channels, the second of which may have one row or column for all.
class squared_difference_kernel : public region_kernel {
 public:
  squared_difference_kernel(std::size_t a, std::size_t b) : a_{a}, b_{b} {}

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    const auto &a = inputs[a_], &b = inputs[b_];
    const auto n = out.box.channels.size();
    const auto in_a = out.box.channels.begin - a.box.channels.begin;
    const auto in_b = out.box.channels.begin - b.box.channels.begin;
    const bool one_row = b.box.rows.size() == 1, one_column = b.box.columns.size() == 1;
    for_each_pixel(out.box, n, [&](auto row, auto column) {
      const auto* other =
          b.pixel(one_row ? b.box.rows.begin : row, one_column ? b.box.columns.begin : column);
      loops::squared_difference(out.pixel(row, column), a.pixel(row, column) + in_a, other + in_b,
                                n);
    });
  }

 private:
  std::size_t a_;
  std::size_t b_;
};

/// A number for each of the region's channels, or one for all.
std::vector<float> channels_of_pixel(const tensor_view& view, interval channels) {
  const auto* from = view.pixel(view.box.rows.begin, view.box.columns.begin);
  const auto n = static_cast<std::size_t>(channels.size());
  if (view.box.channels.size() == 1) return std::vector<float>(n, *from);
  from += channels.begin - view.box.channels.begin;
  return {from, from + n};
}

class normalising_kernel : public region_kernel {
 public:
  struct operands {
    std::size_t x, mean, variance;
  };

  normalising_kernel(operands from, float epsilon, std::vector<float> weight,
                     std::vector<float> bias)
      : from_{from}, epsilon_{epsilon}, weight_{std::move(weight)}, bias_{std::move(bias)} {}

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    const auto& in = inputs[from_.x];
    const auto mean = channels_of_pixel(inputs[from_.mean], out.box.channels);
    auto scale = channels_of_pixel(inputs[from_.variance], out.box.channels);
    for (std::size_t c = 0; c < scale.size(); ++c)
      scale[c] = weight_[c] / std::sqrt(scale[c] + epsilon_);
    const auto skipped = out.box.channels.begin - in.box.channels.begin;
    const auto n = out.box.channels.size();
    for_each_pixel(out.box, n, [&](auto row, auto column) {
      loops::normalise(out.pixel(row, column), in.pixel(row, column) + skipped, mean.data(),
                       scale.data(), bias_.data(), n);
    });
  }
  int overwritable_input() const override { return static_cast<int>(from_.x); }

 private:
  operands from_;
  float epsilon_;
  std::vector<float> weight_;  // of the region's channels
  std::vector<float> bias_;
};

/// Recognises the calls that have a kernel above.
class statistics_maker {
 public:
  statistics_maker(weight_source& weights, op_id id, const region& out)
      : weights_{weights}, g_{weights.model()}, op_{g_.ops[id]}, out_{out} {}

  std::shared_ptr<region_kernel> make() {
    const auto& schema = op_.call.schema;
    if (op_.kind == op_kind::per_pixel) return make_moment();
    if (op_.kind != op_kind::elementwise) return nullptr;
    if (schema == "aten::mse_loss") return make_difference();
    return schema == "aten::batch_norm" ? make_norm() : nullptr;
  }

 private:
  template <class Type>
  const Type* arg(std::size_t i) const {
    return i < op_.call.arguments.size() ? std::get_if<Type>(&op_.call.arguments[i]) : nullptr;
  }

  /// Which of the op's inputs an argument is, if it is one.
  std::optional<std::size_t> input(std::size_t i) const {
    const auto* ref = arg<value_ref>(i);
    if (ref == nullptr) return {};
    for (std::size_t k = 0; k < op_.inputs.size(); ++k)
      if (op_.inputs[k] == ref->id) return k;
    return {};
  }

  const std::vector<std::int64_t>& made() const { return g_.values[op_.outputs[0]].shape; }
  const std::vector<std::int64_t>& read(std::size_t input) const {
    return g_.values[op_.inputs[input]].shape;
  }

  bool has(std::size_t i, bool wanted) const {
    const auto* flag = arg<bool>(i);
    return flag != nullptr && *flag == wanted;
  }

  std::shared_ptr<region_kernel> make_moment() const {
    const bool variance = op_.call.schema == "aten::var";
    if ((!variance && op_.call.schema != "aten::mean") || op_.call.overload != "dim")
      return nullptr;
    const auto* axes = arg<std::vector<std::int64_t>>(1);
    const bool as_meant =
        variance ? has(2, false) && has(3, true) : has(2, true) && arg<nothing>(3) != nullptr;
    if (!input(0) || axes == nullptr || *axes != std::vector<std::int64_t>{1} || !as_meant ||
        made()[1] != 1)
      return nullptr;
    return std::make_shared<pixel_moment_kernel>(variance);
  }

  std::shared_ptr<region_kernel> make_difference() const {
    const auto a = input(0), b = input(1);
    const auto* reduction = arg<std::int64_t>(2);
    if (!a || !b || reduction == nullptr || *reduction != 0 || read(*a) != made() ||
        read(*b)[1] != made()[1])
      return nullptr;
    return std::make_shared<squared_difference_kernel>(*a, *b);
  }

  bool is_of_one_pixel(std::size_t input) const {
    const auto& shape = read(input);
    return (shape[1] == 1 || shape[1] == made()[1]) && shape[2] == 1 && shape[3] == 1;
  }

  /// The region's part of a constant of each channel; `otherwise` where there is none.
  std::optional<std::vector<float>> constants(std::size_t i, float otherwise) const {
    if (arg<nothing>(i) != nullptr)
      return std::vector<float>(static_cast<std::size_t>(out_.channels.size()), otherwise);
    const auto* ref = arg<weight_ref>(i);
    if (ref == nullptr) return {};
    const auto& info = g_.weights[ref->id];
    if (info.type != element_type::f32 || info.shape != std::vector<std::int64_t>{made()[1]})
      return {};
    const auto held = weights_.get(ref->id);
    return std::vector<float>(floats_of(held) + out_.channels.begin,
                              floats_of(held) + out_.channels.end);
  }

  /// aten::batch_norm(x, weight?, bias?, mean, var, training, momentum, eps, ..)
  std::shared_ptr<region_kernel> make_norm() const {
    const auto x = input(0), mean = input(3), variance = input(4);
    const auto* epsilon = arg<double>(7);
    if (!x || !mean || !variance || !has(5, false) || epsilon == nullptr || read(*x) != made() ||
        !is_of_one_pixel(*mean) || !is_of_one_pixel(*variance))
      return nullptr;
    auto weight = constants(1, 1.0F), bias = constants(2, 0.0F);
    if (!weight || !bias) return nullptr;
    return std::make_shared<normalising_kernel>(normalising_kernel::operands{*x, *mean, *variance},
                                                static_cast<float>(*epsilon), std::move(*weight),
                                                std::move(*bias));
  }

  weight_source& weights_;
  const graph& g_;
  const op& op_;
  region out_;
};

}  // namespace

std::shared_ptr<region_kernel> make_statistics_kernel(weight_source& weights, op_id id,
                                                      const region& out) {
  return statistics_maker{weights, id, out}.make();
}

}  // namespace bramble
