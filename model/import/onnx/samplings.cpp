// Pixels read between pixels.
#include "model/import/onnx/op_table.hpp"

namespace bramble {
namespace {

std::int64_t number_of(const node_call& call, const std::string& what,
                       const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == what) return static_cast<std::int64_t>(i % 3);
  call.refuse("samples by " + what + ", which is not known");
}

onnx_answers by_grid(const node_call& call) {
  // Opset 20 has other names for the same.
  const auto mode = number_of(call, call.text("mode", "bilinear"),
                              {"bilinear", "nearest", "bicubic", "linear", "nearest", "cubic"});
  if (mode == 1 && call.rank(0) == 5)
    call.refuse("takes the nearest element of a volume, where LibTorch rounds halves another way");
  const auto padding =
      number_of(call, call.text("padding_mode", "zeros"), {"zeros", "border", "reflection"});
  return {
      at::grid_sampler(call.in(0), call.in(1), mode, padding, call.flag("align_corners", false))};
}

}  // namespace

const std::vector<onnx_op>& onnx_samplings() {
  static const std::vector<onnx_op> all{{"GridSample", by_grid}};
  return all;
}

}  // namespace bramble
