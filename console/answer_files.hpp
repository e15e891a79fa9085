#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actors/protocol/messages.hpp"
#include "model/answer/answer.hpp"

namespace bramble {

/// What `--output` names, by its ending; what has none of these, or is a folder, is a folder.
enum class output_kind { none, folder, npy, npz, json, png };
output_kind kind_of_output(const std::string& path);

/// The photo that was asked about.
struct asked_photo {
  std::string file;
  photo_placement placement;
};

/// Where one answer is written: `--output FILE` and `--overlay FILE.png`.
struct answer_files {
  std::string output;   ///< empty, or a folder, which is another's affair
  std::string overlay;  ///< a photo with what was found on it; empty: none

  bool wanted() const;
  /// Before anything is asked: throws `user_error`, which says what to type, when this model's
  /// answers cannot be written so, or over one of the files `inputs`.
  void check(const model_description& model, const understanding& known,
             const std::vector<std::string>& inputs) const;
  /// Each file whole or not at all; which were written. Throws `user_error`.
  std::vector<std::string> write(const model_description& model, const answer& what,
                                 const std::vector<host_tensor>& outputs,
                                 const std::optional<asked_photo>& photo) const;
};

}  // namespace bramble
