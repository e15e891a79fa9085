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
    : graph_{std::move(g)}, load_{std::move(load)}, known_(graph_->weights.size()) {}

blob weight_source::get(weight_id id) {
  auto& known = known_[id];
  if (auto keep = known.keep.lock()) return {keep, known.bytes};
  const auto& info = graph_->weights[id];
  auto fresh = load_(info.sha256);
  const auto expected = blob_bytes(info);
  if (fresh.bytes.size() != expected)
    throw user_error("Weight " + info.sha256 + " of " + graph_->name + " has " +
                     std::to_string(fresh.bytes.size()) + " bytes instead of " +
                     std::to_string(expected) + "; remove its file and fetch the model again.");
  if (info.stored_as_half) fresh = widened(fresh.bytes);
  known = {fresh.keep, fresh.bytes};
  return fresh;
}

}  // namespace bramble
