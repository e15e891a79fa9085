// Models from the importer, through the planner's plans, in the runtime: against LibTorch itself.
// LibTorch first, see catch.hpp.
#include <ATen/Parallel.h>
#include <torch/script.h>

#include "model/import/import.hpp"
#include "tests/support/reference_executor.hpp"
//
#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <random>

#include "balancer/search/planner.hpp"
#include "config/base/files.hpp"
#include "model/runtime/exactness_probe.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/model_on_nodes.hpp"
#include "tests/support/reference_data.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;
using namespace bramble::test;
namespace fs = std::filesystem;

namespace {

constexpr int shelves = 4;

/// Which parts of a model's ops have, on this processor, the bits of the whole op. Libraries add up
/// some convolutions in another order for some sizes of region; which, depends on the processor.
class equal_parts {
 public:
  explicit equal_parts(const graph& g)
      : device_{std::make_shared<const graph>(g), made_up_blobs(g), runtime_options{1}},
        probe_{device_} {}

  bool all(const plan& p) {
    const auto& g = device_.model();
    std::optional<op_id> whole;  // that the probe has at hand
    bool same = true;
    for (const auto& part : p.pieces) {
      if (part.out == extent(g.values[g.ops[part.op].outputs[0]])) continue;
      const auto key = likeness(g, g.ops[part.op]) + as_text(encode(part.out));
      const auto [known, is_new] = known_.try_emplace(key, false);
      if (is_new) {
        if (whole != part.op) probe_.make_whole(part.op);
        whole = part.op;
        known->second = probe_.make_part(part.out).same;
        device_.release_unused();
      }
      same = same && known->second;
    }
    return same;
  }

 private:
  device_model device_;
  exactness_probe probe_;
  std::map<std::string, bool> known_;
};

/// A vision transformer of two blocks on patches of 8 x 8.
torch::jit::Module small_transformer() {
  torch::jit::Module net{"net"};
  const auto generator = at::detail::createCPUGenerator(3);
  const auto weight = [&](const std::string& name, at::IntArrayRef shape) {
    net.register_parameter(name, at::randn(shape, generator) * 0.3, false);
  };
  weight("patches", {24, 3, 8, 8});
  weight("token", {1, 1, 24});
  weight("places", {1, 17, 24});
  std::string source = R"(
def forward(self, x):
    x = torch.conv2d(x, self.patches, None, [8, 8]).flatten(2).transpose(1, 2)
    x = torch.cat([self.token.expand([x.size(0), -1, -1]), x], 1) + self.places
)";
  for (const std::string block : {"a", "b"}) {
    weight(block + "_qkv", {72, 24});
    weight(block + "_out", {24, 24});
    weight(block + "_up", {96, 24});
    weight(block + "_down", {24, 96});
    weight(block + "_bias", {96});
    source += "    y = torch.linear(torch.layer_norm(x, [24]), self." + block + R"(_qkv)
    q, k, v = torch.unbind(y.reshape([x.size(0), 17, 3, 4, 6]).permute([2, 0, 3, 1, 4]), 0)
    a = torch.softmax(torch.matmul(q, k.transpose(-2, -1)) * 0.4, -1)
    y = torch.matmul(a, v).transpose(1, 2).reshape([x.size(0), 17, 24])
    x = x + torch.linear(y, self.)" +
              block + "_out)\n    y = torch.linear(torch.layer_norm(x, [24]), self." + block +
              "_up, self." + block + "_bias)\n    x = x + torch.linear(torch.gelu(y), self." +
              block + "_down)\n";
  }
  weight("head", {10, 24});
  net.define(source + "    return torch.linear(torch.layer_norm(x, [24])[:, 0], self.head)\n");
  return net;
}

at::Tensor picture(std::int64_t size) {
  return at::rand({1, 3, size, size}, at::detail::createCPUGenerator(7));
}

}  // namespace

TEST_CASE("Inception-v4 answers in the runtime as in LibTorch") {
  const at::NoGradGuard no_grad;
  const temporary_folder folder;
  const model_store store{folder.path()};
  const auto g = build_inception_v4(store).model.model;
  const auto x = picture(299);
  check_everywhere(store, g, x, test::reference_executor{store, g}.run({x}).at(0));
}

TEST_CASE(
    "plans for all kinds of shelves give the answer of one node under direct oneDNN, bit for bit "
    "where every part has the bits of its whole") {
  const at::NoGradGuard no_grad;
  const temporary_folder folder;
  const model_store store{folder.path()};
  const auto g = build_inception_v4(store).model.model;
  const auto x = picture(299);
  model_on_nodes nodes{store, g, true};
  const auto alone = nodes.run(whole_plan(g, "a"), x);
  equal_parts parts{g};
  std::mt19937 random{11};
  const auto pick = [&](double low, double high) {
    return low + (high - low) * static_cast<double>(random()) / 0xFFFFFFFF;
  };
  for (int i = 0; i < shelves; ++i) {
    auto s = four_nodes();
    for (auto& node : s.nodes) {
      node.gmacs = pick(2, 20);
      node.nic_mbit = pick(30, 1500);
    }
    const auto p = make_plan(g, s, {"bramble", wire_type::fp32});
    const bool exact = parts.all(p);
    INFO("shelf " << i << ", " << (exact ? "bit for bit" : "some parts add in another order"));
    CHECK(difference(nodes.run(p, x), alone) <= (exact ? 0 : 1e-5));
  }
}

TEST_CASE("a transformer is divided by its tokens and answers as one node does") {
  const at::NoGradGuard no_grad;
  const temporary_folder folder;
  const model_store store{folder / "models"};
  auto net = small_transformer();
  const auto file = (folder / "net.pt").string();
  net.save(file);
  const auto import = [&](std::int64_t images) {
    import_request request;
    request.file = file;
    request.inputs = std::vector<std::vector<std::int64_t>>{{images, 3, 32, 32}};
    request.name = "images" + std::to_string(images);
    return import_torchscript(store, request).model.model;
  };
  const auto x = at::rand({3, 3, 32, 32}, at::detail::createCPUGenerator(7));
  SECTION("one image") {
    const auto g = import(1);
    for (const auto& o : g.ops) CHECK((o.kind == op_kind::reshape || splittable(g, o)));
    const auto one = x.slice(0, 0, 1).contiguous();
    const auto expected = net.forward({one}).toTensor();
    check_everywhere(store, g, one, expected);
    model_on_nodes nodes{store, g, true};
    const auto p = in_strips(g);
    for (op_id id = 0; id < g.ops.size(); ++id)
      if (g.ops[id].kind == op_kind::product)
        CHECK(std::ranges::count(p.pieces, id, &piece::op) == 4);
    CHECK(difference(nodes.run(p, one), nodes.run(whole_plan(g, "a"), one)) < 1e-5);
  }
  SECTION("several images") {
    const auto one = import(1), g = import(3);
    CHECK(total_macs(g) == 3 * total_macs(one));
    CHECK(g.weights.size() == one.weights.size());
    check_everywhere(store, g, x, net.forward({x}).toTensor());
    model_on_nodes nodes{store, g, true};
    CHECK(difference(nodes.run(in_strips(g), x), net.forward({x}).toTensor()) < 1e-5);
    // As fast as so many nodes are, up to what slicing and joining the batch takes: on slow ones.
    auto s = four_nodes();
    s.nodes.pop_back();
    for (auto& node : s.nodes) node.gmacs = 0.02;
    const auto p = make_plan(g, s, {"bramble", wire_type::fp32});
    CHECK(p.one_node_ms / p.predicted_ms > 2.5);
  }
}

TEST_CASE("images that are compared with each other stay in one tensor") {
  const at::NoGradGuard no_grad;
  const temporary_folder folder;
  const model_store store{folder / "models"};
  torch::jit::Module net{"net"};
  net.define("def forward(self, x):\n    return x - x.mean([0], True)\n");
  const auto file = (folder / "net.pt").string();
  net.save(file);
  import_request request;
  request.file = file;
  request.inputs = std::vector<std::vector<std::int64_t>>{{2, 3, 8, 8}};
  const auto g = import_torchscript(store, request).model.model;
  const auto x = at::rand({2, 3, 8, 8}, at::detail::createCPUGenerator(7));
  check_everywhere(store, g, x, net.forward({x}).toTensor());
}

TEST_CASE("a net of many kinds of ops answers in the runtime as in LibTorch") {
  const at::NoGradGuard no_grad;
  const temporary_folder folder;
  const model_store store{folder / "models"};
  torch::jit::Module net{"net"};
  const auto generator = at::detail::createCPUGenerator(3);
  const auto weight = [&](const char* name, at::IntArrayRef shape) {
    net.register_parameter(name, at::randn(shape, generator) * 0.3, false);
  };
  weight("stem", {16, 3, 3, 3});
  weight("grouped", {16, 4, 3, 3});
  weight("depthwise", {16, 1, 5, 1});
  weight("squeeze", {4, 16, 1, 1});
  weight("excite", {16, 4, 1, 1});
  weight("up", {16, 8, 2, 2});
  weight("scale", {8});
  weight("shift", {8, 1, 1});
  weight("head", {10, 8 * 9});
  net.define(R"(
def forward(self, x):
    x = torch.hardswish(torch.conv2d(x * 2.0 - 1.0, self.stem, None, 2, 1))
    y = torch.conv2d(x, self.grouped, None, 1, 1, 1, 4)
    # channel shuffle
    y = y.view(1, 4, 4, y.size(2), y.size(3)).transpose(1, 2).contiguous().view(x.size())
    y = torch.clamp(torch.conv2d(y, self.depthwise, None, 1, [2, 0], 1, 16), 0.0, 6.0)
    # squeeze and excitation
    s = torch.relu(torch.conv2d(torch.adaptive_avg_pool2d(y, [1, 1]), self.squeeze))
    y = y * torch.sigmoid(torch.conv2d(s, self.excite)) + x
    a, b = torch.chunk(y, 2, 1)
    y = torch.cat([torch.max_pool2d(a, [3, 3], [2, 2], [1, 1], [1, 1], True),
                   torch.avg_pool2d(b, [3, 3], [2, 2], [1, 1], False, False)], 1)
    y = torch.batch_norm(torch.conv_transpose2d(y, self.up, None, [2, 2]),
                         self.scale, None, self.scale, self.scale * self.scale + 0.5,
                         False, 0.1, 1e-3, False)
    y = torch.leaky_relu(torch.upsample_nearest2d(y, None, [1.5, 1.5]), 0.1) + self.shift
    z = torch.softmax(y[:, :, ::2, 1:], 1) * torch.mean(y[:, :, ::2, 1:], [1], True)
    z = torch.adaptive_avg_pool2d(z, [3, 3])
    return torch.linear(torch.gelu(z).flatten(1), self.head)
)");
  const auto file = (folder / "net.pt").string();
  net.save(file);
  const auto g = import_torchscript(store, {file, {{1, 3, 37, 29}}, "net"}).model.model;
  const auto x = at::rand({1, 3, 37, 29}, generator);
  check_everywhere(store, g, x, net.forward({x}).toTensor());
}

TEST_CASE("the reference models answer in the runtime as their files do", "[reference]") {
  const auto models = test::reference_data();
  if (!fs::exists(models)) {
    WARN("skipped: there is no " << models.string());
    return;
  }
  const at::NoGradGuard no_grad;
  const temporary_folder folder;
  const model_store store{folder.path()};
  const auto check = [&](const std::string& name, std::int64_t size) {
    const auto file = (models / name).string();
    const auto g = import_torchscript(store, {file, {{1, 3, size, size}}, "net"}).model.model;
    auto original = torch::jit::load(file);
    original.eval();
    original.to(at::kFloat);
    const auto x = picture(size);
    check_everywhere(store, g, x, original.forward({x}).toTensor());
  };
  SECTION("GoogLeNet") {
    check("googlenet_bvlc_fp16.pt", 224);
  }
  SECTION("SqueezeNet") {
    check("squeezenet10_fp16.pt", 227);
  }
}
