// What becomes of ops that are not convolutions of photos by their looks, but can be divided like
// them.
#include "tests/support/import_fixture.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

/// Every op but those that only change a shape can be divided.
bool all_divisible(const graph& g) {
  return std::all_of(g.ops.begin(), g.ops.end(),
                     [&](const op& o) { return o.kind == op_kind::reshape || splittable(g, o); });
}

}  // namespace

TEST_CASE("split, chunk, slices and channel shuffles choose channels") {
  const import_fixture shop;
  auto m = module_of(R"(
def forward(self, x):
    a, b, c = torch.split(x, [2, 5, 1], 1)
    d = torch.chunk(x, 2, 1)
    e = x.view(1, 2, 4, x.size(2), x.size(3)).transpose(1, 2).contiguous().view(x.size())
    f = torch.index_select(x, 1, self.i)
    return torch.cat([a, c, d[1], e[:, 1:7:2], f, x[:, -3:]], 1)
)",
                     {{"i", torch::tensor({3, 1, 1, 0}, at::kLong)}});
  const auto g = imported(shop, m, {{1, 8, 6, 5}});
  CHECK(all_divisible(g));
  CHECK(count(g, op_kind::select) == 7);  // b is not read
  CHECK(g.ops[2].channels == std::vector<std::int64_t>{4, 5, 6, 7});
  CHECK(g.ops[3].channels == std::vector<std::int64_t>{0, 4, 1, 5, 2, 6, 3, 7});
}

TEST_CASE("a shuffle of other axes is none of channels") {
  const import_fixture shop;
  auto m = returning("x.view(1, 8, 3, 2, 5).transpose(1, 2).reshape(1, 8, 6, 5)");
  const auto g = imported(shop, m, {{1, 8, 6, 5}});
  CHECK(count(g, op_kind::select) == 0);
}

TEST_CASE("a convolution whose padding is called 'same' is an ordinary one") {
  const import_fixture shop;
  const weight_map weights{{"a", noise({8, 3, 3, 3})},
                           {"b", noise({8, 1, 5, 3})},
                           {"v", noise({4, 8, 2, 2})},
                           {"c", noise({8})}};
  SECTION("odd windows, dilated and in groups, and none at all") {
    auto m = module_of(R"(
def forward(self, x):
    x = torch.relu(torch.conv2d(x, self.a, self.c, [1, 1], "same"))
    x = torch.conv2d(x, self.b, None, [1, 1], "same", [2, 3], 8)
    return torch.conv2d(x, self.v, None, [2, 1], "valid")
)",
                       weights);
    const auto g = imported(shop, m, photo);
    REQUIRE(count(g, op_kind::convolution) == 3);
    CHECK(g.ops.size() == 3);
    CHECK(all_divisible(g));
    CHECK(g.ops[0].activation.kind == fused_activation::kind_t::relu);
    CHECK(g.ops[0].win.padding == std::array<std::int64_t, 2>{1, 1});
    CHECK(g.ops[1].win.padding == std::array<std::int64_t, 2>{4, 3});
    CHECK(total_macs(g) == 20. * 17 * 8 * (27 + 15) + 10. * 16 * 4 * 32);
  }
  SECTION("even windows pad the odd row and column behind") {
    auto m = module_of(R"(
def forward(self, x):
    y = torch.conv2d(x, self.v, None, [1, 1], "same")
    return torch.relu(y + torch.conv2d(x, self.v, None, [1, 1], "same", [1, 3]))
)",
                       {{"v", noise({4, 3, 2, 4})}});
    const auto g = imported(shop, m, photo);
    CHECK(count(g, op_kind::convolution) == 2);
    CHECK(count(g, op_kind::atom) == 2);
    CHECK(total_macs(g) == 2. * 20 * 17 * 4 * 24);
  }
}

TEST_CASE("pads of rows and columns take them where they are") {
  const import_fixture shop;
  auto m = module_of(R"(
def forward(self, x):
    a = torch.constant_pad_nd(x, [1, 2, 3, 4], 0.5)
    b = torch.constant_pad_nd(x, [-1, 2, 0, -3])
    c = torch.reflection_pad2d(x, [2, 1, 0, 3])
    return a, b, c, torch.replication_pad2d(x, [0, 2, 1, 1])
)");
  const auto g = imported(shop, m, {{1, 3, 6, 5}});
  CHECK(all_divisible(g));
  CHECK(count(g, op_kind::take) == 8);
}

TEST_CASE("convolutions and pools of one dimension less are those of maps of one column") {
  const import_fixture shop;
  auto m = module_of(R"(
def forward(self, x):
    y = torch.relu(torch.conv1d(x, self.a, self.b, [2], [3], [1]))
    y = torch.batch_norm(y, self.s, self.s, self.s, self.v, False, 0.1, 1e-5, False)
    y = torch.max_pool1d(y, [2]) + torch.avg_pool1d(y, [2])
    return torch.conv1d(y, self.c, None, [1], [2], [2], 4)
)",
                     {{"a", noise({8, 3, 7})},
                      {"b", noise({8})},
                      {"s", noise({8})},
                      {"v", noise({8}).abs() + 0.5},
                      {"c", noise({8, 2, 3})}});
  const auto g = imported(shop, m, {{1, 3, 40}});
  CHECK(count(g, op_kind::convolution) == 2);
  CHECK(count(g, op_kind::max_pool) == 1);
  CHECK(count(g, op_kind::avg_pool) == 1);
  CHECK(count(g, op_kind::atom) == 2);  // to a map and back
  CHECK(total_macs(g) == 20. * 8 * 21 + 10. * 8 * 6);
}

TEST_CASE("transposed convolutions keep all of their arguments") {
  const import_fixture shop;
  auto m = module_of(R"(
def forward(self, x):
    y = torch.conv_transpose2d(x, self.w, self.b, [3, 2], [1, 0], [2, 1], 2, [1, 2])
    return torch.relu(y), torch.conv_transpose2d(x, self.v, None, [2, 2])
)",
                     {{"w", noise({4, 3, 3, 2})}, {"b", noise({6})}, {"v", noise({4, 2, 2, 2})}});
  const auto g = imported(shop, m, {{1, 4, 6, 5}});
  CHECK(all_divisible(g));
  REQUIRE(count(g, op_kind::transposed_convolution) == 2);
  const auto& o = g.ops[0];
  CHECK(o.groups == 2);
  CHECK(o.win.stride == std::array<std::int64_t, 2>{3, 2});
  CHECK(o.win.padding == std::array<std::int64_t, 2>{1, 0});
  CHECK(o.win.dilation == std::array<std::int64_t, 2>{1, 2});
  CHECK(g.values[o.outputs[0]].shape == std::vector<std::int64_t>{1, 6, 18, 12});
}

TEST_CASE("upsampling by factors and by sizes") {
  const import_fixture shop;
  auto m = module_of(R"(
def forward(self, x):
    a = torch.upsample_nearest2d(x, None, [1.7, 2.0])
    b = torch.upsample_bilinear2d(x, None, False, [1.7, 2.0])
    c = torch.upsample_bilinear2d(x, [13, 3], True)
    d = torch.upsample_bilinear2d(x, [11, 7], False)
    e = torch._upsample_nearest_exact2d(x, [11, 7])
    return a, b, c, d, e, torch.upsample_nearest2d(x, [4, 15])
)");
  const auto g = imported(shop, m, {{1, 3, 6, 5}});
  CHECK(count(g, op_kind::upsample) == 6);
  CHECK(g.ops.size() == 6);
}

TEST_CASE("means of all pixels are made row by row") {
  const import_fixture shop;
  auto m = module_of(R"(
def forward(self, x):
    a = torch.adaptive_avg_pool2d(x, [1, 1])
    b = x.mean([2, 3])
    c = x.mean([-1, -2], True)
    d = torch.adaptive_avg_pool2d(x, [2, 3])
    e = torch.adaptive_avg_pool2d(x, [6, 9])
    return a, b, c, d, e * 2.0
)");
  const auto g = imported(shop, m, {{1, 3, 6, 9}});
  CHECK(all_divisible(g));
  CHECK(count(g, op_kind::avg_pool) == 3 * 2 + 1);
  CHECK(count(g, op_kind::reshape) == 1);
  CHECK(g.ops[0].win.kernel == std::array<std::int64_t, 2>{1, 9});
  CHECK(g.ops[1].win.kernel == std::array<std::int64_t, 2>{6, 1});
}

TEST_CASE("a classifier's layers divide by their features") {
  const import_fixture shop;
  SECTION("flattened") {
    auto m = module_of(R"(
def forward(self, x):
    x = torch.dropout(torch.flatten(x, 1), 0.5, False)
    x = torch.relu(torch.linear(torch.relu(x), self.a, self.b))
    x = torch.batch_norm(x, self.s, None, self.s, self.v, False, 0.1, 1e-3, False)
    x = torch.addmm(self.c, x, self.d)
    return torch.softmax(torch.matmul(x, self.e), -1)
)",
                       {{"a", noise({9, 8 * 4 * 3})},
                        {"b", noise({9})},
                        {"s", noise({9})},
                        {"v", noise({9}).abs() + 0.5},
                        {"c", noise({7})},
                        {"d", noise({9, 7})},
                        {"e", noise({7, 5})}});
    const auto g = imported(shop, m, {{1, 8, 4, 3}});
    CHECK(all_divisible(g));
    REQUIRE(count(g, op_kind::convolution) == 3);
    CHECK(count(g, op_kind::per_pixel) == 1);
    CHECK(g.ops.back().kind == op_kind::reshape);
    CHECK(count(g, op_kind::reshape) == 1);
    CHECK(g.ops[1].win.kernel == std::array<std::int64_t, 2>{4, 3});
  }
  SECTION("of vectors and of several rows") {
    auto m = module_of(R"(
def forward(self, x, y):
    a = torch.linear(x, self.w)
    b = torch.linear(y, self.w, self.b)
    return torch.cat([a, x], 1), torch.sigmoid(b) + y[:, :3]
)",
                       {{"w", noise({3, 6})}, {"b", noise({3})}});
    const auto g = imported(shop, m, {{1, 6}, {4, 6}});
    CHECK(count(g, op_kind::convolution) == 2);
    CHECK(count(g, op_kind::concat) == 1);
  }
}

TEST_CASE("pixels with their channels last stay maps") {
  const import_fixture shop;
  auto m = module_of(R"(
def forward(self, x):
    y = torch.conv2d(x, self.w, None, 1, [3, 3], 1, 4)
    y = torch.permute(y, [0, 2, 3, 1])
    y = torch.layer_norm(y, [4], self.g, self.b, 1e-6)
    y = torch.gelu(torch.linear(y, self.up, self.c))
    y = torch.linear(y, self.down) * self.last + self.columns
    y = torch.permute(y, [0, 3, 1, 2]) * self.scale
    return y + x
)",
                     {{"w", noise({4, 1, 7, 7})},
                      {"g", noise({4})},
                      {"b", noise({4})},
                      {"up", noise({16, 4})},
                      {"c", noise({16})},
                      {"down", noise({4, 16})},
                      {"last", noise({4})},
                      {"columns", noise({5, 1})},
                      {"scale", noise({4, 1, 1})}});
  const auto g = imported(shop, m, {{1, 4, 6, 5}});
  CHECK(all_divisible(g));
  CHECK(count(g, op_kind::reshape) == 0);
  CHECK(count(g, op_kind::convolution) == 3);
  CHECK(count(g, op_kind::per_pixel) == 1);
}

TEST_CASE("rows of tokens are maps of one column") {
  const import_fixture shop;
  auto m = module_of(R"(
def forward(self, x):
    t = torch.conv2d(x, self.w, None, 2).flatten(2).transpose(1, 2)
    t = t + self.position
    u = torch.linear(torch.layer_norm(t, [8]), self.a)
    q, k, v = torch.chunk(u, 3, -1)
    s = torch.softmax(torch.matmul(q, k.transpose(1, 2)), -1)
    t = t + torch.matmul(s, v)
    t = t + torch.relu(torch.linear(t, self.b))
    return t.mean(1), torch.log_softmax(t, 2), t.transpose(1, 2).reshape(1, 8, 3, 2) + self.c
)",
                     {{"w", noise({8, 3, 2, 2})},
                      {"position", noise({1, 6, 8}) * 0.1},
                      {"a", noise({24, 8}) * 0.3},
                      {"b", noise({8, 8}) * 0.3},
                      {"c", noise({8, 1, 1})}});
  const auto g = imported(shop, m, {{1, 3, 6, 4}});
  // Queries, and keys with values, are layers of their own.
  CHECK(count(g, op_kind::convolution) == 4);
  CHECK(count(g, op_kind::select) == 0);
  CHECK(count(g, op_kind::per_pixel) == 3);
  CHECK(count(g, op_kind::product) == 2);
  CHECK(all_divisible(g));
}

TEST_CASE("attention of a sequence with itself divides") {
  const import_fixture shop;
  auto m = module_of(
      R"(
def forward(self, x):
    t = torch.layer_norm(x, [8])
    y, weights = torch._native_multi_head_attention(t, t, t, 8, 2, self.w, self.b, self.p, self.q,
                                                    None, False)
    return x + y
)",
      {{"w", noise({24, 8})}, {"b", noise({24})}, {"p", noise({8, 8})}, {"q", noise({8})}});
  const auto g = imported(shop, m, {{1, 6, 8}});
  CHECK(count(g, op_kind::convolution) == 3);
  CHECK(count(g, op_kind::product) == 2);
  CHECK(g.ops.back().kind == op_kind::reshape);
  CHECK(all_divisible(g));
  // All multiply-adds are counted, those of the core as well.
  CHECK(total_macs(g) == 6 * 8 * 24 + 2 * 6 * 6 * 8 + 6 * 8 * 8);
}

TEST_CASE("other arrangements are left as they are") {
  const import_fixture shop;
  auto m = module_of(R"(
def forward(self, x):
    a = x.permute(0, 3, 1, 2) * 2.0
    b = x.reshape(2, 2, 6, 5).permute(0, 2, 3, 1) + 1.0
    c = torch.flatten(x, 2) * self.w
    d = torch.flatten(x, 1) * self.v
    e = x.permute(0, 2, 3, 1) + self.u.permute(0, 2, 3, 1) * x.mean()
    return a, b, c, d, e.reshape(30, 4).t(), torch.linear(x, self.l)
)",
                     {{"w", noise({4, 30})},
                      {"v", noise({1, 120})},
                      {"u", noise({1, 4, 6, 5})},
                      {"l", noise({3, 5})}});
  imported(shop, m, {{1, 4, 6, 5}});
}
