#include "model/graph/region.hpp"

#include <rapidcheck.h>

#include "tests/catch.hpp"

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
    const auto rest = subtract(a, b);
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

TEST_CASE("a broken graph is refused with its place") {
  const auto good = one_window(op_kind::convolution, {}, 8, 8, 1);
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
