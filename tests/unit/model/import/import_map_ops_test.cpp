// Pixels and channels that change places, and norms by a map's own statistics: what the graph
// answers, and that every division of it answers so.
#include "tests/support/import_fixture.hpp"
//
#include <cstring>
#include <limits>

#include "model/runtime/blob.hpp"
#include "tests/support/simulated_nodes.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

bool all_divide(const graph& g) {
  return std::all_of(g.ops.begin(), g.ops.end(), [&](const op& o) { return splittable(g, o); });
}

host_tensor host_of(const at::Tensor& t) {
  const auto dense = t.contiguous();
  const auto* bytes = static_cast<const std::uint8_t*>(dense.data_ptr());
  return {dense.sizes().vec(), element_type::f32, {bytes, bytes + dense.nbytes()}};
}

/// The runtime's answer on one node, after it has given the same bits by all of some plans.
host_tensor divided_answer(const import_fixture& shop, const graph& g, const at::Tensor& x) {
  use_threads(1);
  const auto loader = [store = shop.store](const std::string& sha256) {
    return map_file(store.blob_path(sha256));
  };
  const auto device = std::make_shared<device_model>(std::make_shared<const graph>(g), loader,
                                                     runtime_options{1, true});
  const std::vector<host_tensor> inputs{host_of(x)};
  const auto whole = run_whole(device, inputs);
  REQUIRE(whole.size() == 1);
  random_source random{17};
  for (int i = 0; i < 12; ++i) {
    const auto p = random_plan(random, g, static_cast<std::uint16_t>(random.number(2, 4)));
    simulated_nodes nodes{device, p};
    const auto made = nodes.run(inputs, random);
    CHECK(made.at(0).bytes == whole[0].bytes);
  }
  return whole[0];
}

/// Imports, and compares with LibTorch by the plain executor and by the runtime, whole and divided.
graph divided(const import_fixture& shop, Module& module, const std::vector<std::int64_t>& shape,
              double offset = 0) {
  auto g = imported(shop, module, {shape});
  const at::NoGradGuard no_grad;
  const auto x = noise(shape) + offset;
  const auto expected = host_of(module.forward({x}).toTensor());
  CHECK(difference(divided_answer(shop, g, x), expected) < 1e-5);
  return g;
}

/// Values that arithmetic would not keep.
at::Tensor odd_values(at::IntArrayRef shape) {
  auto x = noise(shape);
  auto flat = x.view({-1});
  const std::array<float, 4> odd{-0.0F, std::numeric_limits<float>::infinity(),
                                 std::numeric_limits<float>::quiet_NaN(), 1e-42F};
  for (std::int64_t i = 0; i < flat.numel(); i += 3)
    flat[i] = odd[static_cast<std::size_t>(i / 3) % odd.size()];
  return x;
}

void check_copies(const std::string& expression, const std::vector<std::int64_t>& shape) {
  INFO(expression);
  const import_fixture shop;
  auto m = returning(expression);
  const auto g = imported(shop, m, {shape});
  CHECK(all_divide(g));
  CHECK(total_macs(g) == 0);
  const auto x = odd_values(shape);
  CHECK(divided_answer(shop, g, x).bytes == host_of(m.forward({x}).toTensor()).bytes);
}

}  // namespace

TEST_CASE("channels become pixels and pixels channels, every bit as it was") {
  check_copies("torch.pixel_shuffle(x, 2)", {1, 12, 5, 7});
  check_copies("torch.pixel_shuffle(x, 3)", {1, 9, 4, 3});
  check_copies("torch.pixel_shuffle(x, 4)", {1, 32, 2, 5});
  check_copies("torch.pixel_unshuffle(x, 2)", {1, 3, 6, 10});
  check_copies("torch.pixel_unshuffle(x, 3)", {1, 1, 9, 6});
  check_copies("torch.pixel_unshuffle(torch.pixel_shuffle(x, 2), 4)", {1, 8, 4, 6});
}

TEST_CASE("so they do where a model writes them as views") {
  check_copies("x.view(1, 3, 2, 2, 5, 7).permute(0, 1, 4, 2, 5, 3).reshape(1, 3, 10, 14)",
               {1, 12, 5, 7});
  // ONNX's DepthToSpace and SpaceToDepth have the blocks in front of the channels.
  check_copies("x.view(1, 2, 2, 3, 5, 7).permute(0, 3, 4, 1, 5, 2).reshape(1, 3, 10, 14)",
               {1, 12, 5, 7});
  check_copies("x.view(1, 3, 5, 2, 4, 2).permute(0, 3, 5, 1, 2, 4).reshape(1, 12, 5, 4)",
               {1, 3, 10, 8});
  check_copies("x.view(1, 2, 3, 5, 3, 4).permute(0, 4, 2, 1, 3, 5).reshape(1, 9, 10, 4)",
               {1, 6, 15, 4});
  check_copies("x[:, 2:10].view(1, 2, 2, 2, 5, 7).permute(0, 1, 4, 2, 5, 3).reshape(1, 2, 10, 14)",
               {1, 12, 5, 7});
}

TEST_CASE("a shuffle between convolutions, in a batch of two") {
  const import_fixture shop;
  auto m = module_of(R"(
def forward(self, x):
    y = torch.conv2d(torch.pixel_unshuffle(x, 2), self.a, None, [1, 1], [1, 1])
    return torch.conv2d(torch.leaky_relu(torch.pixel_shuffle(y, 2), 0.1), self.b, None, [1, 1], [1, 1])
)",
                     {{"a", noise({20, 12, 3, 3})}, {"b", noise({3, 5, 3, 3})}});
  const auto g = imported(shop, m, {{2, 3, 8, 6}});
  CHECK(count(g, op_kind::convolution) == 4);
  CHECK(count(g, op_kind::take) > 0);
  for (const auto& o : g.ops) CHECK(o.call.schema.find("pixel") == std::string::npos);
}

TEST_CASE("more parts than networks have stay one op, and heads of attention are no pixels") {
  const import_fixture shop;
  auto m = returning("torch.pixel_shuffle(x, 17)");
  const auto large = imported(shop, m, {{1, 289, 2, 2}});
  CHECK(count(large, op_kind::take) == 0);
  auto heads = returning("x.view(1, 6, 2, 4).transpose(1, 2).reshape(1, 2, 6, 4)");
  CHECK(count(imported(shop, heads, {{1, 6, 8}}), op_kind::take) == 0);
}

TEST_CASE("instance norms divide by rows") {
  const import_fixture shop;
  const weight_map weights{{"w", noise({5})}, {"b", noise({5})}};
  auto affine = returning(
      "torch.relu(torch.instance_norm(x, self.w, self.b, None, None, True, 0.1, 1e-5, True))",
      weights);
  CHECK(all_divide(divided(shop, affine, {1, 5, 13, 9})));
  CHECK(all_divide(divided(shop, affine, {1, 5, 1, 11})));
  CHECK(all_divide(divided(shop, affine, {1, 5, 70, 80})));
  auto plain = returning("torch.instance_norm(x, None, None, None, None, True, 0.1, 1e-3, False)");
  CHECK(all_divide(divided(shop, plain, {1, 20, 7, 6})));
  CHECK(all_divide(divided(shop, plain, {1, 3, 31, 1})));
}

TEST_CASE("group norms divide by rows or pixels") {
  const import_fixture shop;
  for (const auto* groups : {"1", "2", "3", "12"}) {
    INFO(groups);
    auto affine =
        returning("torch.group_norm(x, " + std::string{groups} + ", self.w, self.b, 1e-5, True)",
                  {{"w", noise({12})}, {"b", noise({12})}});
    CHECK(all_divide(divided(shop, affine, {1, 12, 7, 5})));
    CHECK(all_divide(divided(shop, affine, {1, 12, 67, 65})));
    auto plain = returning("torch.group_norm(x, " + std::string{groups} + ") * 2.0");
    CHECK(all_divide(divided(shop, plain, {1, 12, 3, 4})));
  }
  auto one_pixel = returning("torch.group_norm(x, 1)");
  CHECK(all_divide(divided(shop, one_pixel, {1, 70, 1, 1})));
}

TEST_CASE("norms of a batch are those of its images") {
  const import_fixture shop;
  auto m = returning(
      "torch.group_norm(torch.instance_norm(x, None, None, None, None, True, 0.1, "
      "1e-5, True) + x, 2, self.w)",
      {{"w", noise({4})}});
  const auto g = imported(shop, m, {{3, 4, 9, 5}});
  CHECK(std::count_if(g.ops.begin(), g.ops.end(),
                      [](const op& o) { return o.call.schema == "aten::batch_norm"; }) == 6);
}

TEST_CASE("norms of lines are those of photos as square as they go") {
  const import_fixture shop;
  auto m = module_of(R"(
def forward(self, x):
    y = torch.conv1d(x, self.a, None, [1], [1])
    y = torch.relu(torch.group_norm(y, 1, self.w, self.w))
    y = torch.instance_norm(y, None, None, None, None, True, 0.1, 1e-5, True)
    return torch.conv1d(y, self.c)
)",
                     {{"a", noise({6, 3, 3})}, {"w", noise({6})}, {"c", noise({2, 6, 1})}});
  const auto g = divided(shop, m, {1, 3, 90});
  CHECK(count(g, op_kind::atom) == 2);  // to a map and back
  const auto prime = divided(shop, m, {1, 3, 89});
  CHECK(count(prime, op_kind::atom) > 2);
}

/// A variance as the difference of large numbers would be all rounding, a thousand times as much.
TEST_CASE("norms of maps far from zero lose what a mean in single precision does") {
  const at::NoGradGuard no_grad;
  const import_fixture shop;
  for (const std::string expression :
       {"torch.instance_norm(x, None, None, None, None, True, 0.1, 1e-5, True)",
        "torch.group_norm(x, 1)", "torch.group_norm(x, 3)"}) {
    INFO(expression);
    auto m = returning(expression);
    const auto g = divided(shop, m, {1, 6, 40, 30}, 30);
    const auto x = noise({1, 6, 40, 30}) + 1000;
    const auto wide = m.forward({x.to(at::kDouble)}).toTensor();
    const auto last_bit = 1000 * std::numeric_limits<float>::epsilon() / 2;
    CHECK(difference(divided_answer(shop, g, x), host_of(wide.to(at::kFloat))) < last_bit);
  }
}

TEST_CASE("an instance norm with statistics from training is a batch norm") {
  const import_fixture shop;
  auto m = returning(
      "torch.instance_norm(x, self.w, self.b, self.m, self.v, False, 0.1, 1e-5, True)",
      {{"w", noise({5})}, {"b", noise({5})}, {"m", noise({5})}, {"v", noise({5}).abs() + 0.5}});
  const auto g = divided(shop, m, {1, 5, 6, 7});
  CHECK(g.ops.size() == 1);
  CHECK(all_divide(g));
}
