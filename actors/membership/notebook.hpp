#pragma once

#include <caf/all.hpp>
#include <filesystem>
#include <string>

namespace bramble {

struct notebook_state {
  static inline const char* name = "notebook";
  bool complained = false;
};

/// Writes each text that it gets into the file, in place of the last one. It is there for those who
/// must not wait for a disk: spawn it detached. A text that cannot be written is told once and
/// lost.
caf::behavior notebook(caf::stateful_actor<notebook_state>* self,
                       const std::filesystem::path& file);

}  // namespace bramble
