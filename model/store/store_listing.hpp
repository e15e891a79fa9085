#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/store/store.hpp"

namespace bramble {

/// What one look at a store found. Immutable once it is shared: safe to read from any thread, and
/// no question to it touches a disk.
struct store_listing {
  /// As `model_store::list` has them. `last_use` and `in_use` are those of the moment of the look:
  /// that a model is opened or closed is no reason for another one.
  std::vector<stored_model> models;
  /// Why the store could not be read, a sentence; `models` are those of the last time it could.
  /// Empty: it could.
  std::string trouble;

  /// The identity that `model_store::resolve` would find. Nothing where that would complain, or
  /// would have to look closer: it says what is wrong.
  std::optional<std::string> resolve(const std::string& name_or_identity) const;

  /// What the name means here; nothing where it is free or damaged.
  std::optional<name_record> record_of(const std::string& name) const;

  /// The manifest and every blob are here.
  bool is_complete(const std::string& identity) const;

  /// The complete models, in the order of `models`.
  std::vector<named_model> complete_models() const;
};

using store_listing_ptr = std::shared_ptr<const store_listing>;

}  // namespace bramble
