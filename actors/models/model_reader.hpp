#pragma once

#include <caf/all.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "model/store/store.hpp"

namespace bramble {

/// A model's identity and manifest, as they are in the store. Immutable, shared.
struct opened_model {
  std::string identity;
  manifest content;
};
using opened_model_ptr = std::shared_ptr<const opened_model>;

/// What a name means in this node's store; nothing where it is free or damaged.
struct local_name {
  std::optional<name_record> record;
};

using open_atom = caf::atom_constant<caf::atom("open")>;

struct model_reader_state {
  static inline const char* name = "model_reader";
  std::map<std::string, std::weak_ptr<const opened_model>> open;  ///< by identity; what others keep
};

/// Reads manifests for actors that share their thread with others and must not wait for a disk.
/// Waits for it itself: spawn it detached.
///
/// Messages: (open_atom, name or prefix of an identity) -> opened_model_ptr, or the sentence that
/// `model_store::resolve` or `load` complains with; (meaning_atom, name) -> what the name means in
/// this store, as local_name; (detail_atom) -> text.
caf::behavior model_reader(caf::stateful_actor<model_reader_state>* self, const model_store& store);

}  // namespace bramble

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::opened_model_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::local_name)
