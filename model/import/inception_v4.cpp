#include "model/import/inception_v4.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/relu.h>

#include <cmath>
#include <random>

namespace bramble {
namespace {

enum class pool { none, max, average };

/// Convolution, batch norm (folded into weight and bias) and relu.
struct layer {
  std::int64_t channels, rows, columns;
  std::int64_t stride = 1;
  bool same = true;  ///< padded so that the map keeps its size
};

using chain = std::vector<layer>;

/// A pooling, then a chain, then perhaps several ends that all start from the chain's output.
struct branch {
  pool first = pool::none;
  chain layers;
  std::vector<chain> ends{};
};

/// Branches side by side, concatenated in this order; the whole so many times in a row.
struct block {
  int times;
  std::vector<branch> branches;
};

constexpr bool valid = false;

const std::vector<block>& architecture() {
  static const std::vector<block> blocks{
      // stem
      {1, {{pool::none, {{32, 3, 3, 2, valid}, {32, 3, 3, 1, valid}, {64, 3, 3}}}}},
      {1, {{pool::max, {}}, {pool::none, {{96, 3, 3, 2, valid}}}}},
      {1,
       {{pool::none, {{64, 1, 1}, {96, 3, 3, 1, valid}}},
        {pool::none, {{64, 1, 1}, {64, 1, 7}, {64, 7, 1}, {96, 3, 3, 1, valid}}}}},
      {1, {{pool::none, {{192, 3, 3, 2, valid}}}, {pool::max, {}}}},
      // Inception-A, 35x35
      {4,
       {{pool::none, {{96, 1, 1}}},
        {pool::none, {{64, 1, 1}, {96, 3, 3}}},
        {pool::none, {{64, 1, 1}, {96, 3, 3}, {96, 3, 3}}},
        {pool::average, {{96, 1, 1}}}}},
      // Reduction-A
      {1,
       {{pool::none, {{384, 3, 3, 2, valid}}},
        {pool::none, {{192, 1, 1}, {224, 3, 3}, {256, 3, 3, 2, valid}}},
        {pool::max, {}}}},
      // Inception-B, 17x17
      {7,
       {{pool::none, {{384, 1, 1}}},
        {pool::none, {{192, 1, 1}, {224, 1, 7}, {256, 7, 1}}},
        {pool::none, {{192, 1, 1}, {192, 7, 1}, {224, 1, 7}, {224, 7, 1}, {256, 1, 7}}},
        {pool::average, {{128, 1, 1}}}}},
      // Reduction-B
      {1,
       {{pool::none, {{192, 1, 1}, {192, 3, 3, 2, valid}}},
        {pool::none, {{256, 1, 1}, {256, 1, 7}, {320, 7, 1}, {320, 3, 3, 2, valid}}},
        {pool::max, {}}}},
      // Inception-C, 8x8
      {3,
       {{pool::none, {{256, 1, 1}}},
        {pool::none, {{384, 1, 1}}, {{{256, 1, 3}}, {{256, 3, 1}}}},
        {pool::none, {{384, 1, 1}, {448, 3, 1}, {512, 1, 3}}, {{{256, 1, 3}}, {{256, 3, 1}}}},
        {pool::average, {{256, 1, 1}}}}},
  };
  return blocks;
}

/// LibTorch's normal numbers differ between processors in the last bit. These are 24 random bits
/// times one constant, rounded once: the same everywhere.
class random_source {
 public:
  explicit random_source(std::uint32_t seed) : engine_{seed} {}

  at::Tensor uniform(at::IntArrayRef shape, double bound) {
    auto out = at::empty(shape);
    auto* cells = out.data_ptr<float>();
    const auto unit = bound / (1 << 23);
    for (std::int64_t i = 0; i < out.numel(); ++i) {
      const auto bits = static_cast<std::int64_t>(engine_() >> 8) - (1 << 23);
      cells[i] = static_cast<float>((static_cast<double>(bits) + 0.5) * unit);
    }
    return out;
  }

 private:
  std::mt19937 engine_;
};

struct weighted_layer {
  at::Tensor weight, bias;
};

class inception_v4 {
 public:
  explicit inception_v4(std::uint32_t seed) : random_{seed} {
    std::int64_t channels = 3;
    for (const auto& b : architecture())
      for (int i = 0; i < b.times; ++i) channels = add(b, channels);
    constexpr std::int64_t classes = 1000;
    head_ = {random_.uniform({classes, channels}, std::sqrt(3.0 / static_cast<double>(channels))),
             random_.uniform({classes}, 0.1)};
  }

  at::Tensor run(at::Tensor x) {
    next_ = 0;
    for (const auto& b : architecture())
      for (int i = 0; i < b.times; ++i) x = run(b, x);
    return at::linear(at::adaptive_avg_pool2d(x, {1, 1}).flatten(1), head_.weight, head_.bias);
  }

 private:
  std::int64_t add(const chain& layers, std::int64_t channels) {
    for (const auto& l : layers) {
      // He's bound keeps the second moment from layer to layer under relu.
      const auto fan_in = static_cast<double>(channels * l.rows * l.columns);
      layers_.push_back(
          {random_.uniform({l.channels, channels, l.rows, l.columns}, std::sqrt(6.0 / fan_in)),
           random_.uniform({l.channels}, 0.1)});
      channels = l.channels;
    }
    return channels;
  }

  std::int64_t add(const block& b, std::int64_t channels) {
    std::int64_t sum = 0;
    for (const auto& side : b.branches) {
      const auto made = add(side.layers, channels);
      for (const auto& end : side.ends) sum += add(end, made);
      if (side.ends.empty()) sum += made;
    }
    return sum;
  }

  at::Tensor run(const chain& layers, at::Tensor x) {
    for (const auto& l : layers) {
      const auto& w = layers_.at(next_++);
      const std::int64_t rows = l.same ? l.rows / 2 : 0, columns = l.same ? l.columns / 2 : 0;
      // Defaults are one number for both axes, which does not do for who reads the saved file.
      x = at::relu(at::conv2d(x, w.weight, w.bias, {l.stride, l.stride}, {rows, columns}, {1, 1}));
    }
    return x;
  }

  at::Tensor run(const block& b, const at::Tensor& x) {
    std::vector<at::Tensor> made;
    for (const auto& side : b.branches) {
      auto y = side.first == pool::max ? at::max_pool2d(x, {3, 3}, {2, 2}, {0, 0}, {1, 1})
               : side.first == pool::average
                   ? at::avg_pool2d(x, {3, 3}, {1, 1}, {1, 1}, false, /*count_include_pad=*/false)
                   : x;
      y = run(side.layers, y);
      for (const auto& end : side.ends) made.push_back(run(end, y));
      if (side.ends.empty()) made.push_back(y);
    }
    return made.size() == 1 ? made.front() : at::cat(made, 1);
  }

  random_source random_;
  std::vector<weighted_layer> layers_;
  weighted_layer head_;
  std::size_t next_ = 0;
};

}  // namespace

flat_model make_inception_v4(std::uint32_t seed, const import_progress& progress) {
  report(progress, "making weights", 0);
  inception_v4 net{seed};
  report(progress, "tracing", 0);
  const auto example = at::rand({1, 3, 299, 299}, at::detail::createCPUGenerator(1));
  auto flat = flatten([&net](const tensors& inputs) { return tensors{net.run(inputs.at(0))}; },
                      {example}, "Inception-v4");
  flat.remark = "Inception-v4 with seeded random weights: its classes mean nothing.";
  return flat;
}

}  // namespace bramble
