// Attention in windows of pixels, as Swin has it, with what such networks do to maps besides.
#include "tests/support/import_fixture.hpp"
//
#include <map>
#include <sstream>

#include "model/plan/program.hpp"
#include "tests/support/model_on_nodes.hpp"
#include "tests/support/random_graph.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

std::string undivided_ops(const graph& g) {
  std::string names;
  for (const auto& o : g.ops)
    if (o.kind != op_kind::reshape && !splittable(g, o)) names += o.name + " ";
  return names;
}

/// A block of attention in windows, on a map that may have to be padded to whole ones.
struct window_block {
  std::int64_t rows = 8, columns = 8;  // of the map
  std::int64_t high = 4, wide = 4;     // a window
  std::int64_t shift_rows = 0, shift_columns = 0;
  std::int64_t heads = 2, each = 3;

  std::int64_t channels() const { return heads * each; }
  std::int64_t padded_rows() const { return (rows + high - 1) / high * high; }
  std::int64_t padded_columns() const { return (columns + wide - 1) / wide * wide; }
  std::int64_t windows() const { return padded_rows() / high * (padded_columns() / wide); }
  bool shifts() const { return shift_rows + shift_columns > 0; }

  weight_map weights() const {
    const auto c = channels(), pixels = high * wide;
    return {{"e", noise({c, 3, 1, 1})}, {"w", noise({3 * c, c})},
            {"b", noise({3 * c})},      {"v", noise({c, c})},
            {"c", noise({c})},          {"n", noise({c})},
            {"m", noise({c})},          {"r", noise({1, heads, pixels, pixels})}};
  }

  /// The mask of torchvision, which is written into zeros of the type of x.
  std::string mask() const {
    std::ostringstream s;
    s << "    k = x.new_zeros([" << padded_rows() << ", " << padded_columns() << "])\n";
    const std::array<std::int64_t, 4> down{0, padded_rows() - high, padded_rows() - shift_rows,
                                           padded_rows()};
    const std::array<std::int64_t, 4> across{0, padded_columns() - wide,
                                             padded_columns() - shift_columns, padded_columns()};
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j)
        s << "    k[" << down[i] << ":" << down[i + 1] << ", " << across[j] << ":" << across[j + 1]
          << "] = " << 3 * i + j << ".0\n";
    const auto pixels = high * wide;
    s << "    k = k.view([" << padded_rows() / high << ", " << high << ", "
      << padded_columns() / wide << ", " << wide << "]).permute([0, 2, 1, 3]).reshape(["
      << windows() << ", " << pixels << "])\n"
      << "    k = k.unsqueeze(1) - k.unsqueeze(2)\n"
      << "    k = k.masked_fill(k != 0.0, -100.0).masked_fill(k == 0.0, 0.0)\n"
      << "    a = a.view([1, " << windows() << ", " << heads << ", " << pixels << ", " << pixels
      << "]) + k.unsqueeze(1).unsqueeze(0)\n"
      << "    a = a.view([-1, " << heads << ", " << pixels << ", " << pixels << "])\n";
    return s.str();
  }

  /// From and to x, whose channels are last, as torchvision writes it.
  std::string source() const {
    std::ostringstream s;
    const auto c = channels(), pixels = high * wide;
    const auto high_count = padded_rows() / high, wide_count = padded_columns() / wide;
    s << "    y = torch.layer_norm(x, [" << c << "], self.n, self.m)\n"
      << "    y = torch.constant_pad_nd(y, [0, 0, 0, " << padded_columns() - columns << ", 0, "
      << padded_rows() - rows << "], 0.0)\n";
    if (shifts())
      s << "    y = torch.roll(y, [" << -shift_rows << ", " << -shift_columns << "], [1, 2])\n";
    s << "    y = y.view([1, " << high_count << ", " << high << ", " << wide_count << ", " << wide
      << ", " << c << "]).permute([0, 1, 3, 2, 4, 5]).reshape([" << windows() << ", " << pixels
      << ", " << c << "])\n"
      << "    q, k, v = torch.unbind(torch.linear(y, self.w, self.b).reshape([" << windows() << ", "
      << pixels << ", 3, " << heads << ", " << each << "]).permute([2, 0, 3, 1, 4]), 0)\n"
      << "    a = torch.matmul(q * 0.4, k.transpose(-2, -1)) + self.r\n";
    if (shifts()) s << mask();
    s << "    a = torch.dropout(torch.softmax(a, -1), 0.0, True)\n"
      << "    y = torch.matmul(a, v).transpose(1, 2).reshape([" << windows() << ", " << pixels
      << ", " << c << "])\n"
      << "    y = torch.linear(y, self.v, self.c)\n"
      << "    y = y.view([1, " << high_count << ", " << wide_count << ", " << high << ", " << wide
      << ", " << c << "]).permute([0, 1, 3, 2, 4, 5]).reshape([1, " << padded_rows() << ", "
      << padded_columns() << ", " << c << "])\n";
    if (shifts())
      s << "    y = torch.roll(y, [" << shift_rows << ", " << shift_columns << "], [1, 2])\n";
    s << "    x = x + y[:, :" << rows << ", :" << columns << "]\n";
    return s.str();
  }

  /// Between convolutions of a photo.
  std::string network() const {
    return "def forward(self, x):\n    x = torch.conv2d(x, self.e).permute([0, 2, 3, 1])\n" +
           source() + "    return x.permute([0, 3, 1, 2])\n";
  }
};

std::string text_of(const window_block& b) {
  std::ostringstream s;
  s << b.rows << "x" << b.columns << " in " << b.high << "x" << b.wide << " shifted by "
    << b.shift_rows << ", " << b.shift_columns << ", " << b.heads << " heads of " << b.each;
  return s.str();
}

}  // namespace

TEST_CASE("attention in windows is divided, whatever their size, shift and heads") {
  const import_fixture shop;
  random_source random{3};
  for (int i = 0; i < 24; ++i) {
    window_block b;
    b.high = random.number(2, 4);
    b.wide = random.number(2, 4);
    const auto down = random.number(1, 3), across = random.number(down == 1 ? 2 : 1, 3);
    // A map of one row has no axis that says so.
    const auto cut = [&](std::int64_t size, std::int64_t window) {
      return random.chance(30) ? std::max<std::int64_t>(2, size - random.number(1, window - 1))
                               : size;
    };
    b.rows = cut(down * b.high, b.high);
    b.columns = cut(across * b.wide, b.wide);
    if (random.chance(60)) {
      b.shift_rows = down > 1 ? random.number(1, b.high - 1) : 0;
      b.shift_columns = across > 1 ? random.number(1, b.wide - 1) : 0;
    }
    b.heads = random.number(1, 3);
    b.each = random.number(2, 4);
    INFO(text_of(b));
    auto m = module_of(b.network(), b.weights());
    const auto g = imported(shop, m, {{1, 3, b.rows, b.columns}});
    CHECK(undivided_ops(g) == "");
    CHECK(count(g, op_kind::window_product) == 2);
    CHECK(count(g, op_kind::regroup) == 0);
  }
}

TEST_CASE("tokens that are seen as a map before they are cut into windows stay one") {
  const import_fixture shop;
  const window_block b{.rows = 6, .columns = 8, .high = 3, .wide = 4};
  const auto source =
      "def forward(self, x):\n    x = torch.conv2d(x, self.e).flatten(2).transpose(1, 2)\n"
      "    x = torch.layer_norm(x, [6], self.n, self.m).view([1, 6, 8, 6])\n" +
      b.source() + "    return torch.linear(x.view([1, 48, 6]), self.v, self.c)\n";
  auto m = module_of(source, b.weights());
  const auto g = imported(shop, m, {{1, 3, 6, 8}});
  CHECK(undivided_ops(g) == "");
  CHECK(count(g, op_kind::window_product) == 2);
  CHECK(count(g, op_kind::regroup) == 0);
}

TEST_CASE("patches are merged where they lie") {
  const import_fixture shop;
  const window_block b;
  auto weights = b.weights();
  weights["p"] = noise({12, 24});
  const auto source =
      "def forward(self, x):\n    x = torch.conv2d(x, self.e).permute([0, 2, 3, 1])\n" +
      b.source() + R"(
    x = torch.constant_pad_nd(x, [0, 0, 0, 1, 0, 1], 0.0)[:, :8, :8]
    x = torch.cat([x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]], -1)
    return torch.linear(torch.layer_norm(x, [24]), self.p).permute([0, 3, 1, 2])
)";
  auto m = module_of(source, weights);
  const auto g = imported(shop, m, {{1, 3, 8, 8}});
  CHECK(undivided_ops(g) == "");
  CHECK(only(g, op_kind::concat).inputs.size() == 4);
}

TEST_CASE("one window of all pixels has rows of pixels as other attention has") {
  const import_fixture shop;
  const window_block b{.rows = 4, .columns = 4};
  auto m = module_of(b.network(), b.weights());
  const auto g = imported(shop, m, {{1, 3, 4, 4}});
  CHECK(undivided_ops(g) == "");
  CHECK(count(g, op_kind::window_product) == 0);
  CHECK(count(g, op_kind::product) == 2);
}

TEST_CASE("rolled maps of networks without windows are imported as before") {
  const import_fixture shop;
  auto m = returning("torch.roll(torch.relu(x), [1, 2], [2, 3])[:, :, :, 0::2]");
  const auto g = imported(shop, m, photo);
  CHECK(count(g, op_kind::take) == 0);
  CHECK(count(g, op_kind::atom) == 2);
}

TEST_CASE("a network of windows is divided among nodes and answers as one of them does") {
  const at::NoGradGuard no_grad;
  const import_fixture shop;
  const window_block shifted{
      .rows = 11, .columns = 12, .high = 4, .wide = 3, .shift_rows = 2, .shift_columns = 1};
  auto whole = shifted;
  whole.shift_rows = whole.shift_columns = 0;
  auto m =
      module_of("def forward(self, x):\n    x = torch.conv2d(x, self.e).permute([0, 2, 3, 1])\n" +
                    whole.source() + shifted.source() + "    return x.permute([0, 3, 1, 2])\n",
                shifted.weights());
  const auto g = imported(shop, m, {{1, 3, 11, 12}});
  CHECK(undivided_ops(g) == "");
  const auto x = noise({1, 3, 11, 12});
  const auto expected = m.forward({x}).toTensor();
  check_everywhere(shop.store, g, x, expected);
  model_on_nodes nodes{shop.store, g, true};
  const auto alone = nodes.run(whole_plan(g, "a"), x);
  CHECK(difference(nodes.run(in_strips(g), x), alone) < 1e-5);
  random_source random{9};
  for (int i = 0; i < 10; ++i) {
    INFO("random plan " << i);
    CHECK(difference(nodes.run(random_plan(random, g, 4), x), alone) < 1e-5);
  }
}

TEST_CASE("what comes around a map's edge travels alone") {
  const import_fixture shop;
  const window_block b{.shift_rows = 1, .shift_columns = 1};
  auto m = module_of(b.network(), b.weights());
  const auto g = imported(shop, m, {{1, 3, 8, 8}});
  auto p = in_strips(g);
  std::map<value_id, op_id> rolled;  // rows that come around, by what they are of
  for (op_id id = 0; id < g.ops.size(); ++id)
    if (g.ops[id].kind == op_kind::take && g.ops[id].inputs.size() == 2 && !g.ops[id].taken.columns)
      rolled[g.ops[id].inputs[0]] = id;
  REQUIRE(rolled.size() == 2);
  // All in equal strips: a node lacks a row of one that another has, and no more.
  p.pieces.clear();
  for (op_id id = 0; id < g.ops.size(); ++id)
    for (std::uint16_t node = 0; node < 4; ++node) {
      auto out = extent(g.values[g.ops[id].outputs[0]]);
      out.rows = {2 * node, 2 * node + 2};
      p.pieces.push_back({id, node, out});
    }
  for (const auto& [value, op] : rolled) {
    std::int64_t rows = 0;
    for (const auto& t : derive(g, p).transfers)
      if (t.value == value) rows += t.part.rows.size();
    CHECK(rows == 4);
  }
}
