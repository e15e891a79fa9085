#pragma once

#include <fstream>
#include <map>

#include "config/base/hash.hpp"
#include "model/graph/host_tensor.hpp"
#include "model/graph/region.hpp"
#include "model/runtime/blob.hpp"
#include "tests/support/random_graph.hpp"

namespace bramble::test {

/// A graph whose weights have content, in memory.
struct executable_graph {
  std::shared_ptr<graph> model;
  std::map<std::string, std::shared_ptr<const byte_vector>> blobs;

  blob_loader loader() const {
    return [known = blobs](const std::string& sha256) {
      const auto& content = known.at(sha256);
      return blob{content, *content};
    };
  }
};

inline byte_vector random_floats(random_source& random, std::uint64_t count) {
  byte_vector bytes(count * sizeof(float));
  auto* to = reinterpret_cast<float*>(bytes.data());
  for (std::uint64_t i = 0; i < count; ++i)
    to[i] = static_cast<float>(random.number(-1000, 1000)) / 1000.0F;
  return bytes;
}

inline std::vector<host_tensor> random_inputs(random_source& random, const graph& g) {
  std::vector<host_tensor> inputs;
  for (auto id : g.inputs)
    inputs.push_back({g.values[id].shape, element_type::f32,
                      random_floats(random, element_count(g.values[id].shape))});
  return inputs;
}

/// Gives every weight content; positive where a variance is wanted.
inline executable_graph with_weights(graph g, random_source& random) {
  executable_graph out;
  for (auto& w : g.weights) {
    auto bytes = random_floats(random, element_count(w.shape));
    if (w.sha256 == "positive") {
      auto* values = reinterpret_cast<float*>(bytes.data());
      for (std::size_t i = 0; i < bytes.size() / sizeof(float); ++i)
        values[i] = values[i] * values[i] + 0.5F;
    }
    w.sha256 = sha256_hex(bytes);
    out.blobs[w.sha256] = std::make_shared<const byte_vector>(std::move(bytes));
  }
  out.model = std::make_shared<graph>(std::move(g));
  validate(*out.model, "the test's graph");
  return out;
}

namespace detail {

inline weight_id add_weight(graph& g, std::vector<std::int64_t> shape, bool positive = false) {
  g.weights.push_back({std::move(shape), element_type::f32, positive ? "positive" : ""});
  return static_cast<weight_id>(g.weights.size() - 1);
}

/// Any elementwise op in place of a + b.
inline void vary_elementwise(random_source& random, graph& g, op& o) {
  const value_ref a{o.inputs[0]}, b{o.inputs.back()};
  const auto channels = g.values[a.id].shape[1];
  auto keep_first = [&] { o.inputs.resize(1); };
  auto unary = [&](const std::string& name) {
    keep_first();
    o.call = {"aten::" + name, "", {a}};
  };
  switch (random.number(0, 15)) {
    case 0:
      return unary("relu");
    case 1:
      return unary("sigmoid");
    case 2:
      return unary("silu");
    case 3:
      return unary("hardswish");
    case 4:
      unary("hardtanh");
      o.call.arguments.insert(o.call.arguments.end(), {-0.5, 0.75});
      return;
    case 5:
      unary("clamp");
      o.call.arguments.insert(o.call.arguments.end(), {nothing{}, std::int64_t{1}});
      return;
    case 6:
      o.call = {"aten::mul", "Tensor", {a, b}};
      return;
    case 7:
      o.call = {"aten::sub", "Tensor", {a, b, std::int64_t{2}}};
      return;
    case 8:
      keep_first();
      o.call = {"aten::mul", "Tensor", {weight_ref{add_weight(g, {channels, 1, 1})}, a}};
      return;
    case 9:
      keep_first();
      o.call = {"aten::div", "Tensor", {a, weight_ref{add_weight(g, {1, channels, 1, 1}, true)}}};
      return;
    case 10:
      keep_first();
      o.call = {"aten::add", "Tensor", {a, weight_ref{add_weight(g, {})}, std::int64_t{1}}};
      return;
    case 11:
      keep_first();
      o.call = {"aten::prelu", "", {a, weight_ref{add_weight(g, {channels})}}};
      return;
    case 12:
      keep_first();
      o.call = {"aten::batch_norm",
                "",
                {a, weight_ref{add_weight(g, {channels})}, nothing{},
                 weight_ref{add_weight(g, {channels})}, weight_ref{add_weight(g, {channels}, true)},
                 false, 0.1, 1e-3, false}};
      return;
    case 13:
    case 14: {
      // A constant of any shape that broadcasts.
      keep_first();
      std::vector<std::int64_t> shape{1};
      for (std::size_t axis = 1; axis < 4; ++axis)
        shape.push_back(random.chance(50) ? 1 : g.values[a.id].shape[axis]);
      if (shape[1] == 1 && random.chance(50)) shape.erase(shape.begin(), shape.begin() + 2);
      o.call = {"aten::mul", "Tensor", {a, weight_ref{add_weight(g, std::move(shape))}}};
      return;
    }
    default:
      return;
  }
}

/// Any op over the channels of a pixel in place of softmax.
inline void vary_per_pixel(random_source& random, graph& g, op& o) {
  const value_ref x{o.inputs[0]};
  const auto channels = g.values[x.id].shape[1];
  if (random.chance(30))
    o.call = {"aten::log_softmax", "int", {x, std::int64_t{1}, nothing{}}};
  else if (random.chance(50))
    o.call = {"aten::layer_norm",
              "",
              {x, std::vector<std::int64_t>{channels}, weight_ref{add_weight(g, {channels})},
               weight_ref{add_weight(g, {channels})}, 1e-3, false}};
}

}  // namespace detail

/// `random_graph` with calls that LibTorch has, ops of all the forms the runtime knows, and
/// weights.
inline executable_graph random_executable_graph(random_source& random, std::size_t ops) {
  auto g = random_graph(random, ops);
  for (auto& o : g.ops) {
    if (o.kind == op_kind::convolution) {
      using kind = fused_activation::kind_t;
      o.activation = random.pick(
          std::vector<fused_activation>{{kind::none}, {kind::relu}, {kind::clip, -0.5F, 0.5F}});
      if (random.chance(30)) o.weights.resize(1);
    }
    if (o.kind == op_kind::concat && random.chance(50)) {
      using kind = fused_activation::kind_t;
      const auto channels = g.values[o.outputs[0]].shape[1];
      o.weights = {detail::add_weight(g, {channels}), detail::add_weight(g, {channels})};
      o.activation = random.pick(
          std::vector<fused_activation>{{kind::none}, {kind::relu}, {kind::clip, -0.5F, 0.5F}});
    }
    if (o.kind == op_kind::avg_pool) {
      o.win.count_include_pad = random.chance(50);
      o.win.divisor_override = random.chance(20) ? 5 : 0;
    }
    if (o.kind == op_kind::per_pixel) detail::vary_per_pixel(random, g, o);
    if (o.kind == op_kind::transposed_convolution && random.chance(30)) o.weights.resize(1);
    if (o.kind == op_kind::elementwise) detail::vary_elementwise(random, g, o);
    if (o.call.schema == "test::atom")
      o.call = {"aten::softmax", "int", {value_ref{o.inputs[0]}, std::int64_t{1}, nothing{}}};
    if (o.call.schema == "aten::linear") o.call.arguments.emplace_back(nothing{});
    if (o.call.schema == "aten::flatten")
      o.call = {"aten::flatten",
                "using_ints",
                {value_ref{o.inputs[0]}, std::int64_t{1}, std::int64_t{-1}}};
  }
  return with_weights(std::move(g), random);
}

/// For a shrunk counterexample.
inline std::string text_of(const graph& g) {
  auto shape = [](const std::vector<std::int64_t>& sizes) {
    std::string text;
    for (auto size : sizes) text += (text.empty() ? "" : "x") + std::to_string(size);
    return text;
  };
  std::string text;
  for (auto id : g.inputs)
    text += "v" + std::to_string(id) + " = input " + shape(g.values[id].shape) + "\n";
  for (const auto& o : g.ops) {
    text += "v" + std::to_string(o.outputs[0]) + " = " + o.name + " " + o.call.schema;
    if (o.kind == op_kind::convolution || o.kind == op_kind::transposed_convolution ||
        o.kind == op_kind::max_pool || o.kind == op_kind::avg_pool)
      for (std::size_t axis = 0; axis < 2; ++axis)
        text += " k" + std::to_string(o.win.kernel[axis]) + " s" +
                std::to_string(o.win.stride[axis]) + " p" + std::to_string(o.win.padding[axis]) +
                " d" + std::to_string(o.win.dilation[axis]);
    if (o.kind == op_kind::upsample)
      text += " kind " + std::to_string(static_cast<int>(o.resize.kind)) + " by " +
              std::to_string(o.resize.scale[0]) + " " + std::to_string(o.resize.scale[1]);
    for (auto c : o.channels) text += " c" + std::to_string(c);
    if (o.groups > 1) text += " groups " + std::to_string(o.groups);
    for (auto id : o.inputs) text += " v" + std::to_string(id);
    text += " -> " + shape(g.values[o.outputs[0]].shape) + "\n";
  }
  return text;
}

inline std::string text_of(const plan& p) {
  auto text_of_interval = [](interval i) {
    return std::to_string(i.begin) + "-" + std::to_string(i.end);
  };
  std::string text;
  for (const auto& part : p.pieces)
    text += "op " + std::to_string(part.op) + " on " + std::to_string(part.node) + ": channels " +
            text_of_interval(part.out.channels) + " rows " + text_of_interval(part.out.rows) +
            " columns " + text_of_interval(part.out.columns) + "\n";
  return text;
}

}  // namespace bramble::test
