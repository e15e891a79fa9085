// Files whose weights somebody packed for one kind of kernel.
#include "tests/support/import_fixture.hpp"
//
#include <torch/csrc/jit/passes/xnnpack_rewrite.h>

using namespace bramble;
using namespace bramble::test;

namespace {

/// Two convolutions, of which one is transposed, and a linear layer, as people have them.
Module small_network() {
  Module m = module_of(R"(
def forward(self, x):
    x = torch.relu(torch.conv2d(x, self.w, self.b, 2, 1))
    x = torch.hardtanh(torch.conv_transpose2d(x, self.up, self.c, 2, 1, 1), -1.0, 6.0)
    return torch.linear(x.mean([2, 3]), self.l, self.d)
)",
                       {{"w", noise({8, 3, 3, 3})},
                        {"b", noise({8})},
                        {"up", noise({8, 6, 3, 3})},
                        {"c", noise({6})},
                        {"l", noise({4, 6})},
                        {"d", noise({4})}});
  // Both optimisations ask for it.
  m.register_attribute("training", c10::BoolType::get(), false);
  return m;
}

/// In place of its linear layer the module calls what `quantize_dynamic` makes of one.
void quantise_linear(Module& m) {
  const auto graph = m.get_method("forward").graph();
  const auto linear = c10::Symbol::fromQualString("aten::linear");
  for (auto* node : graph->nodes()) {
    if (node->kind() != linear) continue;
    const torch::jit::WithInsertPoint here{node};
    auto* packed =
        graph->insertNode(graph->create(c10::Symbol::fromQualString("quantized::linear_prepack"),
                                        {node->input(1), node->input(2)}));
    packed->output()->setType(
        torch::getCustomClass("__torch__.torch.classes.quantized.LinearPackedParamsBase"));
    auto* quantised = graph->insertNode(
        graph->create(c10::Symbol::fromQualString("quantized::linear_dynamic"),
                      {node->input(0), packed->output(), graph->insertConstant(false)}));
    node->output()->replaceAllUsesWith(quantised->output());
    node->destroy();
    return;
  }
  FAIL("there is no linear layer");
}

}  // namespace

TEST_CASE("what was packed for phones is unpacked") {
  const import_fixture shop;
  auto m = small_network();
  auto packed = torch::jit::optimizeForMobile(m);
  const auto code = packed.get_method("forward").graph()->toString();
  CHECK(contains(code, "prepacked::conv2d_clamp_run"));
  CHECK(contains(code, "prepacked::linear_clamp_run"));
  const auto g = imported(shop, packed, photo);
  CHECK(count(g, op_kind::convolution) >= 1);
  CHECK(count(g, op_kind::transposed_convolution) == 1);
}

TEST_CASE("what was changed for one kind of kernel is refused in a sentence") {
  const import_fixture shop;
  const auto refusal = [&](Module m) {
    const auto said = shop.complaint(m, photo);
    INFO(said);
    CHECK(is_sentence(said));
    CHECK(said.size() < 400);
    CHECK(shop.empty());
    return said;
  };
  SECTION("for inference on this machine") {
    auto m = small_network();
    const auto said = refusal(torch::jit::optimize_for_inference(m));
    CHECK(contains(said, "`torch.jit.optimize_for_inference`"));
    CHECK(contains(said, "before that"));
  }
  SECTION("a linear layer with whole numbers") {
    auto m = small_network();
    m.setattr("l", at::quantize_per_tensor(noise({4, 6}), 0.05, 0, at::kQInt8));
    quantise_linear(m);
    const auto said = refusal(m);
    CHECK(contains(said, "the model is quantised (quantized::"));
    CHECK(contains(said, "import the float model that it was made from"));
  }
  SECTION("answers rounded to whole numbers on the way") {
    for (const auto* how : {"torch.quantize_per_tensor(x, 0.05, 128, 13).dequantize()",
                            "torch.quantize_per_tensor_dynamic(x, 13, False).dequantize()",
                            "torch.quantize_per_channel(x, self.s, self.z, 1, 12).dequantize()"}) {
      INFO(how);
      auto m = returning(
          how, {{"s", at::full({3}, 0.05, at::kDouble)}, {"z", at::zeros({3}, at::kLong)}});
      CHECK(contains(refusal(m), "the model is quantised (aten::quantize_per_"));
    }
  }
}

TEST_CASE("weights that are whole numbers in the file only are weights") {
  const import_fixture shop;
  auto m = returning("torch.conv2d(x, self.w.dequantize())",
                     {{"w", at::quantize_per_tensor(noise({8, 3, 3, 3}), 0.02, 0, at::kQInt8)}});
  const auto g = imported(shop, m, photo);
  CHECK(count(g, op_kind::convolution) == 1);
}
