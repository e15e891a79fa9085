// LibTorch first, see catch.hpp.
#include <ATen/Parallel.h>
#include <torch/script.h>

#include "model/import/convert.hpp"
#include "model/import/import.hpp"
#include "tests/reference_executor.hpp"
//
#include <fstream>

#include "config/base/files.hpp"
#include "tests/catch.hpp"
#include "tests/complaints.hpp"
#include "tests/temporary_folder.hpp"

using namespace bramble;
namespace fs = std::filesystem;
using test::reference_executor;
using torch::jit::Module;

namespace {

using shape_list = std::vector<std::vector<std::int64_t>>;

at::Tensor noise(at::IntArrayRef shape) {
  static auto generator = at::detail::createCPUGenerator(5);
  return at::randn(shape, generator);
}

/// A store and a place for files, and the ways to put a module through both.
struct workshop {
  temporary_folder folder;
  model_store store{folder / "models"};

  workshop() { at::set_num_threads(1); }

  std::string save(Module& module) const {
    const auto file = (folder / "net.pt").string();
    module.save(file);
    return file;
  }

  import_result import(Module& module, const shape_list& shapes) const {
    return import_torchscript(store, {save(module), shapes, "net"});
  }

  std::string complaint(Module& module, const shape_list& shapes) const {
    return complaint_of([&] { import(module, shapes); });
  }

  bool empty() const {
    for (const auto* part : {"blobs", "manifests", "names", "staging"})
      if (fs::exists(store_path(part)) && !fs::is_empty(store_path(part))) return false;
    return true;
  }

 private:
  fs::path store_path(const char* part) const { return folder / "models" / part; }
};

/// The largest difference between the stored graph's answers and `expected`, relative to the
/// latter's maximum.
double difference(const model_store& store, const graph& g, const tensors& inputs,
                  const tensors& expected) {
  const at::NoGradGuard no_grad;
  reference_executor executor{store, g};
  const auto outputs = executor.run(inputs);
  REQUIRE(outputs.size() == expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    REQUIRE(outputs[i].sizes() == expected[i].sizes());
    const auto scale = expected[i].abs().max().item<double>();
    worst = std::max(worst, (outputs[i] - expected[i]).abs().max().item<double>() / scale);
  }
  return worst;
}

tensors flat_outputs(const c10::IValue& value) {
  if (value.isTensor()) return {value.toTensor()};
  tensors out;
  for (const auto& item : value.toTupleRef().elements()) out.push_back(item.toTensor());
  return out;
}

/// Imports, checks that the graph answers as the module does, and hands out the graph.
graph imported(const workshop& shop, Module& module, const shape_list& shapes) {
  const auto result = shop.import(module, shapes);
  tensors inputs;
  for (const auto& shape : shapes) inputs.push_back(noise(shape));
  const auto expected = flat_outputs(module.forward({inputs.begin(), inputs.end()}));
  const auto g = shop.store.load(shop.store.resolve("net")).model;
  CHECK(difference(shop.store, g, inputs, expected) < 1e-5);
  CHECK(shop.store.missing_blobs(result.model).empty());
  return g;
}

std::size_t count(const graph& g, op_kind kind) {
  std::size_t n = 0;
  for (const auto& o : g.ops) n += o.kind == kind ? 1 : 0;
  return n;
}

const op& only(const graph& g, op_kind kind) {
  REQUIRE(count(g, kind) == 1);
  for (const auto& o : g.ops)
    if (o.kind == kind) return o;
  throw std::logic_error("unreachable");
}

using weight_map = std::map<std::string, at::Tensor>;

Module module_of(const std::string& source, const weight_map& weights = {}) {
  Module m{"net"};
  for (const auto& [name, tensor] : weights) {
    if (tensor.is_floating_point())
      m.register_parameter(name, tensor, false);
    else
      m.register_buffer(name, tensor);
  }
  m.define(source);
  return m;
}

Module returning(const std::string& expression, const weight_map& weights = {}) {
  return module_of("def forward(self, x):\n    return " + expression + "\n", weights);
}

const shape_list photo{{1, 3, 20, 17}};

}  // namespace

TEST_CASE("convolution, batch norm and relu become one op") {
  const workshop shop;
  auto m = module_of(R"(
def forward(self, x):
    x = torch.conv2d(x, self.w, None, [2, 1], [1, 0], [1, 2], 1)
    x = torch.batch_norm(x, self.g, self.b, self.m, self.v, False, 0.1, 1e-3, False)
    return torch.relu_(x)
)",
                     {{"w", noise({8, 3, 3, 5})},
                      {"g", noise({8})},
                      {"b", noise({8})},
                      {"m", noise({8})},
                      {"v", noise({8}).abs() + 0.5}});
  const auto g = imported(shop, m, photo);
  REQUIRE(g.ops.size() == 1);
  const auto& o = only(g, op_kind::convolution);
  CHECK(o.activation.kind == fused_activation::kind_t::relu);
  CHECK(o.win.kernel == std::array<std::int64_t, 2>{3, 5});
  CHECK(o.win.stride == std::array<std::int64_t, 2>{2, 1});
  CHECK(o.win.padding == std::array<std::int64_t, 2>{1, 0});
  CHECK(o.win.dilation == std::array<std::int64_t, 2>{1, 2});
  CHECK(o.weights.size() == 2);
  CHECK(o.name == "conv1 3x5/2x1 8");
}

TEST_CASE("residual sums and clips are fused where nobody else reads them") {
  const workshop shop;
  SECTION("a residual block") {
    auto m = module_of(R"(
def forward(self, x):
    y = torch.relu(torch.conv2d(x, self.a, None, 1, 1))
    z = torch.conv2d(y, self.b, None, 1, 1)
    return torch.relu(z + y)
)",
                       {{"a", noise({8, 3, 3, 3})}, {"b", noise({8, 8, 3, 3})}});
    const auto g = imported(shop, m, photo);
    REQUIRE(g.ops.size() == 2);
    CHECK(g.ops[1].inputs == std::vector<value_id>{1, 1});
    CHECK(g.ops[1].activation.kind == fused_activation::kind_t::relu);
  }
  SECTION("two convolutions added: the later one takes the earlier one's output") {
    auto m = module_of(R"(
def forward(self, x):
    y = torch.conv2d(x, self.a, None, 1, 1)
    z = torch.conv2d(x, self.b)
    return torch.hardtanh(y + z, 0.0, 6.0)
)",
                       {{"a", noise({8, 3, 3, 3})}, {"b", noise({8, 3, 1, 1})}});
    const auto g = imported(shop, m, photo);
    REQUIRE(g.ops.size() == 2);
    CHECK(g.ops[0].activation.kind == fused_activation::kind_t::none);
    CHECK(g.ops[1].inputs == std::vector<value_id>{0, 1});
    CHECK(g.ops[1].activation.kind == fused_activation::kind_t::clip);
    CHECK(g.ops[1].activation.high == 6.0F);
  }
  SECTION("a sum that is read twice, and one with a factor") {
    auto m = module_of(R"(
def forward(self, x):
    y = torch.conv2d(x, self.a, None, 1, 1)
    z = torch.add(torch.conv2d(x, self.a, None, 1, 1), x[:, 0:1], alpha=0.5)
    return torch.relu(y) * y + z
)",
                       {{"a", noise({8, 3, 3, 3})}});
    const auto g = imported(shop, m, photo);
    CHECK(only(g, op_kind::convolution).inputs.size() == 1);
    CHECK(count(g, op_kind::elementwise) == 4);
  }
}

TEST_CASE("pooling keeps ceil_mode, padding and divisors") {
  const workshop shop;
  auto m = module_of(R"(
def forward(self, x):
    a = torch.max_pool2d(x, [3, 3], [2, 2], [0, 1], [1, 1], True)
    b = torch.avg_pool2d(x, [3, 3], [2, 2], [0, 1], True, False)
    c = torch.avg_pool2d(x, [3, 3], [2, 2], [0, 1], True, True, 5)
    d = torch.max_pool2d(x, [2, 2], [], [0, 0], [2, 1])
    return torch.cat([a, b, c], 1), d
)");
  const auto g = imported(shop, m, photo);
  CHECK(count(g, op_kind::max_pool) == 2);
  CHECK(count(g, op_kind::avg_pool) == 2);
  CHECK(count(g, op_kind::concat) == 1);
  CHECK(g.ops.size() == 5);
  CHECK(g.values[g.ops[0].outputs[0]].shape == std::vector<std::int64_t>{1, 3, 10, 9});
}

TEST_CASE("elementwise ops are those whose constants do not vary over the map") {
  const workshop shop;
  auto m = module_of(R"(
def forward(self, x):
    x = x * 2.0 - self.vector
    x = torch.batch_norm(torch.sigmoid(x), self.w, None, self.m, self.v, False, 0.1, 1e-3, False)
    x = x * torch.sigmoid(x.mean([2, 3], True))
    x = torch.dropout(x, 0.5, False)
    return x + self.column
)",
                     {{"vector", noise({3, 1, 1})},
                      {"w", noise({3})},
                      {"m", noise({3})},
                      {"v", noise({3}).abs() + 0.5},
                      {"column", noise({1, 1, 20, 1})}});
  const auto g = imported(shop, m, photo);
  CHECK(count(g, op_kind::elementwise) == 6);  // mul, sub, sigmoid, batch norm, sigmoid, mul
  CHECK(count(g, op_kind::atom) == 2);         // mean, the sum with a column
}

TEST_CASE("whatever is unknown runs whole") {
  const workshop shop;
  SECTION("lists of tensors") {
    auto m = module_of(R"(
def forward(self, x):
    parts = torch.chunk(x, 3, 1)
    first, second, third = torch.split(x, [1, 1, 1], 1)
    return torch.stack([parts[2], parts[0], second], 0), first.flatten(1) @ self.w
)",
                       {{"w", noise({340, 7})}});
    const auto g = imported(shop, m, photo);
    CHECK(count(g, op_kind::atom) == g.ops.size());
    CHECK(g.ops[0].outputs.size() == 3);
    CHECK(g.outputs.size() == 2);
  }
  SECTION("a transposed convolution, a reduction, an index") {
    auto m = module_of(R"(
def forward(self, x):
    x = torch.conv_transpose2d(x, self.w, None, [2, 2])
    x = torch.softmax(x, 1)[:, :, ::2]
    x = torch.index_select(x, 3, self.i)
    return torch.layer_norm(x, [x.size(3)])
)",
                       {{"w", noise({3, 4, 2, 2})}, {"i", torch::tensor({3, 1, 2}, at::kLong)}});
    imported(shop, m, photo);
  }
  SECTION("two inputs, an answer that depends on none") {
    auto m = module_of(R"(
def forward(self, x, y):
    return torch.matmul(x, y), self.w, x
)",
                       {{"w", noise({3, 4})}});
    const auto g = imported(shop, m, {{5, 6}, {6, 2}});
    CHECK(g.inputs.size() == 2);
    CHECK(g.outputs.size() == 3);
  }
}

TEST_CASE("control flow that follows shapes and settings is unrolled") {
  const workshop shop;
  auto m = module_of(R"(
def forward(self, x):
    outputs = []
    for i in range(x.size(1)):
        y = torch.conv2d(x, self.w, None, 1, 1)
        if i % 2 == 0 and x.size(2) > 4:
            y = torch.relu(y)
        outputs.append(y)
        x = x + 1
    x = torch.cat(outputs, 1)
    return x.view(x.size(0), -1)
)",
                     {{"w", noise({4, 3, 3, 3})}});
  const auto g = imported(shop, m, photo);
  CHECK(count(g, op_kind::convolution) == 3);
  CHECK(count(g, op_kind::concat) == 1);
  CHECK(shop.store.load(shop.store.resolve("net")).remark.empty());
}

TEST_CASE("a sum over neighbouring channels becomes a convolution") {
  const workshop shop;
  auto m = module_of(R"(
def forward(self, x):
    s = torch.constant_pad_nd(x * x, [0, 0, 0, 0, 2, 2])
    t = s[:, 0:9] + s[:, 1:10] + s[:, 2:11] + s[:, 3:12] + s[:, 4:13]
    return x * torch.rsqrt(t * 0.3 + 2.0)
)");
  const auto g = imported(shop, m, {{1, 9, 6, 5}});
  CHECK(count(g, op_kind::atom) == 0);
  CHECK(g.weights[only(g, op_kind::convolution).weights[0]].shape ==
        std::vector<std::int64_t>{9, 9, 1, 1});

  SECTION("unless somebody else reads what is in between") {
    auto other = module_of(R"(
def forward(self, x):
    s = torch.constant_pad_nd(x * x, [0, 0, 0, 0, 2, 2])
    return s[:, 0:9] + s[:, 4:13], s
)");
    const auto h = imported(shop, other, {{1, 9, 6, 5}});
    CHECK(count(h, op_kind::convolution) == 0);
  }
}

TEST_CASE("half-precision weights become float32") {
  const workshop shop;
  auto m = returning("torch.conv2d(x, self.w)", {{"w", noise({4, 3, 3, 3}).to(at::kHalf)}});
  const auto result = shop.import(m, photo);
  const auto& w = result.model.model.weights.at(0);
  CHECK(w.type == element_type::f32);
  CHECK(fs::file_size(shop.store.blob_path(w.sha256)) == 4 * 3 * 3 * 3 * 4);
}

TEST_CASE("equal weights are stored once") {
  const workshop shop;
  const auto w = noise({3, 3, 3, 3});
  auto m = module_of(R"(
def forward(self, x):
    return torch.conv2d(torch.conv2d(x, self.a), self.b)
)",
                     {{"a", w}, {"b", w.clone()}});
  const auto result = shop.import(m, photo);
  CHECK(result.weight_bytes == w.nbytes());
}

TEST_CASE("a model that decides by its input's values is refused") {
  const workshop shop;
  SECTION("an if") {
    auto m = module_of(R"(
def forward(self, x):
    if bool(x.min() < -1.0):
        return x * 2.0
    return x
)");
    const auto said = shop.complaint(m, photo);
    CHECK(contains(said, "takes another way"));
    CHECK(contains(said, "an if decided by aten::Bool"));
    CHECK(is_sentence(said));
  }
  SECTION("a loop") {
    auto m = module_of(R"(
def forward(self, x):
    while bool(x.abs().max() > 1.0):
        x = x / 2.0
    return x
)");
    CHECK(contains(shop.complaint(m, photo), "a loop decided by aten::Bool"));
  }
  SECTION("a shape") {
    auto m = returning("torch.nonzero(x > 0.5)");
    CHECK(contains(shop.complaint(m, photo), "takes another way"));
  }
  SECTION("a number read out of a tensor") {
    auto m = returning("x * float(x.sum())");
    CHECK(contains(shop.complaint(m, photo), "takes another way"));
  }
  SECTION("chance") {
    auto m = returning("x + torch.rand_like(x)");
    CHECK(contains(shop.complaint(m, photo), "differently each time"));
  }
  CHECK(shop.empty());
}

TEST_CASE("a decision that no ordinary input changes is said with the model") {
  const workshop shop;
  auto m = module_of(R"(
def forward(self, x):
    if bool(x.abs().max() > 1000.0):
        x = x / 1000.0
    return torch.relu(x)
)");
  CHECK(contains(shop.import(m, photo).model.remark, "decides by its input's values"));
}

TEST_CASE("what is no model for such an input is refused in a sentence") {
  const workshop shop;
  auto m = returning("torch.conv2d(x, self.w)", {{"w", noise({4, 3, 3, 3})}});
  const auto file = shop.save(m);
  const auto complaint = [&](const std::string& path, const shape_list& shapes,
                             const std::string& name = "net") {
    const auto said = complaint_of([&] { import_torchscript(shop.store, {path, shapes, name}); });
    INFO(said);
    CHECK(is_sentence(said));
    CHECK(said.size() < 600);
    CHECK(shop.empty());
    return said;
  };
  CHECK(contains(complaint(file, {{1, 5, 9, 9}}),
                 file + " does not accept an input of shape 1x5x9x9: "));
  CHECK(contains(complaint(file, {{1, 3, 2, 2}}), "does not accept an input of shape 1x3x2x2"));
  CHECK(contains(complaint(file, {{7}}), "does not accept an input of shape 7"));
  CHECK(contains(complaint(file, {{1, 3, 9, 9}, {1}}), "takes 1 inputs (x) and 2 shapes"));
  CHECK(contains(complaint(file, {}), "takes 1 inputs (x) and 0 shapes"));
  CHECK(contains(complaint(file, photo, "../net"), "cannot be the name of a model"));

  const auto other = (shop.folder / "other.pt").string();
  CHECK(contains(complaint(other, photo), "there is no such file"));
  CHECK(contains(complaint(shop.folder.path().string(), photo), "a folder"));
  const auto content = read_file(file);
  const auto try_bytes = [&](byte_span bytes) {
    write_file_atomically(other, bytes);
    return complaint(other, photo);
  };
  CHECK(contains(try_bytes({}), "is empty"));
  CHECK(contains(try_bytes(as_bytes("hello, I am a text")), "no TorchScript file"));
  CHECK(contains(try_bytes(as_bytes("PK\x03\x04 and then nothing")), "no TorchScript"));
  CHECK(contains(try_bytes(byte_span{content}.first(content.size() / 2)), "no TorchScript"));
  CHECK(contains(try_bytes(byte_span{content}.first(content.size() - 30)), "no TorchScript"));

  Module empty{"net"};
  empty.save(other);
  CHECK(contains(complaint(other, photo), "no method `forward`"));
  auto number = returning("x.size(0)");
  number.save(other);
  CHECK(contains(complaint(other, photo), "returns no tensor"));
}

TEST_CASE("damaged files are refused in a sentence or still right") {
  const workshop shop;
  auto m = returning("torch.relu(torch.conv2d(x, self.w))", {{"w", noise({4, 3, 3, 3})}});
  const auto content = read_file(shop.save(m));
  const auto other = (shop.folder / "other.pt").string();
  std::size_t refused = 0;
  for (std::size_t place = 0; place < content.size(); place += content.size() / 60) {
    auto bytes = content;
    for (std::size_t i = place; i < std::min(place + 4, bytes.size()); ++i) bytes[i] ^= 0x55U;
    write_file_atomically(other, bytes);
    const auto said = complaint_of([&] { import_torchscript(shop.store, {other, photo, "net"}); });
    INFO(place << ": " << said);
    CHECK((said.empty() || is_sentence(said)));
    refused += said.empty() ? 0 : 1;
  }
  CHECK(refused > 10);
}

TEST_CASE("a failed import takes back its weights and no others") {
  const workshop shop;
  const auto w = noise({4, 3, 3, 3});
  auto first = returning("torch.conv2d(x, self.w)", {{"w", w}});
  const auto kept = import_torchscript(shop.store, {shop.save(first), photo, "first"});
  auto second = returning("torch.conv2d(x, self.w, self.b)", {{"w", w}, {"b", noise({4})}});
  // A folder in the place of the name's file: the last step of the import fails.
  fs::create_directories(shop.folder / "models" / "names" / "net" / "in the way");
  CHECK(is_sentence(shop.complaint(second, photo)));
  CHECK(shop.store.missing_blobs(kept.model).empty());
  fs::remove_all(shop.folder / "models" / "names" / "net");
  const auto list = shop.store.list();
  REQUIRE(list.size() == 1);
  CHECK(list[0].name == "first");
  const auto blobs = shop.folder / "models" / "blobs";
  CHECK(std::distance(fs::directory_iterator{blobs}, fs::directory_iterator{}) == 1);
}

TEST_CASE("names made from files are names") {
  CHECK(model_name_of_file("models/Res Net.v2.pt") == "Res_Net.v2");
  CHECK(model_name_of_file("/x/.pt") == "_pt");
  CHECK(model_name_of_file(std::string(90, 'a') + ".pt") == std::string(64, 'a'));
  for (const auto* file : {"models/Res Net.v2.pt", "/x/.pt", "", "..", "\xc3\xa4.pt"})
    CHECK(complaint_of([&] { model_store::check_name(model_name_of_file(file)); }).empty());
}

TEST_CASE("the built-in Inception-v4 is the published one and the same everywhere") {
  const workshop shop;
  const auto result = build_inception_v4(shop.store, 1);
  const auto& g = result.model.model;
  CHECK(count(g, op_kind::convolution) == 149);
  CHECK(count(g, op_kind::concat) == 19);
  CHECK(count(g, op_kind::max_pool) == 4);
  CHECK(count(g, op_kind::avg_pool) == 14);
  for (const auto& o : g.ops)
    if (o.kind == op_kind::convolution) CHECK(o.activation.kind == fused_activation::kind_t::relu);
  CHECK(result.weight_bytes == 170'592'928);
  CHECK(total_macs(g) == Approx(12.25e9).epsilon(0.001));
  CHECK(contains(result.model.remark, "mean nothing"));
  // Changes only with the graph's form or the weights; equal on LibTorch 1.13 and 2.6.
  CHECK(g.weights.at(0).sha256.substr(0, 16) == "6ca1d245a67bdb0e");
  CHECK(g.weights.back().sha256.substr(0, 16) == "39e45b1f4aa5fbee");

  const at::NoGradGuard no_grad;
  reference_executor executor{shop.store, g};
  const auto y = executor.run({noise({1, 3, 299, 299})}).at(0);
  CHECK(y.sizes() == at::IntArrayRef{1, 1000});
  const auto spread = y.std().item<double>();
  CHECK(spread > 0.1);
  CHECK(spread < 100);
}

TEST_CASE("the reference models answer as their files do") {
  const auto models = fs::path{BRAMBLE_SOURCE_DIR} / ".." / "shared" / "models";
  if (!fs::exists(models)) {
    WARN("skipped: " << models.string() << " is not here");
    return;
  }
  const workshop shop;
  const auto check = [&](const std::string& name, std::int64_t size, std::size_t convolutions) {
    const auto file = (models / name).string();
    const shape_list shapes{{1, 3, size, size}};
    const auto g = import_torchscript(shop.store, {file, shapes, "net"}).model.model;
    CHECK(count(g, op_kind::convolution) == convolutions);
    CHECK(count(g, op_kind::atom) <= 2);  // the mean, the classifier
    auto original = torch::jit::load(file);
    original.eval();
    original.to(at::kFloat);
    const at::NoGradGuard no_grad;
    const auto x = noise(shapes[0]).abs();
    CHECK(difference(shop.store, g, {x}, {original.forward({x}).toTensor()}) < 1e-5);
  };
  SECTION("GoogLeNet") {
    check("googlenet_bvlc_fp16.pt", 224, 57 + 2);
  }
  SECTION("SqueezeNet") {
    check("squeezenet10_fp16.pt", 227, 26);
  }
}
