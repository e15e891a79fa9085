#include "model/runtime/weight_source.hpp"

#include "model/runtime/half.hpp"

namespace bramble {
namespace {

/// The f32 that a blob of halves stands for, in memory of its own: a kernel that packs its weights
/// only needs it while it packs.
blob widened(byte_span halves) {
  const auto count = halves.size() / sizeof(std::uint16_t);
  const std::shared_ptr<float[]> floats{new float[count]};
  halves_to_floats(reinterpret_cast<const std::uint16_t*>(halves.data()), floats.get(),
                   static_cast<std::int64_t>(count));
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(floats.get());
  return {floats, {bytes, count * sizeof(float)}};
}

}  // namespace

weight_source::weight_source(std::shared_ptr<const graph> g, blob_loader load)
    : graph_{std::move(g)},
      load_{std::move(load)},
      files_(graph_->weights.size()),
      widened_(graph_->weights.size()) {}

/// As it lies there.
blob weight_source::file(weight_id id) {
  auto& known = files_[id];
  if (auto keep = known.keep.lock()) return {keep, known.bytes};
  const auto& info = graph_->weights[id];
  auto fresh = load_(info.sha256);
  const auto expected = blob_bytes(info);
  if (fresh.bytes.size() != expected)
    throw user_error("Weight " + info.sha256 + " of " + graph_->name + " has " +
                     std::to_string(fresh.bytes.size()) + " bytes instead of " +
                     std::to_string(expected) + "; remove its file and fetch the model again.");
  known = {fresh.keep, fresh.bytes};
  return fresh;
}

blob weight_source::get(weight_id id) {
  const auto& shape = graph_->weights[id].shape;
  return part(id, {0, shape.empty() ? 1 : shape[0]});
}

blob weight_source::part(weight_id id, interval rows) {
  const auto& info = graph_->weights[id];
  if (info.stored_as_half) {
    std::erase_if(widened_[id], [](const auto& w) { return w.content.keep.expired(); });
    for (const auto& known : widened_[id])
      if (known.rows == rows)
        if (auto keep = known.content.keep.lock()) return {keep, known.content.bytes};
  }
  auto content = file(id);
  const auto all = info.shape.empty() ? 1 : static_cast<std::size_t>(info.shape[0]);
  const auto per_row = content.bytes.size() / all;
  content.bytes = content.bytes.subspan(static_cast<std::size_t>(rows.begin) * per_row,
                                        static_cast<std::size_t>(rows.size()) * per_row);
  if (!info.stored_as_half) return content;
  auto wide = widened(content.bytes);
  widened_[id].push_back({rows, {wide.keep, wide.bytes}});
  return wide;
}

}  // namespace bramble
