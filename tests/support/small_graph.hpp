#pragma once

#include "tests/support/executable_graph.hpp"
#include "tests/support/graph_kit.hpp"

namespace bramble::test {

/// Three 3x3 convolutions, a residual sum and a pool, with weights.
inline executable_graph small_graph() {
  graph_kit k{"small"};
  const auto x = k.input({1, 3, 8, 8});
  auto y = k.conv(x, 8, square(3, 1, 1));
  y = k.sum(k.conv(y, 8, square(3, 1, 1)), y);
  y = k.conv(y, 8, square(3, 1, 1));
  y = k.pool(y, op_kind::max_pool, square(2, 2));
  random_source random{7};
  return with_weights(k.finish({y}), random);
}

}  // namespace bramble::test
