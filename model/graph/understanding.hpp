#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "model/graph/meaning.hpp"
#include "model/graph/named_form.hpp"
#include "model/graph/photo_frame.hpp"

namespace bramble {

/// A model's meaning, with what its owner left out filled in from the shapes of its inputs and
/// outputs.
struct understanding {
  meaning what;
  bool guessed = false;  ///< nobody said the task; the shapes are unmistakable
  std::string reading;   ///< how the answer is read, as in "a detector's with ..."; may be empty
  /// The input that a photo becomes, if there is one.
  std::optional<photo_frame> photo;
  /// Outputs with the answer: of a detector the boxes, and the scores where they stand apart.
  std::size_t answer = 0;
  std::optional<std::size_t> scores;
  /// Classes that the answer tells apart; 0: any number, or none.
  std::size_t classes = 0;
};

/// Never fails where nothing was said. Throws `user_error` when what was said cannot be of a model
/// with these inputs and outputs; `where` begins the sentence. With the task `none` and where
/// nothing is unmistakable the task stays what it is.
understanding understand(const meaning& said, const std::vector<named_form>& inputs,
                         const std::vector<named_form>& outputs, const std::string& where);

/// Throws `user_error` unless there are no labels or as many as the answer has classes. Where it
/// has a class for "nothing", there may be one less; a mask of one class may have two. `what`
/// begins the sentence.
void check_labels(const std::vector<std::string>& labels, const understanding& known,
                  const std::string& what);

}  // namespace bramble
