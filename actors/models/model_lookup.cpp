#include "actors/models/model_lookup.hpp"

#include <algorithm>

#include "config/defaults_store.hpp"

namespace bramble {

opened_model_ptr model_lookup::recall(const std::string& name) {
  if (known_.empty() || source_.watch == nullptr) return nullptr;
  const auto listing = source_.watch->current();
  const auto identity = listing ? listing->resolve(name) : std::nullopt;
  if (!identity || !means(name, *identity, *listing)) return nullptr;
  const auto found = std::find_if(known_.begin(), known_.end(), [&](const opened_model_ptr& each) {
    return each->identity == *identity;
  });
  if (found == known_.end()) return nullptr;
  std::rotate(found, found + 1, known_.end());
  return known_.back();
}

/// Whether the shelf agrees with this store about the name.
bool model_lookup::means(const std::string& name, const std::string& identity,
                         const store_listing& here) const {
  if (source_.peers == nullptr) return true;
  const auto meaning = meaning_among(name, "", here.record_of(name), *source_.peers->last());
  return !meaning || meaning->identity == identity;
}

void model_lookup::keep(const opened_model_ptr& model) {
  std::erase_if(known_, [&](const auto& each) { return each->identity == model->identity; });
  known_.push_back(model);
  if (known_.size() > defaults::manifests_kept) known_.pop_front();
}

}  // namespace bramble
