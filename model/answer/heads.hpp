#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "model/answer/boxes.hpp"
#include "model/graph/host_tensor.hpp"
#include "model/graph/understanding.hpp"

namespace bramble {

/// A detector's candidates.
struct candidates {
  std::vector<detection> found;  ///< in the input's pixels
  /// The class that the first label names: 1 where class 0 is the background and has no label.
  std::size_t first_label = 0;
};

/// Candidates whose score is at least `threshold`, each with its best class. How many labels there
/// are and what the first one is called decide whether there is a class for "nothing": of SSD it is
/// class 0, unless each class has a label and the first is not "background"; of DETR the last one,
/// unless each class has a label.
///
/// Coordinates of which none is beyond 2 are taken as shares of the input. Throws `user_error` for
/// scores that are no probabilities and for coordinates that are no numbers: the model is not what
/// `known` says.
candidates read_candidates(const understanding& known, std::span<const host_tensor> outputs,
                           double threshold, const std::vector<std::string>& labels);

}  // namespace bramble
