#include <cmath>
#include <limits>

#include "model/graph/graph.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/graph_kit.hpp"

using namespace bramble;

TEST_CASE("broken ops of every kind are refused") {
  const auto refused = [](value_id (*make)(test::graph_kit&, value_id), auto change,
                          const std::string& part) {
    test::graph_kit kit{"net"};
    const auto x = kit.input({1, 4, 6, 6});
    auto g = kit.finish({make(kit, x)});
    change(g.ops[0], g);
    CHECK_THROWS_WITH(validate(g, "file"), Catch::Contains("file: ") && Catch::Contains(part));
  };
  using kit = test::graph_kit;
  const auto transposed = [](kit& k, value_id x) {
    return k.transposed(x, 2, test::square(2, 2), 2);
  };
  refused(
      transposed, [](op& o, graph&) { o.groups = 3; }, "number of groups");
  refused(
      transposed,
      [](op& o, graph&) {
        o.win.stride = {3, 3};
      },
      "window that does not give");
  refused(
      transposed,
      [](op& o, graph&) {
        o.win.dilation = {0, 1};
      },
      "impossible window");
  refused(
      transposed, [](op&, graph& g) { g.weights[0].shape[0] = 5; }, "weight of the wrong shape");
  refused(
      transposed, [](op& o, graph&) { o.weights.clear(); }, "one or two weights");
  const auto select = [](kit& k, value_id x) { return k.select(x, {3, 1}); };
  refused(
      select, [](op& o, graph&) { o.channels[0] = 4; }, "channel that does not exist");
  refused(
      select, [](op& o, graph&) { o.channels[0] = -1; }, "channel that does not exist");
  refused(
      select, [](op& o, graph&) { o.channels.push_back(0); }, "another number of channels");
  refused(
      select, [](op&, graph& g) { g.values[1].shape[2] = 5; }, "number of pixels");
  const auto upsample = [](kit& k, value_id x) { return k.upsample(x, {}, 6, 6); };
  refused(
      upsample, [](op& o, graph&) { o.resize.scale[1] = -1; }, "impossible scale");
  refused(
      upsample, [](op& o, graph&) { o.resize.scale[1] = NAN; }, "impossible scale");
  refused(
      upsample, [](op&, graph& g) { g.values[1].shape[1] = 5; }, "number of channels");
  const auto pixel = [](kit& k, value_id x) { return k.per_pixel(x); };
  refused(
      pixel, [](op&, graph& g) { g.values[1].shape[3] = 5; }, "number of pixels");
  const auto product = [](kit& k, value_id x) {
    matrix_product how;
    how.heads = 6;  // columns
    how.depth = 4;
    how.by_rows = true;
    return k.product(x, x, how);
  };
  refused(
      product, [](op& o, graph&) { o.product.heads = 0; }, "impossible number of blocks");
  refused(
      product, [](op& o, graph&) { o.product.blocks = 4; }, "rows that do not divide");
  refused(
      product, [](op& o, graph&) { o.product.depth = 5; }, "channels that are not there");
  refused(
      product, [](op& o, graph&) { o.product.left.first = -1; }, "channels that are not there");
  refused(
      product, [](op& o, graph&) { o.product.right.step = 1LL << 60; },
      "channels that are not there");
  refused(
      product, [](op& o, graph&) { o.product.by_rows = false; }, "do not fit each other");
  refused(
      product, [](op& o, graph&) { o.product.scale = NAN; }, "impossible scale");
  refused(
      product, [](op& o, graph&) { o.inputs.pop_back(); }, "something else than two maps");
  const auto take = [](kit& k, value_id x) {
    return k.take(x, {false, {{0, 2, 3}, {1, 0, 1}}}, 1);
  };
  refused(
      take, [](op& o, graph&) { o.taken.runs[1].source = 2; }, "source it has not");
  refused(
      take, [](op& o, graph&) { o.taken.runs[0].first = 4; }, "takes what is not there");
  refused(
      take, [](op& o, graph&) { o.taken.runs[0].count = 2; }, "another number than it makes");
  refused(
      take, [](op&, graph& g) { g.weights[0].shape[2] = 5; }, "maps of different sizes");
  const auto regroup = [](kit& k, value_id x) { return k.regroup(x, 12); };
  refused(
      regroup, [](op&, graph& g) { g.values[1].shape[2] = 11; }, "number of channels or pixels");
  const auto reshape = [](kit& k, value_id x) { return k.reshape(x, {1, 144}); };
  refused(
      reshape, [](op&, graph& g) { g.values[1].shape[1] = 143; }, "number of elements");
}

TEST_CASE("products in windows that do not fit their maps are refused") {
  test::graph_kit kit{"net"};
  const auto x = kit.input({1, 6, 4, 6});
  matrix_product how;
  how.heads = 2;
  how.depth = 3;
  how.left = how.right = {0, 3};
  how.by_rows = true;
  const auto y = kit.window_product(x, x, how, {2, 3});
  const auto sound = kit.finish({y});
  const auto refused = [&](auto change) {
    auto g = sound;
    change(g.ops[0], g);
    CHECK_THROWS(validate(g, "test"));
  };
  const std::vector<std::int64_t> bad{-1, 0, 5, 1LL << 40,
                                      std::numeric_limits<std::int64_t>::min()};
  for (auto number : bad) {
    refused([&](op& o, graph&) { o.windows.rows = number; });
    refused([&](op& o, graph&) { o.windows.columns = number; });
    refused([&](op& o, graph&) { o.product.heads = number; });
    refused([&](op& o, graph&) { o.product.depth = number; });
    if (number != 0) refused([&](op& o, graph&) { o.product.left.first = number; });
    if (number != 0) refused([&](op& o, graph&) { o.product.right.first = number; });
  }
  refused([](op& o, graph&) { o.product.blocks = 2; });
  refused([](op& o, graph&) { o.product.right.step = 4; });
  refused([](op& o, graph&) { o.product.joined = true; });
  refused([](op& o, graph&) { o.product.by_rows = false; });
  refused([](op& o, graph&) { o.product.scale = std::numeric_limits<double>::quiet_NaN(); });
  refused([](op& o, graph&) { o.inputs.pop_back(); });
  refused([](op&, graph& g) { g.values[1].shape[3] = 6; });
}

TEST_CASE("constants of elementwise ops broadcast by LibTorch's rules") {
  CHECK(broadcasts({}, {1, 4, 5, 6}));
  CHECK(broadcasts({6}, {1, 4, 5, 6}));
  CHECK(broadcasts({4, 1, 1}, {1, 4, 5, 6}));
  CHECK(broadcasts({1, 1, 5, 6}, {1, 4, 5, 6}));
  CHECK(broadcasts({1, 1, 1, 1, 1}, {1, 4, 5, 6}));
  CHECK_FALSE(broadcasts({4}, {1, 4, 5, 6}));
  CHECK_FALSE(broadcasts({4, 5}, {1, 4, 5, 6}));
  CHECK_FALSE(broadcasts({2, 1, 4, 5, 6}, {1, 4, 5, 6}));
}

TEST_CASE("a broken graph is refused with its place") {
  test::graph_kit kit{"net"};
  const auto good = kit.finish({kit.conv(kit.input({1, 4, 8, 8}), 4, test::square(1))});
  CHECK_NOTHROW(validate(good, "file"));
  auto expect = [](const graph& g, const std::string& part) {
    CHECK_THROWS_WITH(validate(g, "file"), Catch::Contains("file: ") && Catch::Contains(part));
  };
  auto g = good;
  g.ops[0].inputs = {1};
  expect(g, "read a value that is not made before");
  g = good;
  g.ops[0].inputs = {77};
  expect(g, "read a value that is not made before");
  g = good;
  g.ops[0].weights = {9};
  expect(g, "weight that does not exist");
  g = good;
  g.values[1].shape[2] = 9;
  expect(g, "window that does not give its output's size");
  g = good;
  g.ops[0].win.stride = {0, 1};
  expect(g, "impossible window");
  g = good;
  g.ops[0].groups = 3;
  expect(g, "number of groups");
  g = good;
  g.weights[0].sha256 = "../../etc/passwd";
  expect(g, "not named by a SHA-256");
  g = good;
  g.values[0].shape = {1, 1LL << 27, 1LL << 27, 1LL << 27};
  expect(g, "too large");
  g = good;
  g.outputs.clear();
  expect(g, "no output");
}
