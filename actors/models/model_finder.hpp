#pragma once

#include "actors/internal/actors.hpp"
#include "actors/membership/peer_models.hpp"
#include "model/store/store_watch.hpp"

namespace bramble {

struct model_finder_config {
  std::string self;
  model_reader_actor reader;
  model_cache_actor model_cache;
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
/// what is not on this one is fetched from one that has it. Touches no disk itself. What cannot be
/// opened is answered with a sentence: what the reader says, that the name is contested, or why no
/// holder could give it.
model_finder_actor::behavior_type model_finder(
    model_finder_actor::stateful_pointer<model_finder_state> self, model_finder_config config);

}  // namespace bramble
