#include "tests/support/import_fixture.hpp"
#include "tests/support/reference_data.hpp"

using namespace bramble;
using namespace bramble::test;

TEST_CASE("convolution, batch norm and relu become one op") {
  const import_fixture shop;
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
  const import_fixture shop;
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
  const import_fixture shop;
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

TEST_CASE("a batch norm is one pass with the concat before it and the activation after it") {
  const import_fixture shop;
  const weight_map norm{
      {"w", noise({6})}, {"b", noise({6})}, {"m", noise({6})}, {"v", noise({6}).abs() + 0.5}};
  const auto imported_norm = [&](const std::string& body) {
    auto m = module_of("\ndef forward(self, x):\n" + body, norm);
    return imported(shop, m, photo);
  };
  const std::string norm_of_y =
      "    z = torch.batch_norm(y, self.w, self.b, self.m, self.v, False, 0.1, 1e-3, False)\n";
  SECTION("both") {
    const auto g = imported_norm("    y = torch.cat([x, x * 2.0], 1)\n" + norm_of_y +
                                 "    return torch.relu(z)\n");
    CHECK(g.ops.size() == 2);
    const auto& fused = only(g, op_kind::concat);
    CHECK(fused.weights.size() == 2);
    CHECK(fused.inputs.size() == 2);
    CHECK(fused.activation.kind == fused_activation::kind_t::relu);
  }
  SECTION("a concat that somebody else reads stays") {
    const auto g =
        imported_norm("    y = torch.cat([x, x * 2.0], 1)\n" + norm_of_y + "    return z + y\n");
    CHECK(only(g, op_kind::concat).weights.empty());
    CHECK(count(g, op_kind::elementwise) == 3);
  }
  SECTION("a norm that is the model's output, too, keeps its activation apart") {
    const auto g = imported_norm("    y = torch.cat([x, x * 2.0], 1)\n" + norm_of_y +
                                 "    return z, torch.hardtanh(z, 0.1, 0.7)\n");
    CHECK(only(g, op_kind::concat).weights.size() == 2);
    CHECK(only(g, op_kind::concat).activation.kind == fused_activation::kind_t::none);
    CHECK(count(g, op_kind::elementwise) == 2);  // the product and the clamp
  }
}

TEST_CASE("elementwise ops take every constant that broadcasts") {
  const import_fixture shop;
  auto m = module_of(R"(
def forward(self, x):
    x = x * 2.0 - self.vector
    x = torch.batch_norm(torch.sigmoid(x), self.w, None, self.m, self.v, False, 0.1, 1e-3, False)
    x = x * torch.sigmoid(x.mean([2, 3], True))
    x = torch.dropout(x, 0.5, False)
    return (x + self.column) * self.row + self.everywhere
)",
                     {{"vector", noise({3, 1, 1})},
                      {"w", noise({3})},
                      {"m", noise({3})},
                      {"v", noise({3}).abs() + 0.5},
                      {"column", noise({1, 1, 20, 1})},
                      {"row", noise({17})},
                      {"everywhere", noise({3, 20, 17})}});
  const auto g = imported(shop, m, photo);
  CHECK(count(g, op_kind::elementwise) == 9);
  CHECK(count(g, op_kind::avg_pool) == 2);  // of rows, then of their means
  CHECK(g.ops.size() == 11);
}

TEST_CASE("whatever is unknown runs whole") {
  const import_fixture shop;
  SECTION("lists of tensors") {
    auto m = module_of(R"(
def forward(self, x):
    planes = torch.unbind(x, 1)
    return torch.stack([planes[2], planes[0]], 0), planes[1], torch.flip(x, [2])
)");
    const auto g = imported(shop, m, photo);
    CHECK(count(g, op_kind::atom) == g.ops.size());
    CHECK(g.ops[0].outputs.size() == 3);
    CHECK(g.outputs.size() == 3);
  }
  SECTION("an index, a norm over other axes, a window that does not divide its map") {
    auto m = module_of(R"(
def forward(self, x):
    y = torch.layer_norm(x[:, :, ::2], [x.size(3)])
    y = torch.softmax(torch.index_select(y, 3, self.i), 2)
    return torch.adaptive_avg_pool2d(x, [3, 5]), torch.mean(y, [1, 2])
)",
                       {{"i", torch::tensor({3, 1, 2}, at::kLong)}});
    const auto g = imported(shop, m, photo);
    CHECK(count(g, op_kind::take) == 1);  // every second row
    CHECK(count(g, op_kind::atom) == g.ops.size() - 1);
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
  const import_fixture shop;
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
  const import_fixture shop;
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

TEST_CASE("half-precision weights are float32 to the ops and stay half in the store") {
  const import_fixture shop;
  const auto w = noise({4, 3, 3, 3}).to(at::kHalf);
  auto m = returning("torch.conv2d(x, self.w)", {{"w", w}});
  const auto result = shop.import(m, photo);
  const auto& info = result.model.model.weights.at(0);
  CHECK(info.type == element_type::f32);
  CHECK(info.stored_as_half);
  CHECK(fs::file_size(shop.store.blob_path(info.sha256)) == w.nbytes());
  CHECK(result.weight_bytes == w.nbytes());
  const auto x = noise(photo[0]);
  CHECK(difference(shop.store, result.model.model, {x}, {at::conv2d(x, w.to(at::kFloat))}) < 1e-5);
}

TEST_CASE("weights widened by the model itself stay half in the store") {
  const import_fixture shop;
  const auto w = noise({4, 3, 3, 3}).to(at::kHalf);
  auto m = returning("torch.conv2d(x, self.w.to(6))", {{"w", w}});
  const auto result = shop.import(m, photo);
  CHECK(result.model.model.weights.at(0).stored_as_half);
  CHECK(result.weight_bytes == w.nbytes());
}

TEST_CASE("what import computes from half-precision weights is not rounded back") {
  const import_fixture shop;
  const auto w = noise({4, 3, 3, 3}).to(at::kHalf), scale = noise({4});
  auto m = returning(
      "torch.batch_norm(torch.conv2d(x, self.w), self.scale, None, self.zero, self.one, False, "
      "0.1, 1e-5, False)",
      {{"w", w}, {"scale", scale}, {"zero", at::zeros({4})}, {"one", at::ones({4})}});
  const auto x = noise(photo[0]);
  const auto wide =
      at::conv2d(x, w.to(at::kFloat)) * scale.view({1, 4, 1, 1}) / std::sqrt(1 + 1e-5);
  const auto result = shop.import(m, photo);
  CHECK(difference(shop.store, result.model.model, {x}, {wide}) < 1e-5);
}

TEST_CASE("equal weights are stored once") {
  const import_fixture shop;
  const auto w = noise({3, 3, 3, 3});
  auto m = module_of(R"(
def forward(self, x):
    return torch.conv2d(torch.conv2d(x, self.a), self.b)
)",
                     {{"a", w}, {"b", w.clone()}});
  const auto result = shop.import(m, photo);
  CHECK(result.weight_bytes == w.nbytes());
}

TEST_CASE(
    "the file's own names of its inputs are kept, and so is what each channel is divided by") {
  const import_fixture shop;
  auto m = module_of(R"(
def forward(self, before, after):
    return torch.relu(before) - after
)");
  const shape_list shapes{{1, 1, 8, 8}, {1, 1, 8, 8}};
  import_request request{shop.save(m), shapes, "net", {}, {}};
  request.mean = {0.1307F};
  request.deviation = {0.3081F};
  const auto result = import_torchscript(shop.store, request);
  CHECK(result.model.input_names == std::vector<std::string>{"before", "after"});
  CHECK(result.model.mean == request.mean);
  CHECK(result.model.deviation == request.deviation);
  request.mean = {0.5F, 0.5F, 0.5F};
  CHECK(complaint_of([&] { import_torchscript(shop.store, request); }) ==
        "--mean has 3 numbers, and an input of 1x1x8x8 takes 1 channel; give a number for each, or "
        "one for all.");
}

TEST_CASE("labels are kept with the model they fit, which is another one without them") {
  const import_fixture shop;
  auto m = module_of("def forward(self, x):\n    return torch.flatten(torch.relu(x), 1)\n");
  import_request request{.file = shop.save(m), .inputs = {{1, 1, 2, 2}}, .name = "net"};
  request.labels_file = "birds.txt";
  request.labels = {"owl", "wren", "rook"};
  CHECK(contains(complaint_of([&] { import_torchscript(shop.store, request); }),
                 "birds.txt has 3 labels, and the model tells 4 classes apart"));
  request.labels.emplace_back("kite");
  const auto made = import_torchscript(shop.store, request);
  CHECK(shop.store.load(made.identity).labels == request.labels);
  CHECK(import_torchscript(shop.store, request).was_there);
  request.labels.clear();
  CHECK(contains(complaint_of([&] { import_torchscript(shop.store, request); }), "`--replace`"));
}

TEST_CASE("importing under a name in use replaces no model unasked") {
  const import_fixture shop;
  auto first = module_of("def forward(self, x):\n    return torch.relu(x)\n");
  auto second = module_of("def forward(self, x):\n    return torch.relu(x) - x\n");
  const shape_list shapes{{1, 3, 8, 8}};
  import_request request{shop.save(first), shapes, "net", {}, {}};
  const auto old = import_torchscript(shop.store, request);
  CHECK_FALSE(old.was_there);
  CHECK(import_torchscript(shop.store, request).was_there);

  // Another preparation of photos is another model, and so is another graph.
  request.mean = {0.5F};
  CHECK(contains(complaint_of([&] { import_torchscript(shop.store, request); }), "`--replace`"));
  request = {shop.save(second), shapes, "net", {}, {}};
  CHECK(contains(complaint_of([&] { import_torchscript(shop.store, request); }), "`--replace`"));
  CHECK(shop.store.resolve("net") == old.identity);
  CHECK(shop.store.list().size() == 1);

  request.may_replace = [](const std::string&, const std::string&) { return true; };
  const auto made = import_torchscript(shop.store, request);
  CHECK(made.replaced == old.identity);
  CHECK(shop.store.resolve("net") == made.identity);
  CHECK(shop.store.resolve(old.identity) == old.identity);
}

TEST_CASE("the built-in Inception-v4 is the published one and the same everywhere") {
  const import_fixture shop;
  const auto result = build_inception_v4(shop.store, 1);
  const auto& g = result.model.model;
  CHECK(count(g, op_kind::convolution) == 149 + 1);  // the classifier
  CHECK(count(g, op_kind::concat) == 19);
  CHECK(count(g, op_kind::max_pool) == 4);
  CHECK(count(g, op_kind::avg_pool) == 14 + 2);  // the mean of all pixels
  CHECK(count(g, op_kind::atom) == 0);
  for (const auto& o : g.ops)
    if (o.kind == op_kind::convolution && !o.name.starts_with("linear"))
      CHECK(o.activation.kind == fused_activation::kind_t::relu);
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

TEST_CASE("the reference models answer as their files do", "[reference]") {
  const auto models = test::reference_data();
  if (!fs::exists(models)) {
    WARN("skipped: there is no " << models.string());
    return;
  }
  const import_fixture shop;
  const auto check = [&](const std::string& name, std::int64_t size, std::size_t convolutions) {
    const auto file = (models / name).string();
    const shape_list shapes{{1, 3, size, size}};
    const auto g = import_torchscript(shop.store, {file, shapes, "net"}).model.model;
    CHECK(count(g, op_kind::convolution) == convolutions);
    CHECK(count(g, op_kind::atom) == 0);
    auto original = torch::jit::load(file);
    original.eval();
    original.to(at::kFloat);
    const at::NoGradGuard no_grad;
    const auto x = noise(shapes[0]).abs();
    CHECK(difference(shop.store, g, {x}, {original.forward({x}).toTensor()}) < 1e-5);
  };
  SECTION("GoogLeNet") {
    check("googlenet_bvlc_fp16.pt", 224, 57 + 2 + 1);
  }
  SECTION("SqueezeNet") {
    check("squeezenet10_fp16.pt", 227, 26);
  }
}
