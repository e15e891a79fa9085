#include "model/graph/region.hpp"

#include <rapidcheck.h>

#include "model/graph/resampling.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/random_graph.hpp"

using namespace bramble;

namespace {

interval any_interval(std::int64_t limit) {
  const auto a = *rc::gen::inRange<std::int64_t>(0, limit);
  const auto b = *rc::gen::inRange<std::int64_t>(0, limit + 1);
  return {std::min(a, b), std::max(a, b)};
}
region any_region() {
  return {any_interval(6), any_interval(6), any_interval(6)};
}

bool holds(const region& r, std::int64_t c, std::int64_t y, std::int64_t x) {
  return r.contains({{c, c + 1}, {y, y + 1}, {x, x + 1}}) && !r.empty();
}

/// One window op from an H x W map with 4 channels to whatever size follows.
graph one_window(op_kind kind, const window& win, std::int64_t height, std::int64_t width,
                 std::int64_t groups) {
  graph g;
  g.values.push_back({{1, 4, height, width}, element_type::f32, no_id});
  g.inputs = {0};
  op o;
  o.kind = kind;
  o.name = "it";
  o.inputs = {0};
  o.outputs = {1};
  o.win = win;
  o.groups = groups;
  auto size = [&](std::size_t axis, std::int64_t in) {
    return (in + 2 * win.padding[axis] - (win.kernel[axis] - 1) * win.dilation[axis] - 1) /
               win.stride[axis] +
           1;
  };
  g.values.push_back({{1, 4, size(0, height), size(1, width)}, element_type::f32, 0});
  if (kind == op_kind::convolution) {
    g.weights.push_back(
        {{4, 4 / groups, win.kernel[0], win.kernel[1]}, element_type::f32, std::string(64, 'a')});
    o.weights = {0};
  }
  g.ops.push_back(o);
  g.outputs = {1};
  return g;
}

}  // namespace

TEST_CASE("subtract leaves exactly the cells of a that are not in b, each once") {
  REQUIRE(rc::check([] {
    const auto a = any_region();
    const auto b = any_region();
    std::vector<region> rest;
    subtract(a, b, rest);
    for (std::int64_t c = 0; c < 6; ++c)
      for (std::int64_t y = 0; y < 6; ++y)
        for (std::int64_t x = 0; x < 6; ++x) {
          const auto times = std::count_if(rest.begin(), rest.end(),
                                           [&](const region& r) { return holds(r, c, y, x); });
          RC_ASSERT(times == (holds(a, c, y, x) && !holds(b, c, y, x) ? 1 : 0));
        }
  }));
}

TEST_CASE("needed inputs and borders are the receptive field, cell by cell") {
  REQUIRE(rc::check([] {
    window win;
    for (std::size_t axis = 0; axis < 2; ++axis) {
      win.kernel[axis] = *rc::gen::inRange<std::int64_t>(1, 5);
      win.stride[axis] = *rc::gen::inRange<std::int64_t>(1, 4);
      win.dilation[axis] = *rc::gen::inRange<std::int64_t>(1, 3);
      win.padding[axis] = *rc::gen::inRange<std::int64_t>(0, win.kernel[axis]);
    }
    const auto height = *rc::gen::inRange<std::int64_t>(10, 20);
    const auto width = *rc::gen::inRange<std::int64_t>(10, 20);
    const auto groups = *rc::gen::element<std::int64_t>(1, 2, 4);
    const auto g = one_window(op_kind::convolution, win, height, width, groups);
    validate(g, "test");
    const auto all = extent(g.values[1]);
    const auto y = *rc::gen::inRange<std::int64_t>(0, all.rows.end);
    const auto y_end = *rc::gen::inRange<std::int64_t>(y, all.rows.end) + 1;
    const region out{{1, 2}, {y, y_end}, all.columns};
    const auto need = needed_inputs(g, g.ops[0], out).at(0);
    const auto pad = border_of(g, g.ops[0], out);

    // Walk the definition of a convolution.
    interval rows{height, 0};
    std::int64_t above = 0, below = 0;
    for (auto row = out.rows.begin; row < out.rows.end; ++row)
      for (std::int64_t k = 0; k < win.kernel[0]; ++k) {
        const auto at = row * win.stride[0] - win.padding[0] + k * win.dilation[0];
        above = std::max(above, -at);
        below = std::max(below, at - height + 1);
        if (at >= 0 && at < height) rows = {std::min(rows.begin, at), std::max(rows.end, at + 1)};
      }
    RC_ASSERT(pad.top == above);
    RC_ASSERT(pad.bottom == below);
    if (!rows.empty()) {
      RC_ASSERT(need.rows.contains(rows));
      // Between dilated taps at the map's edge lie rows that are not read; without, none.
      if (win.dilation[0] == 1) RC_ASSERT(need.rows == rows);
    }
    RC_ASSERT(need.channels ==
              (interval{1 / (4 / groups) * (4 / groups), (1 / (4 / groups) + 1) * (4 / groups)}));
  }));
}

TEST_CASE("the regions of a concat's inputs tile its channels") {
  graph g;
  g.values = {{{1, 3, 5, 5}, element_type::f32, no_id},
              {{1, 2, 5, 5}, element_type::f32, no_id},
              {{1, 5, 5, 5}, element_type::f32, 0}};
  g.inputs = {0, 1};
  g.outputs = {2};
  op o;
  o.kind = op_kind::concat;
  o.name = "cat";
  o.inputs = {0, 1};
  o.outputs = {2};
  g.ops = {o};
  validate(g, "test");
  const auto needs = needed_inputs(g, g.ops[0], {{2, 4}, {1, 3}, {0, 5}});
  CHECK(needs.at(0) == region{{2, 3}, {1, 3}, {0, 5}});
  CHECK(needs.at(1) == region{{0, 1}, {1, 3}, {0, 5}});
  CHECK(needed_inputs(g, g.ops[0], {{0, 2}, {0, 1}, {0, 5}}).at(1).empty());
}

namespace {

/// What a definition says it reads: the hull of all input cells that `reads` names for cells of
/// `out`.
template <class Reads>
region hull_of_reads(const region& out, const Reads& reads) {
  region found;
  for (auto c = out.channels.begin; c < out.channels.end; ++c)
    for (auto y = out.rows.begin; y < out.rows.end; ++y)
      for (auto x = out.columns.begin; x < out.columns.end; ++x)
        reads(c, y, x, [&](interval channels, std::int64_t row, std::int64_t column) {
          found = hull(found, {channels, {row, row + 1}, {column, column + 1}});
        });
  return found;
}

region any_part(test::random_source& random, const region& whole) {
  const auto part = [&](interval i) {
    const auto begin = random.number(i.begin, i.end - 1);
    return interval{begin, random.number(begin + 1, i.end)};
  };
  return {part(whole.channels), part(whole.rows), part(whole.columns)};
}

const op& last_op(const graph& g) {
  return g.ops.back();
}

}  // namespace

TEST_CASE("a transposed convolution reads exactly the pixels it spreads over the region") {
  REQUIRE(rc::check([] {
    test::random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    test::graph_kit kit{"net"};
    const auto x = kit.input({1, 4, random.number(1, 8), random.number(1, 8)});
    std::vector<value_id> maps;
    while (maps.empty()) test::detail::any_transposed(random, kit, maps, x);
    const auto g = kit.finish({maps[0]});
    const auto& o = last_op(g);
    const auto& in = g.values[x].shape;
    const auto out = any_part(random, extent(g.values[maps[0]]));
    const auto per_group = g.values[maps[0]].shape[1] / o.groups, from = in[1] / o.groups;
    const auto expected = hull_of_reads(out, [&](auto c, auto y, auto x_at, const auto& read) {
      const auto group = c / per_group;
      for (std::int64_t row = 0; row < in[2]; ++row)
        for (std::int64_t column = 0; column < in[3]; ++column)
          for (std::int64_t a = 0; a < o.win.kernel[0]; ++a)
            for (std::int64_t b = 0; b < o.win.kernel[1]; ++b)
              if (row * o.win.stride[0] - o.win.padding[0] + a * o.win.dilation[0] == y &&
                  column * o.win.stride[1] - o.win.padding[1] + b * o.win.dilation[1] == x_at)
                read({group * from, (group + 1) * from}, row, column);
    });
    RC_ASSERT(needed_inputs(g, o, out).at(0) == expected);
  }));
}

TEST_CASE("an upsampling reads exactly the pixels its sources are") {
  REQUIRE(rc::check([] {
    test::random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    test::graph_kit kit{"net"};
    const auto x = kit.input({1, 2, random.number(1, 8), random.number(1, 8)});
    const auto y = test::detail::any_upsample(random, kit, x);
    const auto g = kit.finish({y});
    const auto& o = last_op(g);
    const auto out = any_part(random, extent(g.values[y]));
    const auto expected = hull_of_reads(out, [&](auto c, auto row, auto column, const auto& read) {
      const auto down = source_of(o.resize, 0, row, g.values[x].shape[2]);
      const auto across = source_of(o.resize, 1, column, g.values[x].shape[3]);
      for (auto r : {down.first, down.second})
        for (auto s : {across.first, across.second}) read({c, c + 1}, r, s);
    });
    RC_ASSERT(needed_inputs(g, o, out).at(0) == expected);
    RC_ASSERT(extent(g.values[x]).contains(expected));
  }));
}

TEST_CASE("sources of upsampled pixels are LibTorch's") {
  using kind_t = resampling::kind_t;
  const auto first = [](const resampling& how, std::int64_t at) {
    return source_of(how, 0, at, 4).first;
  };
  const resampling twice{kind_t::nearest, false, {0.5F, 0.5F}};
  CHECK(first(twice, 0) == 0);
  CHECK(first(twice, 1) == 0);
  CHECK(first(twice, 7) == 3);
  const resampling half{kind_t::nearest_exact, false, {2.0F, 2.0F}};
  CHECK(first(half, 0) == 1);
  CHECK(first(half, 1) == 3);
  const resampling smooth{kind_t::bilinear, false, {0.5F, 0.5F}};
  CHECK(source_of(smooth, 0, 0, 4).weight == 0.0F);
  CHECK(source_of(smooth, 0, 2, 4).first == 0);
  CHECK(source_of(smooth, 0, 2, 4).weight == 0.75F);
  CHECK(source_of(smooth, 0, 7, 4).second == 3);
  const resampling corners{kind_t::bilinear, true, {3.0F / 7, 3.0F / 7}};
  CHECK(first(corners, 7) == 3);
  // Whatever a hostile file claims, the source lies inside.
  for (auto scale : {0.0F, 1e30F, 3e38F})
    for (auto kind : {kind_t::nearest, kind_t::bilinear})
      CHECK(interval{0, 4}.contains(sources_of({kind, false, {scale, scale}}, 0, {0, 100}, 4)));
}

TEST_CASE("a select reads the hull of its channels, a per-pixel op all channels of its pixels") {
  test::graph_kit kit{"net"};
  const auto x = kit.input({1, 6, 4, 5});
  const auto y = kit.select(x, {5, 0, 3, 2});
  const auto z = kit.per_pixel(y);
  const auto g = kit.finish({z});
  CHECK(needed_inputs(g, g.ops[0], {{2, 4}, {1, 3}, {0, 5}}).at(0) ==
        region{{2, 4}, {1, 3}, {0, 5}});
  CHECK(needed_inputs(g, g.ops[0], {{0, 2}, {0, 1}, {4, 5}}).at(0) ==
        region{{0, 6}, {0, 1}, {4, 5}});
  CHECK(needed_inputs(g, g.ops[1], {{1, 2}, {2, 3}, {0, 1}}).at(0) ==
        region{{0, 4}, {2, 3}, {0, 1}});
}

TEST_CASE("a product reads the heads and rows of its definition") {
  REQUIRE(rc::check([] {
    test::random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    test::graph_kit kit{"net"};
    const auto x = kit.input({1, random.number(1, 6), random.number(1, 6), random.number(1, 3)});
    std::vector<value_id> maps;
    test::detail::any_attention(random, kit, maps, x);
    const auto g = kit.finish({maps.back()});
    const auto& o = last_op(g);
    const auto& p = o.product;
    const auto& made = g.values[o.outputs[0]].shape;
    const auto out = any_part(random, extent(g.values[o.outputs[0]]));
    const auto width = p.joined ? made[1] / p.heads : made[1];
    const auto right_rows = g.values[o.inputs[1]].shape[2] / p.blocks;
    // By side: every element of both that is multiplied for an element of the output.
    const auto reads_of = [&](bool left, auto c, auto y, auto column, const auto& read) {
      const auto head = p.joined ? c / width : column;
      const auto mine = p.joined ? c % width : c;
      const auto& side = left ? p.left : p.right;
      const auto at = side.first + side.step * head, its_column = side.step == 0 ? head : 0;
      const auto block = y / (made[2] / p.blocks);
      for (std::int64_t k = 0; k < p.depth; ++k) {
        const auto row = left ? y : block * right_rows + (p.by_rows ? mine : k);
        const auto channel = at + (left || p.by_rows ? k : mine);
        read({channel, channel + 1}, row, its_column);
      }
    };
    const auto needs = needed_inputs(g, o, out);
    for (std::size_t i : {0, 1}) {
      const auto least = hull_of_reads(out, [&](auto c, auto y, auto column, const auto& read) {
        reads_of(i == 0, c, y, column, read);
      });
      RC_ASSERT(needs.at(i).contains(least));
      RC_ASSERT(extent(g.values[o.inputs[i]]).contains(needs.at(i)));
      RC_ASSERT(needs.at(i).rows == least.rows);
      RC_ASSERT(needs.at(i).columns == least.columns);
    }
    RC_ASSERT(macs(g, static_cast<op_id>(g.ops.size() - 1), out) ==
              static_cast<double>(out.elements() * p.depth));
  }));
}

TEST_CASE("a product in windows reads the heads and windows of its definition") {
  REQUIRE(rc::check([] {
    test::random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    test::graph_kit kit{"net"};
    const auto x = kit.input({1, random.number(1, 6), random.number(1, 8), random.number(1, 8)});
    std::vector<value_id> maps;
    test::detail::any_windows(random, kit, maps, x);
    const auto g = kit.finish({maps.back()});
    for (const auto& o : g.ops) {
      const auto& p = o.product;
      const auto& w = o.windows;
      const auto& made = g.values[o.outputs[0]].shape;
      const auto out = any_part(random, extent(g.values[o.outputs[0]]));
      const auto width = p.joined ? made[1] / p.heads : made[1];
      const auto reads_of = [&](bool left, auto c, auto y, auto column, const auto& read) {
        const auto head = p.joined ? c / width : column % p.heads;
        const auto mine = p.joined ? c % width : c;
        const auto pixel = p.joined ? column : column / p.heads;
        for (std::int64_t k = 0; k < p.depth; ++k) {
          if (left && !p.by_rows) {
            read({k, k + 1}, y, pixel * p.heads + head);
          } else if (left) {
            const auto channel = p.left.first + p.left.step * head + k;
            read({channel, channel + 1}, y, pixel);
          } else {
            const auto channel = p.right.first + p.right.step * head + (p.by_rows ? k : mine);
            const auto other = p.by_rows ? mine : k;
            read({channel, channel + 1}, y / w.rows * w.rows + other / w.columns,
                 pixel / w.columns * w.columns + other % w.columns);
          }
        }
      };
      const auto needs = needed_inputs(g, o, out);
      for (std::size_t i : {0, 1}) {
        const auto least = hull_of_reads(out, [&](auto c, auto y, auto column, const auto& read) {
          reads_of(i == 0, c, y, column, read);
        });
        RC_ASSERT(needs.at(i).contains(least));
        RC_ASSERT(extent(g.values[o.inputs[i]]).contains(needs.at(i)));
        RC_ASSERT(needs.at(i).rows == least.rows);
        if (i == 1) RC_ASSERT(needs.at(i).columns == least.columns);
      }
    }
    RC_ASSERT(macs(g, 0, extent(g.values[maps[0]])) ==
              static_cast<double>(extent(g.values[maps[0]]).elements() * g.ops[0].product.depth));
  }));
}

TEST_CASE("a take reads the hull of its runs, a regroup the rows of its pixels") {
  REQUIRE(rc::check([] {
    test::random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    test::graph_kit kit{"net"};
    const auto x = kit.input({1, 2, random.number(1, 8), random.number(1, 6)});
    const auto& in = kit.shape(x);
    const auto rows = test::detail::any_divisor(random, in[2] * in[3], 48);
    const auto y = kit.regroup(x, rows);
    const auto z = test::detail::any_take(random, kit, x);
    const auto g = kit.finish({y, z});
    const auto part = any_part(random, extent(g.values[y]));
    const auto pixels = hull_of_reads(part, [&](auto c, auto row, auto column, const auto& read) {
      const auto pixel = row * g.values[y].shape[3] + column;
      read({c, c + 1}, pixel / g.values[x].shape[3], pixel % g.values[x].shape[3]);
    });
    const auto needed = needed_inputs(g, g.ops[0], part).at(0);
    RC_ASSERT(needed.contains(pixels));
    RC_ASSERT(needed.rows == pixels.rows);
    const auto some = any_part(random, extent(g.values[z]));
    const auto& taken = g.ops[1].taken;
    std::vector<std::int64_t> from;  // by row, or column, of the output; -1 for a constant's
    for (const auto& run : taken.runs)
      for (std::int64_t i = 0; i < run.count; ++i)
        from.push_back(run.source == 0 ? run.first + i : -1);
    const auto expected = hull_of_reads(some, [&](auto c, auto row, auto column, const auto& read) {
      const auto source = from[static_cast<std::size_t>(taken.columns ? column : row)];
      if (source >= 0)
        read({c, c + 1}, taken.columns ? row : source, taken.columns ? source : column);
    });
    RC_ASSERT(needed_inputs(g, g.ops[1], some).at(0) == expected);
  }));
}

TEST_CASE("a transposed convolution's multiply-adds are those of its input pixels") {
  test::graph_kit kit{"net"};
  const auto x = kit.input({1, 8, 5, 5});
  const auto y = kit.transposed(x, 6, test::square(2, 2), 2);
  const auto g = kit.finish({y});
  CHECK(macs(g, 0) == 5 * 5 * 8 * 3 * 2 * 2);
  auto half = extent(g.values[y]);
  half.rows.end /= 2;
  CHECK(macs(g, 0, half) == macs(g, 0) / 2);
}
