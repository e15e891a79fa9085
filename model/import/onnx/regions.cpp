// Regions of interest, read between pixels.
#include "model/import/onnx/op_table.hpp"

namespace bramble {
namespace {

/// Where the samples of an axis lie: regions x (cells * samples of each).
at::Tensor places(const at::Tensor& begin, const at::Tensor& cell, std::int64_t cells,
                  std::int64_t samples) {
  const auto steps = at::add(at::arange(cells * samples, begin.options()), 0.5);
  return at::add(at::unsqueeze(begin, 1),
                 at::mul(at::unsqueeze(cell, 1),
                         at::div(at::unsqueeze(steps, 0), static_cast<double>(samples))));
}

struct neighbours {
  at::Tensor low, high;  // indices
  at::Tensor low_share, high_share;
};

/// Outside of the picture nothing is read; at its border the border is.
neighbours neighbours_of(const at::Tensor& at_place, std::int64_t size) {
  const auto inside =
      at::logical_and(at::ge(at_place, -1), at::le(at_place, size)).to(at_place.scalar_type());
  const auto x = at::clamp(at_place, 0, size - 1);
  const auto low = at::floor(x);
  const auto high = at::clamp(at::add(low, 1), 0, size - 1);
  const auto share = at::sub(x, low);
  return {low.to(at::kLong), high.to(at::kLong), at::mul(at::rsub(share, 1), inside),
          at::mul(share, inside)};
}

onnx_answers align(const node_call& call) {
  const auto &x = call.in(0), &boxes = call.in(1);
  const auto picture = call.in(2).to(at::kLong);
  const auto rows = call.attribute("output_height", 1), columns = call.attribute("output_width", 1);
  const auto samples = call.attribute("sampling_ratio", 0);
  if (x.dim() != 4 || boxes.dim() != 2 || boxes.size(1) != 4)
    call.refuse("needs pictures and boxes");
  if (samples < 1)
    call.refuse(
        "reads as many samples as its boxes are large (sampling_ratio=0), which is only "
        "known when it runs");
  const auto count = boxes.size(0);
  call.check_size({count, x.size(1), rows * samples, columns * samples});
  const auto scale = call.real("spatial_scale", 1);
  const bool half =
      call.text("coordinate_transformation_mode",
                call.opset() >= 16 ? "half_pixel" : "output_half_pixel") == "half_pixel";
  const auto edge = [&](std::int64_t i) {
    return at::sub(at::mul(at::select(boxes, 1, i), scale), half ? 0.5 : 0.0);
  };
  const auto span = [&](std::int64_t i) {
    const auto size = at::sub(edge(i + 2), edge(i));
    return half ? size : at::clamp_min(size, 1);
  };
  const auto ys = neighbours_of(
      places(edge(1), at::div(span(1), static_cast<double>(rows)), rows, samples), x.size(2));
  const auto xs = neighbours_of(
      places(edge(0), at::div(span(0), static_cast<double>(columns)), columns, samples), x.size(3));
  const auto of = at::reshape(picture, {count, 1, 1});
  const auto corner = [&](const at::Tensor& y, const at::Tensor& xx, const at::Tensor& share_y,
                          const at::Tensor& share_x) {
    // Channels last, where indexing puts them.
    const auto read =
        at::index(at::permute(x, {0, 2, 3, 1}), {of, at::unsqueeze(y, 2), at::unsqueeze(xx, 1)});
    return std::pair{
        read, at::unsqueeze(at::mul(at::unsqueeze(share_y, 2), at::unsqueeze(share_x, 1)), 3)};
  };
  const std::pair<at::Tensor, at::Tensor> corners[] = {
      corner(ys.low, xs.low, ys.low_share, xs.low_share),
      corner(ys.low, xs.high, ys.low_share, xs.high_share),
      corner(ys.high, xs.low, ys.high_share, xs.low_share),
      corner(ys.high, xs.high, ys.high_share, xs.high_share)};
  const bool largest = call.text("mode", "avg") == "max";
  at::Tensor mixed;
  for (const auto& [read, share] : corners) {
    const auto part = at::mul(read, share);
    if (!mixed.defined())
      mixed = part;
    else
      mixed = largest ? at::maximum(mixed, part) : at::add(mixed, part);
  }
  const auto cells = at::reshape(mixed, {count, rows, samples, columns, samples, x.size(1)});
  const auto out = largest ? at::amax(cells, {2, 4}) : at::mean(cells, at::IntArrayRef{2, 4});
  return {at::permute(out, {0, 3, 1, 2})};
}

}  // namespace

const std::vector<onnx_op>& onnx_regions() {
  static const std::vector<onnx_op> all{{"RoiAlign", align}};
  return all;
}

}  // namespace bramble
