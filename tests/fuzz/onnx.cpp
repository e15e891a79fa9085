// ONNX files: what becomes plain data of them, without LibTorch.
#include "model/import/onnx/file/read_onnx.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace bramble;

namespace {

void look_at(const onnx_graph& graph);

void look_at(const onnx_tensor& tensor) {
  if (tensor.type == onnx_type::text) return;
  std::size_t count = 1;
  for (const auto size : tensor.shape) count *= static_cast<std::size_t>(size);
  must(tensor.bytes.size() == count * size_of(tensor.type));
  unsigned sum = 0;
  for (const auto byte : tensor.bytes) sum += byte;
  must(tensor.bytes.empty() || sum <= 255U * tensor.bytes.size());
}

void look_at(const onnx_node& node, std::int64_t opset) {
  must(!describe(node).empty());
  for (const auto& [name, value] : node.attributes) {
    if (const auto* tensor = std::get_if<onnx_tensor>(&value)) look_at(*tensor);
    if (const auto* graph = std::get_if<std::shared_ptr<const onnx_graph>>(&value))
      look_at(**graph);
  }
  has_definition(node, opset);
}

void look_at(const onnx_graph& graph) {
  for (const auto& constant : graph.constants) look_at(constant);
  for (const auto& node : graph.nodes) look_at(node, 13);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  succeeds_or_complains([&] {
    const auto model = read_onnx(byte_span{data, size}, {}, "the fuzzer");
    look_at(model.graph);
    for (const auto& function : model.functions)
      for (const auto& node : function.nodes) look_at(node, 13);
  });
  return 0;
}
