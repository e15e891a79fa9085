#include "model/runtime/kernel.hpp"

#include <cstring>

namespace bramble {

tensor_view dense_view(std::uint8_t* data, const region& box) {
  return {data, box, box.columns.size() * box.channels.size(), box.channels.size()};
}

tensor_view part_of(const tensor_view& view, const region& inner) {
  auto* first = view.pixel(inner.rows.begin, inner.columns.begin) +
                (inner.channels.begin - view.box.channels.begin);
  return {reinterpret_cast<std::uint8_t*>(first), inner, view.row_stride, view.pixel_stride};
}

void copy_box(const tensor_view& from, const tensor_view& to, const region& box) {
  if (box.empty()) return;
  const auto source = part_of(from, box);
  const auto target = part_of(to, box);
  if (source.dense() && target.dense()) {
    std::memcpy(target.data, source.data, static_cast<std::size_t>(box.elements()) * sizeof(float));
    return;
  }
  // Pixels that follow each other in both views make one run per row.
  const bool whole_rows =
      source.pixel_stride == box.channels.size() && target.pixel_stride == box.channels.size();
  const auto runs = whole_rows ? 1 : box.columns.size();
  const auto run_bytes =
      static_cast<std::size_t>((whole_rows ? box.columns.size() : 1) * box.channels.size()) *
      sizeof(float);
  for (auto row = box.rows.begin; row < box.rows.end; ++row)
    for (std::int64_t i = 0; i < runs; ++i)
      std::memcpy(target.pixel(row, box.columns.begin + i),
                  source.pixel(row, box.columns.begin + i), run_bytes);
}

std::string describe_op(const graph& g, op_id id) {
  return "op " + std::to_string(id) + " (" + g.ops[id].name + ")";
}

}  // namespace bramble
