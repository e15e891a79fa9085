// LibTorch first, see catch.hpp.
#include "model/import/onnx/memory_limit.hpp"
//
#include "tests/support/import_fixture.hpp"
//

#include "tests/support/onnx_maker.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

std::vector<float> numbers(const at::Tensor& x) {
  const auto flat = x.contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

import_inputs said(const std::vector<std::string>& texts) {
  import_inputs out;
  for (const auto& text : texts) out.push_back(parse_import_input(text));
  return out;
}

import_result import_onnx(const import_fixture& shop, const onnx_maker& net,
                          const std::vector<std::string>& inputs = {}) {
  const auto file = net.save((shop.folder / "net.onnx").string());
  return import_torchscript(shop.store, {.file = file,
                                         .inputs = said(inputs),
                                         .name = "net",
                                         .may_replace = [](auto&, auto&) { return true; }});
}

std::string refusal_of(const import_fixture& shop, const onnx_maker& net,
                       const std::vector<std::string>& inputs = {}) {
  auto why = complaint_of([&] { import_onnx(shop, net, inputs); });
  INFO(why);
  CHECK(is_sentence(why));
  CHECK(contains(why, "net.onnx: "));
  return why;
}

}  // namespace

TEST_CASE("an ONNX network of layers becomes ops that can be divided") {
  const import_fixture shop;
  const auto w = noise({8, 3, 3, 3}), b = noise({8}), v = noise({5, 8}), c = noise({5});
  onnx_maker net;
  net.input("images", {1, 3, 12, 10}).output("classes");
  net.floats("w", {8, 3, 3, 3}, numbers(w));
  net.floats("b", {8}, numbers(b));
  net.floats("v", {5, 8}, numbers(v));
  net.floats("c", {5}, numbers(c));
  onnx_maker::set(net.node("Conv", {"images", "w", "b"}, {"a"}), "pads", {1, 1, 1, 1});
  net.node("Relu", {"a"}, {"r"});
  auto& pool = net.node("MaxPool", {"r"}, {"p"});
  onnx_maker::set(pool, "kernel_shape", {2, 2});
  onnx_maker::set(pool, "strides", {2, 2});
  net.node("GlobalAveragePool", {"p"}, {"g"});
  net.node("Flatten", {"g"}, {"f"});
  onnx_maker::set(net.node("Gemm", {"f", "v", "c"}, {"classes"}), "transB", 1);
  const auto made = import_onnx(shop, net).model;
  CHECK(made.input_names == std::vector<std::string>{"images"});
  CHECK(made.output_names == std::vector<std::string>{"classes"});
  const auto x = noise({1, 3, 12, 10});
  const auto pooled = at::max_pool2d(at::relu(at::conv2d(x, w, b, 1, 1)), 2);
  const auto expected = at::linear(pooled.mean({2, 3}), v, c);
  CHECK(difference(shop.store, made.model, {x}, {expected}) < 1e-5);
  CHECK(only(made.model, op_kind::max_pool).win.kernel[0] == 2);
  CHECK(count(made.model, op_kind::convolution) == 2);  // a linear layer is one
  for (const auto& o : made.model.ops)
    if (o.kind == op_kind::convolution && o.win.kernel[0] == 3)
      CHECK(o.activation.kind == fused_activation::kind_t::relu);
}

TEST_CASE("arithmetic of shapes in an ONNX network vanishes") {
  const import_fixture shop;
  onnx_maker net;
  net.input("x", {1, 4, "height", "width"}).output("y");
  net.ints("first", {0});
  net.ints("rest", {-1});
  net.node("Shape", {"x"}, {"shape"});
  net.node("Gather", {"shape", "first"}, {"batch"});
  onnx_maker::set(net.node("Concat", {"batch", "rest"}, {"to"}), "axis", 0);
  net.node("Reshape", {"x", "to"}, {"flat"});
  net.node("Relu", {"flat"}, {"y"});
  const auto why = refusal_of(shop, net);
  CHECK(contains(why, "`x` (1 x 4 x height x width)"));
  CHECK(contains(why, "`--input x=1x4x640x640`"));
  CHECK(contains(refusal_of(shop, net, {"x=1x3x5x6"}),
                 "is 1 x 4 x height x width in the file, and 1x3x5x6"));
  CHECK(contains(refusal_of(shop, net, {"z=1x4x5x6"}), "\"z\" is none of them"));
  const auto g = import_onnx(shop, net, {"x=1x4x5x6"}).model.model;
  CHECK(g.ops.size() <= 2);
  const auto x = noise({1, 4, 5, 6});
  CHECK(difference(shop.store, g, {x}, {at::relu(x).reshape({1, 120})}) < 1e-6);
}

TEST_CASE("an input of an ONNX network that decides shapes is bound to values") {
  const import_fixture shop;
  onnx_maker net;
  net.input("x", {2, 6}).input("to", {2}, onnx::TensorProto::INT64).output("y");
  net.node("Reshape", {"x", "to"}, {"r"});
  net.node("Neg", {"r"}, {"y"});
  const auto why = refusal_of(shop, net);
  CHECK(contains(why, "the node Reshape_1 (Reshape)"));
  CHECK(contains(why, "`--input to=[...]`"));
  const auto g = import_onnx(shop, net, {"to=[3,4]"}).model.model;
  CHECK(g.inputs.size() == 1);
  const auto x = noise({2, 6});
  CHECK(difference(shop.store, g, {x}, {-x.reshape({3, 4})}) < 1e-6);
  CHECK(contains(refusal_of(shop, net, {"to=[3,4,5]"}), "was given 3 numbers, and is 2"));
}

TEST_CASE("halves of an ONNX file are kept as halves") {
  const import_fixture shop;
  const auto w = noise({4, 2, 1, 1}).to(at::kHalf);
  const auto* bits = static_cast<const std::uint16_t*>(w.data_ptr());
  onnx_maker net;
  net.input("x", {1, 2, 3, 3}, onnx::TensorProto::FLOAT16).output("y", onnx::TensorProto::FLOAT16);
  net.constant("w", {4, 2, 1, 1}, std::vector<std::uint16_t>{bits, bits + 8},
               onnx::TensorProto::FLOAT16);
  net.node("Conv", {"x", "w"}, {"y"});
  const auto g = import_onnx(shop, net).model.model;
  REQUIRE(g.weights.size() == 1);
  CHECK(g.weights[0].stored_as_half);
  CHECK(g.values[g.inputs[0]].type == element_type::f32);
  const auto x = noise({1, 2, 3, 3});
  CHECK(difference(shop.store, g, {x}, {at::conv2d(x, w.to(at::kFloat))}) < 1e-6);
}

TEST_CASE("a quantised ONNX network is computed with reals, clipped as it was") {
  const import_fixture shop;
  onnx_maker net;
  net.input("x", {1, 2, 3, 3}).output("y");
  net.floats("s", {}, {0.5F});
  net.constant("z", {}, std::vector<std::uint8_t>{0}, onnx::TensorProto::UINT8);
  net.constant("w", {1, 2, 1, 1}, std::vector<std::int8_t>{4, -2}, onnx::TensorProto::INT8);
  net.constant("wz", {}, std::vector<std::int8_t>{0}, onnx::TensorProto::INT8);
  net.node("QuantizeLinear", {"x", "s", "z"}, {"q"});
  net.node("DequantizeLinear", {"q", "s", "z"}, {"d"});
  net.node("DequantizeLinear", {"w", "s", "wz"}, {"wd"});
  net.node("Conv", {"d", "wd"}, {"y"});
  const auto made = import_onnx(shop, net);
  CHECK(contains(made.model.remark, "It was quantised"));
  const auto x = noise({1, 2, 3, 3}) * 10;
  const auto weight = at::tensor({2.0F, -1.0F}).reshape({1, 2, 1, 1});
  const auto expected = at::conv2d(x.clamp(0, 127.5), weight);
  CHECK(difference(shop.store, made.model.model, {x}, {expected}) < 1e-5);
}

TEST_CASE("an If of an ONNX network that is known is taken, another refused by name") {
  const import_fixture shop;
  const auto with_condition = [](const std::string& condition) {
    onnx_maker net;
    net.input("x", {2, 3}).output("y");
    net.ints("six", {6});
    net.floats("nothing", {1}, {0});
    net.node("Size", {"x"}, {"size"});
    net.node("Equal", {"size", "six"}, {"known"});
    net.node("ReduceMax", {"x"}, {"most"});
    net.node("Greater", {"most", "nothing"}, {"open"});
    auto& choice = net.node("If", {condition}, {"y"});
    for (const auto& [branch, op] :
         {std::pair{"then_branch", "Neg"}, std::pair{"else_branch", "Abs"}}) {
      auto& attribute = *choice.add_attribute();
      attribute.set_name(branch);
      attribute.set_type(onnx::AttributeProto::GRAPH);
      attribute.mutable_g()->set_name(branch);
      onnx_maker::add(*attribute.mutable_g(), op, {"x"}, {"chosen"});
      attribute.mutable_g()->add_output()->set_name("chosen");
      attribute.mutable_g()
          ->mutable_output(0)
          ->mutable_type()
          ->mutable_tensor_type()
          ->set_elem_type(1);
    }
    return net;
  };
  const auto g = import_onnx(shop, with_condition("known")).model.model;
  const auto x = noise({2, 3});
  CHECK(difference(shop.store, g, {x}, {-x}) < 1e-6);
  CHECK(
      contains(refusal_of(shop, with_condition("open")), "the node If_5 (If) chooses between two"));
}

TEST_CASE("nodes of an ONNX network without equivalent are named all at once") {
  const import_fixture shop;
  onnx_maker net;
  net.model.add_opset_import()->set_domain("com.example");
  net.model.mutable_opset_import(1)->set_version(1);
  net.input("x", {2, 3}).output("y");
  net.node("Twirl", {"x"}, {"t"}).set_domain("com.example");
  net.node("RandomNormalLike", {"t"}, {"r"});
  net.node("Add", {"t", "r"}, {"y"});
  const auto why = refusal_of(shop, net);
  CHECK(contains(why, "Twirl_1 (com.example.Twirl)"));
  CHECK(contains(why, "RandomNormalLike_2 (RandomNormalLike), which is random"));
  CHECK(shop.empty());
}

TEST_CASE("a few numbers of an ONNX file do not take the machine's memory") {
  const import_fixture shop;
  onnx_maker fill;
  fill.input("x", {1}).output("y");
  fill.ints("much", {1 << 20, 1 << 20});
  fill.node("ConstantOfShape", {"much"}, {"c"});
  fill.node("Add", {"x", "c"}, {"y"});
  CHECK(contains(refusal_of(shop, fill), "the node ConstantOfShape_1"));
  onnx_maker spread;
  spread.input("x", {1}).output("y");
  spread.ints("much", {1 << 20, 1 << 20});
  spread.node("Expand", {"x", "much"}, {"y"});
  CHECK(contains(refusal_of(shop, spread), "the node Expand_1"));
  onnx_maker given_much;
  given_much.input("x", {1 << 20, 1 << 20}).output("y");
  given_much.node("Relu", {"x"}, {"y"});
  CHECK(contains(refusal_of(shop, given_much), "too large"));
  onnx_maker around;
  around.input("x", {1, 1, 2, 2}).output("y");
  around.ints("much", {0, 0, 1LL << 40, 0, 0, 0, 0, 0});
  around.node("Pad", {"x", "much"}, {"y"});
  CHECK(contains(refusal_of(shop, around), "the node Pad_1"));
}

TEST_CASE("tensors take no more memory than a limit allows, all together") {
  const auto kilobytes = [](std::int64_t count) { return at::empty({count * 1024}, at::kByte); };
  at::Tensor kept;
  {
    const memory_limit limit{std::uint64_t{1} << 20};
    kept = kilobytes(600);
    CHECK_THROWS_AS(kilobytes(600), std::runtime_error);
    CHECK_THROWS_AS(kilobytes(2000), std::runtime_error);
    for (int i = 0; i < 10; ++i) CHECK(kilobytes(300).defined());  // given back each time
  }
  CHECK(kilobytes(2000).defined());
  kept.fill_(1);
  CHECK(kept.sum().item<std::int64_t>() == 600 * 1024);
  const memory_limit again{std::uint64_t{1} << 20};
  CHECK(kilobytes(900).defined());  // what is kept from before does not count
}

TEST_CASE("two inputs of an ONNX network keep their names, whatever is in them") {
  const import_fixture shop;
  onnx_maker net;
  net.input("images:0", {1, 3}).input("7", {1, 3}).output("sum").output("product");
  net.node("Add", {"images:0", "7"}, {"sum"});
  net.node("Mul", {"images:0", "7"}, {"product"});
  const auto made = import_onnx(shop, net, {"images:0=1x3", "7=1x3"}).model;
  CHECK(made.input_names == std::vector<std::string>{"images:0", "7"});
  const auto a = noise({1, 3}), b = noise({1, 3});
  CHECK(difference(shop.store, made.model, {a, b}, {a + b, a * b}) < 1e-6);
}
