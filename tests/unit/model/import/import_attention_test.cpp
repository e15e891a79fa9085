// Transformers: what becomes of attention in the ways it is written.
#include "tests/support/import_fixture.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

constexpr std::int64_t tokens = 17, features = 12;

const shape_list sequence{{1, tokens, features}};

/// The ops that run whole, but for the reshapes at both ends.
std::string undivided(const graph& g) {
  std::string names;
  for (const auto& o : g.ops)
    if (o.kind != op_kind::reshape && !splittable(g, o)) names += o.name + " ";
  return names;
}

weight_map attention_weights() {
  return {{"w", noise({3 * features, features})},
          {"b", noise({3 * features})},
          {"v", noise({features, features})},
          {"c", noise({features})},
          {"n", noise({features})},
          {"m", noise({features})}};
}

/// By the names that people give the parts of a block.
const std::string timm_block = R"(
def forward(self, x):
    B, N, C = x.size(0), x.size(1), x.size(2)
    y = torch.layer_norm(x, [12], self.n, self.m)
    qkv = torch.linear(y, self.w, self.b).reshape([B, N, 3, 3, 4]).permute([2, 0, 3, 1, 4])
    q, k, v = torch.unbind(qkv, 0)
    a = torch.matmul(q, k.transpose(-2, -1)) * 0.5
    a = torch.softmax(a, -1)
    y = torch.matmul(a, v).transpose(1, 2).reshape([B, N, C])
    return x + torch.linear(y, self.v, self.c)
)";

}  // namespace

TEST_CASE("attention as most models write it is products of rows") {
  const import_fixture shop;
  auto m = module_of(timm_block, attention_weights());
  const auto g = imported(shop, m, sequence);
  CHECK(undivided(g) == "");
  CHECK(count(g, op_kind::product) == 2);
  CHECK(count(g, op_kind::atom) == 0);
}

TEST_CASE("attention in windows multiplies each alone") {
  const import_fixture shop;
  auto m = module_of(R"(
def forward(self, x):
    x = torch.linear(x, self.v)
    q, k, v = torch.unbind(torch.linear(x.view([4, 5, 12]), self.w, self.b).view([4, 5, 3, 3, 4]).permute([2, 0, 3, 1, 4]), 0)
    a = torch.softmax(torch.matmul(q, k.transpose(-2, -1)) * 0.5, -1)
    return torch.matmul(a, v).transpose(1, 2).reshape([1, 20, 12])
)",
                     attention_weights());
  const auto g = imported(shop, m, {{1, 20, features}});
  CHECK(undivided(g) == "");
  REQUIRE(count(g, op_kind::product) == 2);
  for (const auto& o : g.ops)
    if (o.kind == op_kind::product) CHECK(o.product.blocks == 4);
}

TEST_CASE("torch.nn.MultiheadAttention's slower way is divided as well") {
  const import_fixture shop;
  auto m = module_of(R"(
def forward(self, x):
    x = torch.linear(x, self.v).transpose(0, 1)
    q, k, v = torch.chunk(torch.linear(x, self.w, self.b), 3, -1)
    q = q.contiguous().view([17, 3, 4]).transpose(0, 1)
    k = k.contiguous().view([17, 3, 4]).transpose(0, 1)
    v = v.contiguous().view([17, 3, 4]).transpose(0, 1)
    a = torch.softmax(torch.bmm(q / 2.0, k.transpose(-2, -1)), -1)
    y = torch.bmm(a, v).transpose(0, 1).contiguous().view([17, 12])
    return torch.linear(y, self.v, self.c).view([17, 1, 12]).transpose(0, 1)
)",
                     attention_weights());
  const auto g = imported(shop, m, sequence);
  CHECK(undivided(g) == "");
  CHECK(count(g, op_kind::product) == 2);
}

TEST_CASE("a mask and a bias of relative positions are added where the scores lie") {
  const import_fixture shop;
  auto weights = attention_weights();
  weights["r"] = noise({3, tokens, tokens});
  weights["k"] = noise({1, 1, 1, tokens});
  auto m = module_of(R"(
def forward(self, x):
    q, k, v = torch.unbind(torch.linear(x, self.w, self.b).view([1, 17, 3, 3, 4]).permute([2, 0, 3, 1, 4]), 0)
    a = torch.matmul(q * 0.25, k.transpose(-2, -1)) + self.r.unsqueeze(0) + self.k
    return torch.matmul(torch.softmax(a, -1), v).permute([0, 2, 1, 3]).flatten(2)
)",
                     weights);
  const auto g = imported(shop, m, sequence);
  CHECK(undivided(g) == "");
  CHECK(count(g, op_kind::product) == 2);
}

TEST_CASE("a class token is joined before the patches and taken again") {
  const import_fixture shop;
  weight_map weights{{"w", noise({12, 3, 4, 4})}, {"t", noise({1, 1, 12})},
                     {"p", noise({1, 17, 12})},   {"h", noise({5, 12})},
                     {"n", noise({12})},          {"m", noise({12})}};
  auto m = module_of(R"(
def forward(self, x):
    x = torch.conv2d(x, self.w, None, [4, 4]).flatten(2).transpose(1, 2)
    x = torch.cat([self.t.expand([1, -1, -1]), x], 1) + self.p
    x = torch.layer_norm(x, [12], self.n, self.m)
    return torch.linear(x[:, 0], self.h), x[:, 1:]
)",
                     weights);
  const auto g = imported(shop, m, {{1, 3, 16, 16}});
  CHECK(undivided(g) == "");
  CHECK(count(g, op_kind::take) == 3);
  CHECK(count(g, op_kind::regroup) == 1);
}

TEST_CASE("attention over the pixels of a map") {
  const import_fixture shop;
  auto m = module_of(R"(
def forward(self, x):
    y = torch.conv2d(x, self.w).view([1, 2, 10, 30])
    q, k, v = torch.split(y, [3, 3, 4], 2)
    a = torch.softmax(torch.matmul(q.transpose(-2, -1), k) * 0.5, -1)
    y = torch.matmul(v, a.transpose(-2, -1)).view([1, 8, 6, 5])
    return y + x
)",
                     {{"w", noise({20, 8, 1, 1})}});
  const auto g = imported(shop, m, {{1, 8, 6, 5}});
  CHECK(count(g, op_kind::product) == 2);
  CHECK(undivided(g) == "");
}

TEST_CASE("what an exporter took apart is one op each again") {
  const import_fixture shop;
  auto m = module_of(
      R"(
def forward(self, x):
    x = torch.matmul(x, self.a) + self.b
    d = x - torch.mean(x, [-1], True)
    v = torch.mean(d * d, [-1], True)
    x = d / torch.sqrt(v + 1e-5) * self.n + self.m
    x = self.b + torch.matmul(x, self.a)
    return x * (torch.erf(x / 1.4142135381698608) + 1.0) * 0.5
)",
      {{"a", noise({12, 12})}, {"b", noise({12})}, {"n", noise({12})}, {"m", noise({12})}});
  const auto g = imported(shop, m, sequence);
  CHECK(count(g, op_kind::convolution) == 2);
  CHECK(only(g, op_kind::per_pixel).call.schema == "aten::layer_norm");
  CHECK(only(g, op_kind::elementwise).call.schema == "aten::gelu");
  CHECK(g.ops.size() == 6);  // between two reshapes
}

TEST_CASE("what only looks like a norm or a GELU stays what it is") {
  const import_fixture shop;
  auto m = module_of(R"(
def forward(self, x):
    x = torch.linear(x, self.a)
    d = x - torch.mean(x, [-1], True)
    y = d / torch.sqrt(torch.mean(x * x, [-1], True) + 1e-5) * self.n + self.m
    z = torch.linear(x, self.a)
    return y, z * (torch.erf(x / 1.4142135381698608) + 1.0) * 0.5
)",
                     {{"a", noise({12, 12})}, {"n", noise({12})}, {"m", noise({12})}});
  const auto g = imported(shop, m, sequence);
  CHECK(count(g, op_kind::per_pixel) == 0);
}
