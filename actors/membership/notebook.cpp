#include "actors/membership/notebook.hpp"

#include <spdlog/spdlog.h>

#include "config/base/files.hpp"

namespace bramble {

notebook_actor::behavior_type notebook(notebook_actor::stateful_pointer<notebook_state> self,
                                       const std::filesystem::path& file) {
  return {
      [=](const std::string& text) {
        try {
          write_file_atomically(file, as_bytes(text));
          self->state.complained = false;
        } catch (const user_error& e) {
          if (!std::exchange(self->state.complained, true)) spdlog::warn("{}", e.what());
        }
      },
      [=](detail_atom) -> std::string { return file.filename().string(); },
  };
}

}  // namespace bramble
