#pragma once

#include <algorithm>
#include <random>

#include "balancer/shelf/shelf.hpp"
#include "model/plan/plan.hpp"
#include "tests/support/graph_kit.hpp"

namespace bramble::test {

/// Graphs, plans and shelves at random, valid by construction, the same for the same seed. Small,
/// so that a test can look at every single element.
class random_source {
 public:
  explicit random_source(std::uint32_t seed) : engine_{seed} {}

  /// A whole number from `least` to `most`.
  std::int64_t number(std::int64_t least, std::int64_t most) {
    const auto range = static_cast<std::uint64_t>(most - least + 1);
    return least + static_cast<std::int64_t>(engine_() % range);
  }
  bool chance(int percent) { return number(1, 100) <= percent; }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[static_cast<std::size_t>(number(0, static_cast<std::int64_t>(from.size()) - 1))];
  }

 private:
  std::mt19937 engine_;
};

namespace detail {

inline window any_window(random_source& random, bool pool) {
  window win;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    win.kernel[axis] = random.number(1, 4);
    win.stride[axis] = random.number(1, 3);
    win.padding[axis] = random.number(0, pool ? win.kernel[axis] / 2 : win.kernel[axis]);
    win.dilation[axis] = pool || random.chance(70) ? 1 : 2;
  }
  return win;
}

inline std::vector<value_id> same_maps(const graph_kit& kit, const std::vector<value_id>& maps,
                                       value_id like, bool same_channels) {
  std::vector<value_id> out;
  for (auto id : maps) {
    const auto& a = kit.shape(id);
    const auto& b = kit.shape(like);
    if (a[2] == b[2] && a[3] == b[3] && (!same_channels || a[1] == b[1])) out.push_back(id);
  }
  return out;
}

/// Between half and three times as large, or whatever is nearest to it.
inline value_id any_upsample(random_source& random, graph_kit& kit, value_id x) {
  const auto& in = kit.shape(x);
  resampling how;
  using kind_t = resampling::kind_t;
  how.kind =
      random.pick(std::vector<kind_t>{kind_t::nearest, kind_t::nearest_exact, kind_t::bilinear});
  how.align_corners = how.kind == kind_t::bilinear && random.chance(50);
  std::array<std::int64_t, 2> size{};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const auto from = in[2 + axis];
    const auto least = std::max<std::int64_t>(1, from / 2);
    // A map of scores in windows is wider than others.
    size[axis] = random.number(least, std::max(least, std::min<std::int64_t>(16, 3 * from)));
    how.scale[axis] = how.align_corners
                          ? static_cast<float>(from - 1) /
                                static_cast<float>(std::max<std::int64_t>(1, size[axis] - 1))
                          : static_cast<float>(from) / static_cast<float>(size[axis]);
  }
  return kit.upsample(x, how, size[0], size[1]);
}

/// A slice, every second channel, or any channels in any order.
inline value_id any_select(random_source& random, graph_kit& kit, value_id x) {
  const auto channels = kit.shape(x)[1];
  const auto count = random.number(1, channels);
  const bool slice = random.chance(50);
  const auto begin = random.number(0, channels - count);
  std::vector<std::int64_t> map;
  for (std::int64_t i = 0; i < count; ++i)
    map.push_back(slice ? begin + i : random.number(0, channels - 1));
  return kit.select(x, std::move(map));
}

/// Adds a transposed convolution where one fits and does not grow too large.
inline void any_transposed(random_source& random, graph_kit& kit, std::vector<value_id>& maps,
                           value_id x) {
  auto win = any_window(random, false);
  const auto channels = kit.shape(x)[1];
  const auto groups = random.chance(25) ? channels : 1;
  std::array<std::int64_t, 2> more{};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const auto size = kit.transposed_size(x, win, axis);
    more[axis] = random.number(0, std::max(win.stride[axis], win.dilation[axis]) - 1);
    if (size < 1 || size + more[axis] > 20) return;
  }
  maps.push_back(
      kit.transposed(x, groups * random.number(1, groups > 1 ? 2 : 6), win, groups, more));
}

inline std::int64_t any_divisor(random_source& random, std::int64_t of, std::int64_t most) {
  std::vector<std::int64_t> fitting;
  for (std::int64_t d = 1; d <= std::min(of, most); ++d)
    if (of % d == 0) fitting.push_back(d);
  return random.pick(fitting);
}

/// Rows or columns of a map in any order, some of them twice, some of a constant.
inline value_id any_take(random_source& random, graph_kit& kit, value_id x) {
  taken_rows taken;
  taken.columns = random.chance(50);
  const auto size = kit.shape(x)[taken.columns ? 3 : 2];
  const auto constant = random.chance(40) ? random.number(1, 3) : 0;
  for (auto runs = random.number(1, 3); runs > 0; --runs) {
    const bool of_constant = constant > 0 && random.chance(50);
    const auto from = of_constant ? constant : size;
    const auto first = random.number(0, from - 1);
    taken.runs.push_back(
        {of_constant ? 1U : 0U, first, random.number(1, std::min<std::int64_t>(4, from - first))});
  }
  return kit.take(x, taken, constant);
}

/// Scores of a map with itself, which may weigh its own rows in turn.
inline void any_attention(random_source& random, graph_kit& kit, std::vector<value_id>& maps,
                          value_id x) {
  const auto in = kit.shape(x);  // a copy: maps are added
  matrix_product how;
  how.blocks = any_divisor(random, in[2], in[2]);
  const auto channels = in[1];
  how.heads = in[3] > 1 ? in[3] : any_divisor(random, channels, channels);
  const auto each = in[3] > 1 ? channels : channels / how.heads;
  how.depth = random.number(1, each);
  for (auto* side : {&how.left, &how.right}) {
    side->step = in[3] > 1 ? 0 : each;
    side->first = random.number(0, each - how.depth);
  }
  how.by_rows = true;
  how.joined = random.chance(30);
  how.scale = random.chance(50) ? 1 : 0.5;
  const auto scores = kit.product(x, x, how);
  maps.push_back(scores);
  if (how.joined) return;
  auto sums = how;
  sums.by_rows = false;
  sums.joined = random.chance(70);
  sums.depth = kit.shape(scores)[1];
  sums.left = {0, 0};
  sums.right = {0, in[3] > 1 ? 0 : each};
  maps.push_back(kit.product(scores, x, sums));
}

/// Scores of the pixels of each window with each other, which weigh the same pixels in turn.
inline void any_windows(random_source& random, graph_kit& kit, std::vector<value_id>& maps,
                        value_id x) {
  const auto in = kit.shape(x);  // a copy: maps are added
  const pixel_windows windows{any_divisor(random, in[2], 4), any_divisor(random, in[3], 4)};
  matrix_product how;
  how.heads = any_divisor(random, in[1], 3);
  const auto each = in[1] / how.heads;
  how.depth = random.number(1, each);
  for (auto* side : {&how.left, &how.right}) *side = {random.number(0, each - how.depth), each};
  how.by_rows = true;
  how.scale = random.chance(50) ? 1 : 0.5;
  maps.push_back(kit.window_product(x, x, how, windows));
  const auto pixels = windows.rows * windows.columns;
  const matrix_product sums{1, how.heads, pixels, {}, {0, each}, false, true, how.scale};
  maps.push_back(kit.window_product(maps.back(), x, sums, windows));
}

inline void any_token_op(random_source& random, graph_kit& kit, std::vector<value_id>& maps,
                         value_id x) {
  const auto pixels = kit.shape(x)[2] * kit.shape(x)[3];
  const auto rows = any_divisor(random, pixels, 20);
  const bool columns = random.chance(50);
  const auto lines = kit.shape(x)[columns ? 3 : 2];
  switch (random.number(0, 4)) {
    case 4:
      if (lines > 1) maps.push_back(kit.roll(x, columns, random.number(1, lines - 1)));
      return;
    case 3:
      if (kit.shape(x)[3] <= 16) any_windows(random, kit, maps, x);
      return;
    case 0:
      if (pixels / rows <= 20) maps.push_back(kit.regroup(x, rows));
      return;
    case 1:
      maps.push_back(any_take(random, kit, x));
      return;
    default:
      if (kit.shape(x)[2] <= 16 && kit.shape(x)[1] <= 40) any_attention(random, kit, maps, x);
  }
}

}  // namespace detail

/// About `ops` ops of every kind on maps of up to 12 x 12, one to three outputs (of which any may
/// be read by other ops as well), sometimes two inputs, sometimes a head of atoms.
inline graph random_graph(random_source& random, std::size_t ops) {
  graph_kit kit{"random"};
  std::vector<value_id> maps;
  for (std::int64_t i = 0, inputs = random.chance(20) ? 2 : 1; i < inputs; ++i)
    maps.push_back(kit.input({1, random.number(1, 6), random.number(3, 12), random.number(3, 12)}));
  const auto inputs_only = maps.size();
  while (maps.size() < ops + inputs_only) {
    // Mostly on from something recent: long chains with side branches.
    const auto recent = static_cast<std::int64_t>(std::min<std::size_t>(maps.size(), 4));
    const auto x = maps[maps.size() - static_cast<std::size_t>(random.number(1, recent))];
    const auto channels = kit.shape(x)[1];
    switch (random.number(0, 11)) {
      case 0:
      case 1: {
        const auto win = detail::any_window(random, false);
        const auto groups = random.chance(25) ? channels : 1;
        if (kit.fits(x, win))
          maps.push_back(kit.conv(x, groups * random.number(1, groups > 1 ? 2 : 6), win, groups));
        break;
      }
      case 2: {
        const auto like = detail::same_maps(kit, maps, x, false);
        maps.push_back(
            kit.conv(x, kit.shape(like[0])[1], {}, 1, random.chance(50) ? like[0] : no_id));
        break;
      }
      case 3: {
        const auto kind = random.chance(50) ? op_kind::max_pool : op_kind::avg_pool;
        const auto win = detail::any_window(random, true);
        if (kit.fits(x, win)) maps.push_back(kit.pool(x, kind, win));
        break;
      }
      case 4:
        maps.push_back(kit.sum(x, random.pick(detail::same_maps(kit, maps, x, true))));
        break;
      case 5: {
        const auto like = detail::same_maps(kit, maps, x, false);
        maps.push_back(kit.concat({x, random.pick(like), random.pick(like)}));
        break;
      }
      case 6:
        maps.push_back(detail::any_upsample(random, kit, x));
        break;
      case 7:
      case 8:
        maps.push_back(detail::any_select(random, kit, x));
        break;
      case 9:
        detail::any_transposed(random, kit, maps, x);
        break;
      case 10:
        maps.push_back(kit.per_pixel(x));
        break;
      default:
        if (random.chance(30))
          maps.push_back(kit.atom("test::atom", {x}, kit.shape(x)));
        else
          detail::any_token_op(random, kit, maps, x);
        break;
    }
  }
  std::vector<value_id> outputs;
  auto last = maps.back();
  if (random.chance(40)) {
    const auto s = kit.shape(last);
    last = random.chance(50) ? kit.reshape(last, {1, s[1] * s[2] * s[3]})
                             : kit.atom("aten::flatten", {last}, {1, s[1] * s[2] * s[3]});
    last = kit.atom("aten::linear", {last}, {1, 7}, {7, s[1] * s[2] * s[3]});
  }
  outputs.push_back(last);
  for (auto more = random.number(0, 2); more > 0; --more) {
    const auto id = random.pick(maps);
    if (std::find(outputs.begin(), outputs.end(), id) == outputs.end()) outputs.push_back(id);
  }
  return kit.finish(outputs);
}

/// A partition of `whole` into boxes by random cuts along any axis.
inline void cut(random_source& random, const region& whole, int depth, std::vector<region>& out) {
  const std::vector<interval region::*> axes{&region::rows, &region::columns, &region::channels};
  const auto axis = random.pick(axes);
  const auto [begin, end] = whole.*axis;
  if (depth == 0 || end - begin < 2) {
    out.push_back(whole);
    return;
  }
  const auto at = random.number(begin + 1, end - 1);
  auto first = whole, second = whole;
  (first.*axis).end = at;
  (second.*axis).begin = at;
  cut(random, first, random.chance(50) ? depth - 1 : 0, out);
  cut(random, second, depth - 1, out);
}

/// Any valid plan: whole ops, strips, boxes, some made by several nodes, some larger than need be.
inline plan random_plan(random_source& random, const graph& g, std::uint16_t nodes) {
  plan p;
  p.model = g.name;
  p.method = "random";
  for (std::uint16_t n = 0; n < nodes; ++n) p.nodes.push_back("pi" + std::to_string(n + 1));
  p.host = static_cast<std::uint16_t>(random.number(0, nodes - 1));
  for (op_id op = 0; op < g.ops.size(); ++op) {
    const auto whole = extent(g.values[g.ops[op].outputs[0]]);
    std::vector<region> boxes{whole};
    if (splittable(g, g.ops[op]) && random.chance(80)) {
      boxes.clear();
      cut(random, whole, 3, boxes);
    }
    std::vector<piece> pieces;
    auto add = [&](const region& box, std::uint16_t node) {
      std::size_t own = 0;
      for (const auto& other : pieces) {
        if (other.node != node) continue;
        ++own;
        if (!intersect(other.out, box).empty()) return false;
      }
      if (own == 4) return false;
      pieces.push_back({op, node, box});
      return true;
    };
    bool complete = true;
    for (const auto& box : boxes) {
      auto larger = box;
      if (random.chance(20) && boxes.size() > 1)
        larger.rows = intersect({box.rows.begin - 1, box.rows.end + 1}, whole.rows);
      const auto node = static_cast<std::uint16_t>(random.number(0, nodes - 1));
      // No node makes anything twice: then it is the next one's.
      bool added = false;
      for (std::uint16_t i = 0; i < nodes && !added; ++i) {
        const auto next = static_cast<std::uint16_t>((node + i) % nodes);
        added = add(larger, next) || add(box, next);
      }
      complete = complete && added;
    }
    if (!complete)
      pieces = {{op, static_cast<std::uint16_t>(random.number(0, nodes - 1)), whole}};
    else if (random.chance(15))
      add(boxes[0], static_cast<std::uint16_t>(random.number(0, nodes - 1)));
    std::stable_sort(pieces.begin(), pieces.end(),
                     [](const piece& a, const piece& b) { return a.node < b.node; });
    p.pieces.insert(p.pieces.end(), pieces.begin(), pieces.end());
  }
  return p;
}

/// Nodes of any speed, some calibrated op by op, on links of any kind. The names are those of
/// `random_plan`.
inline shelf random_shelf(random_source& random, const graph& g, std::uint16_t nodes) {
  shelf s;
  for (std::uint16_t n = 0; n < nodes; ++n) {
    shelf_node node;
    node.name = "pi" + std::to_string(n + 1);
    node.gmacs = static_cast<double>(random.number(1, 80)) / 1000;
    node.nic_mbit = static_cast<double>(random.number(1, 1000));
    if (random.chance(40)) {
      node.table.ops.resize(g.ops.size());
      node.table.slices.resize(g.ops.size());
      for (op_id op = 0; op < g.ops.size(); ++op) {
        auto rows = extent(g.values[g.ops[op].outputs[0]]).rows.end;
        if (random.chance(20)) continue;
        auto& samples = node.table.ops[op];
        // Halving down from the whole, with noise, as a calibration does.
        for (; rows > 0 && samples.size() < 3; rows /= 2)
          samples.push_back({rows, static_cast<double>(rows * random.number(50, 150)) / 1000});
        std::reverse(samples.begin(), samples.end());
        const auto channels = extent(g.values[g.ops[op].outputs[0]]).channels.end;
        if (g.ops[op].weights.empty() || channels < 2 || random.chance(50)) continue;
        const auto whole = samples.back().ms;
        node.table.slices[op] = {{channels / 2, whole * random.number(40, 90) / 100},
                                 {channels, whole}};
      }
    }
    s.nodes.push_back(std::move(node));
  }
  s.host = random.pick(s.nodes).name;
  if (nodes > 1 && random.chance(50))
    s.links.push_back({s.nodes[0].name, s.nodes[1].name, static_cast<double>(random.number(1, 100)),
                       static_cast<double>(random.number(0, 20)) / 10});
  return s;
}

/// `speeds` in GMAC/s, all on one switch; the first node is the host.
inline shelf shelf_of(const std::vector<double>& speeds, double mbit) {
  shelf s;
  for (auto speed : speeds) {
    shelf_node node;
    node.name = "pi" + std::to_string(s.nodes.size() + 1);
    node.gmacs = speed;
    node.nic_mbit = mbit;
    s.nodes.push_back(std::move(node));
  }
  s.host = "pi1";
  return s;
}

}  // namespace bramble::test
