#pragma once

#include <map>
#include <memory>
#include <string>

#include "actors/internal/actors.hpp"
#include "model/store/store.hpp"

namespace bramble {

struct model_reader_state {
  static inline const char* name = "model_reader";
  std::map<std::string, std::weak_ptr<const opened_model>> open;  ///< by identity; what others keep
};

/// Reads manifests for actors that share their thread with others and must not wait for a disk.
/// Waits for it itself: spawn it detached. What cannot be opened is answered with the sentence that
/// `model_store::resolve` or `load` complains with.
model_reader_actor::behavior_type model_reader(
    model_reader_actor::stateful_pointer<model_reader_state> self, const model_store& store);

}  // namespace bramble
