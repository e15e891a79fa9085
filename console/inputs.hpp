#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actors/protocol/messages.hpp"
#include "console/answer_files.hpp"

namespace bramble {

/// Files for a model's inputs, as somebody typed them.
struct typed_inputs {
  /// Each a file for the next input that has none, or NAME=FILE where an input has that name.
  std::vector<std::string> words;
  std::vector<std::string> named;  ///< NAME=FILE in any case
};

/// The file of each input, in the model's order. Throws `user_error`, which says what to type, when
/// there are too many or too few, or names that the model does not have.
std::vector<std::string> assign_files(const model_description& model, const typed_inputs& typed);

/// What is fed to a model, and what is to be told about it (sentences).
struct fed_inputs {
  std::vector<host_tensor> tensors;
  std::vector<std::string> warnings;
  std::optional<asked_photo> photo = {};  ///< the first one, if there is any

  std::optional<photo_placement> placement() const;
};

/// From a photo or tensor file for each input, fitted as the model means it.
fed_inputs load_inputs(const model_description& model, const typed_inputs& typed);

/// Seeded noise in 0..1 for each input; zeros where it takes whole numbers, which often are places
/// in a table whose size nobody knows.
fed_inputs noise_inputs(const model_description& model);

/// "a (1x3x64x64) and b (1x4 int64)".
std::string text_of(const std::vector<named_form>& inputs);

/// Tells each warning on standard error.
void tell(const std::vector<std::string>& warnings);

}  // namespace bramble
