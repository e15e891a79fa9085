#include "actors/model_lookup.hpp"

#include <algorithm>

namespace bramble {

opened_model_ptr model_lookup::recall(const std::string& name) {
  if (known_.empty() || source_.watch == nullptr) return nullptr;
  const auto listing = source_.watch->current();
  const auto identity = listing ? listing->resolve(name) : std::nullopt;
  if (!identity) return nullptr;
  const auto found = std::find_if(known_.begin(), known_.end(), [&](const opened_model_ptr& each) {
    return each->identity == *identity;
  });
  if (found == known_.end()) return nullptr;
  std::rotate(found, found + 1, known_.end());
  return known_.back();
}

void model_lookup::keep(const opened_model_ptr& model) {
  std::erase_if(known_, [&](const auto& each) { return each->identity == model->identity; });
  known_.push_back(model);
  if (known_.size() > defaults::manifests_kept) known_.pop_front();
}

/// A timeout without a name would be taken for that of a node.
caf::error model_lookup::plain(const caf::error& e) {
  if (e != caf::sec::request_timeout) return e;
  return failure("The disk with the models of this node did not answer in time.");
}

}  // namespace bramble
