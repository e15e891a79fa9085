#pragma once

#include <array>

#include "tests/support/graph_kit.hpp"

namespace bramble::test {

/// Inception-v4 (Szegedy et al. 2016) for 299x299 pictures: 149 convolutions with their activations
/// fused in, pools, concats, and a head that runs whole. 12.3 GMAC.
/// With other numbers of its three kinds of blocks it is a model like it of another depth.
inline graph inception_v4_graph(std::array<int, 3> blocks = {4, 7, 3}) {
  graph_kit k{"inception_v4"};
  auto conv = [&](value_id x, std::int64_t channels, std::int64_t kernel, std::int64_t stride = 1,
                  std::int64_t padding = 0) {
    return k.conv(x, channels, square(kernel, stride, padding));
  };
  // A row or column kernel that keeps the size.
  auto flat = [&](value_id x, std::int64_t channels, std::int64_t rows, std::int64_t columns) {
    return k.conv(x, channels, {{rows, columns}, {1, 1}, {rows / 2, columns / 2}});
  };
  auto max_pool = [&](value_id x) { return k.pool(x, op_kind::max_pool, square(3, 2)); };
  auto avg_pool = [&](value_id x) {
    auto win = square(3, 1, 1);
    win.count_include_pad = false;
    return k.pool(x, op_kind::avg_pool, win);
  };

  auto x = k.input({1, 3, 299, 299});
  x = conv(conv(conv(x, 32, 3, 2), 32, 3), 64, 3, 1, 1);
  x = k.concat({max_pool(x), conv(x, 96, 3, 2)});
  {
    const auto left = conv(conv(x, 64, 1), 96, 3);
    const auto right = conv(flat(flat(conv(x, 64, 1), 64, 1, 7), 64, 7, 1), 96, 3);
    x = k.concat({left, right});
  }
  x = k.concat({conv(x, 192, 3, 2), max_pool(x)});
  for (int i = 0; i < blocks[0]; ++i) {
    const auto a = conv(x, 96, 1);
    const auto b = conv(conv(x, 64, 1), 96, 3, 1, 1);
    const auto c = conv(conv(conv(x, 64, 1), 96, 3, 1, 1), 96, 3, 1, 1);
    const auto d = conv(avg_pool(x), 96, 1);
    x = k.concat({a, b, c, d});
  }
  {
    const auto a = conv(x, 384, 3, 2);
    const auto b = conv(conv(conv(x, 192, 1), 224, 3, 1, 1), 256, 3, 2);
    x = k.concat({a, b, max_pool(x)});
  }
  for (int i = 0; i < blocks[1]; ++i) {
    const auto a = conv(x, 384, 1);
    const auto b = flat(flat(conv(x, 192, 1), 224, 1, 7), 256, 7, 1);
    const auto c =
        flat(flat(flat(flat(conv(x, 192, 1), 192, 7, 1), 224, 1, 7), 224, 7, 1), 256, 1, 7);
    const auto d = conv(avg_pool(x), 128, 1);
    x = k.concat({a, b, c, d});
  }
  {
    const auto a = conv(conv(x, 192, 1), 192, 3, 2);
    const auto b = conv(flat(flat(conv(x, 256, 1), 256, 1, 7), 320, 7, 1), 320, 3, 2);
    x = k.concat({a, b, max_pool(x)});
  }
  for (int i = 0; i < blocks[2]; ++i) {
    const auto a = conv(x, 256, 1);
    const auto b = conv(x, 384, 1);
    const auto c = flat(flat(conv(x, 384, 1), 448, 3, 1), 512, 1, 3);
    const auto d = conv(avg_pool(x), 256, 1);
    x = k.concat(
        {a, flat(b, 256, 1, 3), flat(b, 256, 3, 1), flat(c, 256, 1, 3), flat(c, 256, 3, 1), d});
  }
  x = k.atom("aten::adaptive_avg_pool2d", {x}, {1, 1536, 1, 1});
  x = k.atom("aten::flatten", {x}, {1, 1536});
  x = k.atom("aten::linear", {x}, {1, 1000}, {1000, 1536});
  return k.finish({x});
}

}  // namespace bramble::test
