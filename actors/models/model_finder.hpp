#pragma once

#include "actors/membership/peer_models.hpp"
#include "actors/models/model_reader.hpp"
#include "model/store/store_watch.hpp"

namespace bramble {

struct model_finder_config {
  std::string self;
  caf::actor reader;       ///< model_reader
  caf::actor model_cache;  ///< model_cache
  /// Both outlive the actor.
  const store_watch* watch = nullptr;
  const peer_models* peers = nullptr;
};

struct model_finder_state {
  static inline const char* name = "model_finder";
  model_finder_config config;
  std::size_t fetching = 0;  ///< models that somebody waits for
};

/// Models belong to the shelf: a name is looked up among all nodes, means the same on each, and
/// what is not on this one is fetched from one that has it. Touches no disk itself.
///
/// Messages: (open_atom, name or prefix of an identity) -> opened_model_ptr, once it is here, or a
/// sentence: what the reader says, that the name is contested, or why no holder could give it;
/// (detail_atom) -> text.
caf::behavior model_finder(caf::stateful_actor<model_finder_state>* self,
                           model_finder_config config);

}  // namespace bramble
