#pragma once

#include <filesystem>

#include "actors/internal/actors.hpp"

namespace bramble {

struct notebook_state {
  static inline const char* name = "notebook";
  bool complained = false;
};

/// Writes each text that it gets into the file, in place of the last one. It is there for those who
/// must not wait for a disk: spawn it detached. A text that cannot be written is told once and
/// lost.
notebook_actor::behavior_type notebook(notebook_actor::stateful_pointer<notebook_state> self,
                                       const std::filesystem::path& file);

}  // namespace bramble
