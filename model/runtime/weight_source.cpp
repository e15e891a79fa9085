#include "model/runtime/weight_source.hpp"

namespace bramble {

weight_source::weight_source(std::shared_ptr<const graph> g, blob_loader load)
    : graph_{std::move(g)}, load_{std::move(load)}, known_(graph_->weights.size()) {}

blob weight_source::get(weight_id id) {
  auto& known = known_[id];
  if (auto keep = known.keep.lock()) return {keep, known.bytes};
  const auto& info = graph_->weights[id];
  auto fresh = load_(info.sha256);
  const auto expected = element_count(info.shape) * size_of(info.type);
  if (fresh.bytes.size() != expected)
    throw user_error("Weight " + info.sha256 + " of " + graph_->name + " has " +
                     std::to_string(fresh.bytes.size()) + " bytes instead of " +
                     std::to_string(expected) + "; remove its file and fetch the model again.");
  known = {fresh.keep, fresh.bytes};
  return fresh;
}

}  // namespace bramble
