#include "tests/support/import_fixture.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

import_inputs given(const std::vector<std::string>& texts) {
  import_inputs out;
  for (const auto& text : texts) out.push_back(parse_import_input(text));
  return out;
}

import_result import_given(const import_fixture& shop, Module& module,
                           const std::vector<std::string>& texts) {
  return import_torchscript(shop.store, {shop.save(module), given(texts), "net"});
}

}  // namespace

TEST_CASE("inputs of whole numbers are found out or said") {
  const import_fixture shop;
  auto m = module_of(
      "def forward(self, ids):\n    return torch.mean(torch.embedding(self.table, ids), 1)\n",
      {{"table", noise({7, 5})}});
  const auto ids = torch::tensor({{3, 6, 0}}, at::kLong);
  const auto expected = m.forward({ids}).toTensor();
  for (const auto* text : {"1x3", "1x3:int64", "ids=1x3:int64"}) {
    const auto g = import_given(shop, m, {text}).model.model;
    CHECK(g.values[g.inputs[0]].type == element_type::i64);
    CHECK(difference(shop.store, g, {ids}, {expected}) < 1e-5);
  }
  const auto said = complaint_of([&] { import_given(shop, m, {"1x3:float64"}); });
  INFO(said);
  CHECK(contains(said, "an input's type can be said, as in `--input 1x32:int64`"));
  CHECK(is_sentence(said));
}

namespace {

using names_t = std::vector<std::string>;

/// forward(x) gives (x + x, x * x) as a named tuple, which source texts cannot declare.
Module with_named_tuple() {
  const c10::QualifiedName name{"__torch__.Named"};
  auto unit = std::make_shared<torch::jit::CompilationUnit>();
  Module module{name, unit, false};
  auto graph = std::make_shared<torch::jit::Graph>();
  graph->addInput("self")->setType(module._ivalue()->type());
  auto* x = graph->addInput("x");
  auto* sum = graph->insert(c10::Symbol::fromQualString("aten::add"), {x, x});
  auto* product = graph->insert(c10::Symbol::fromQualString("aten::mul"), {x, x});
  const auto type = c10::TupleType::createNamed(
      c10::QualifiedName{"__torch__.Answer"}, names_t{"low", "high"},
      std::vector<c10::TypePtr>{c10::TensorType::get(), c10::TensorType::get()});
  auto* both = graph->insertNode(graph->createTuple({sum, product}, type));
  graph->registerOutput(both->output());
  module.type()->addMethod(unit->create_function(c10::QualifiedName{name, "forward"}, graph));
  return module;
}

}  // namespace

TEST_CASE("outputs are called what the model calls them") {
  const auto names_of = [](Module module) {
    const import_fixture shop;
    return import_given(shop, module, {"1x4"}).model.output_names;
  };
  const auto answering = [&](const std::string& answer) {
    return names_of(
        module_of("def forward(self, x):\n    y = x + 1\n    return " + answer + "\n", {}));
  };
  CHECK(answering("{\"out\": x * 2, \"aux\": y}") == names_t{"out", "aux"});
  CHECK(answering("{\"feats\": [x * 2, y]}") == names_t{"feats.0", "feats.1"});
  CHECK(answering("{\"only\": [y]}") == names_t{"only"});
  CHECK(answering("{\"in\": {\"it\": y}}") == names_t{"in.it"});
  CHECK(answering("y, {\"out\": x * 2}") == names_t{"", "out"});
  CHECK(answering("x * 2, y").empty());
  CHECK(answering("y").empty());
  CHECK(names_of(with_named_tuple()) == names_t{"low", "high"});
}

TEST_CASE("what is said of a model's answer has to go with its shapes") {
  const import_fixture shop;
  auto m = module_of("def forward(self, x):\n    return torch.flatten(x, 2)\n", {});
  import_request asked{shop.save(m), given({"1x12x4x4"}), "net"};
  asked.means.task = task_kind::detect;
  asked.means.head = box_head::yolov8;
  CHECK(import_torchscript(shop.store, asked).model.means == asked.means);
  asked.means = {};
  asked.means.task = task_kind::segment;
  asked.name = "other";
  const auto said = complaint_of([&] { import_torchscript(shop.store, asked); });
  CHECK(contains(said, asked.file + ": a model of task segment has an output 1xCxHxW"));
  CHECK(is_sentence(said));
}

TEST_CASE("numbers that a model takes besides tensors are bound at import") {
  const import_fixture shop;
  auto m = module_of(R"(
def forward(self, x, sr: int, gain: float = 1.0, flip: bool = False):
    if sr > 8000:
        x = x[:, ::sr // 8000]
    if flip:
        x = x.flip([1])
    return x * gain
)");
  const auto g = import_given(shop, m, {"2x8", "sr=16000", "gain=0.5", "flip=true"}).model.model;
  const auto x = noise({2, 8});
  CHECK(difference(shop.store, g, {x}, {x.slice(1, 0, 8, 2).flip({1}) * 0.5}) < 1e-5);
  const auto complaint = [&](const std::vector<std::string>& texts) {
    const auto said = complaint_of([&] { import_given(shop, m, texts); });
    INFO(said);
    CHECK(is_sentence(said));
    return said;
  };
  CHECK(contains(complaint({"2x8"}), "such as `--input sr=16000`"));
  CHECK(contains(complaint({"2x8", "sr=1.5"}), "is of type int, and \"1.5\" is none"));
  CHECK(contains(complaint({"2x8", "rate=16000"}), "\"rate\" is none of them"));
  CHECK(contains(complaint({"2x8", "sr=1", "sr=2"}), "was given twice"));
  CHECK(contains(complaint({"x=loud", "sr=1"}), "is a tensor, and its shape must be"));
  CHECK(contains(complaint({"2x8:int33", "sr=1"}), "there is no type \"int33\""));
  CHECK(contains(complaint({"=3", "sr=1"}), "does not say an input's name"));
}

TEST_CASE("a network that amplifies rounding is judged by itself") {
  const import_fixture shop;
  auto m = module_of(R"(
def forward(self, x):
    y = torch.conv2d(x, self.w)
    y = torch.batch_norm(y, self.g, self.b, self.m, self.v, False, 0.1, 1e-5, False)
    return torch.sin(3000.0 * y)
)",
                     {{"w", noise({8, 3, 3, 3})},
                      {"g", noise({8})},
                      {"b", noise({8})},
                      {"m", noise({8})},
                      {"v", noise({8}).abs() + 0.5}});
  const auto result = shop.import(m, photo);
  INFO(result.model.remark);
  CHECK(contains(result.model.remark, "The network amplifies rounding"));
  CHECK(is_sentence(result.model.remark));
}

TEST_CASE("weights in double precision are narrowed, and that is said") {
  const import_fixture shop;
  const auto w = noise({4, 3, 3, 3});
  auto m = returning("torch.conv2d(x, self.w)", {{"w", w.to(at::kDouble)}});
  const auto result = shop.import(m, photo);
  CHECK(contains(result.model.remark, "double precision"));
  CHECK(result.model.model.weights.at(0).type == element_type::f32);
  const auto x = noise(photo[0]);
  CHECK(difference(shop.store, result.model.model, {x}, {at::conv2d(x, w)}) < 1e-5);
}
