#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "config/defaults_answer.hpp"
#include "model/answer/boxes.hpp"
#include "model/answer/mask.hpp"
#include "model/graph/host_tensor.hpp"
#include "model/graph/understanding.hpp"
#include "model/image/classification.hpp"
#include "model/image/photo_tensor.hpp"
#include "model/image/placement.hpp"

namespace bramble {

/// What somebody wants to know of an answer.
struct reading {
  std::size_t top = 5;  ///< classes
  double threshold = defaults::box_score_least;
  double overlap = defaults::box_overlap_most;
  std::vector<std::string> labels = {};
};

struct found_box {
  std::size_t index = 0;  ///< of its class, as the network numbers it
  std::string label;      ///< empty without labels
  double score = 0;
  box where;  ///< in the photo's pixels, inside of it; in the input's, where that was no photo

  bool operator==(const found_box&) const = default;
};

struct found_boxes {
  std::vector<found_box> boxes;  ///< the best first
  bool in_photo = false;
};

struct found_share {
  std::size_t index = 0;
  std::string label;
  double share = 0;
};

struct found_mask {
  class_mask mask;  ///< in the network's pixels
  std::vector<found_share> shares;
  bool has_background = false;  ///< class 0 is none
};

/// What an answer says; nothing, where nobody knows.
using answer =
    std::variant<std::monostate, std::vector<class_score>, found_boxes, found_mask, image>;

/// Reads an answer as its model means it. `placement` is that of the photo that was asked about;
/// empty: it was no photo. Throws `user_error` where the answer is not what `known` says.
answer read_answer(const understanding& known, std::span<const host_tensor> outputs,
                   const std::optional<photo_placement>& placement, const normalisation& normalise,
                   const reading& how);

/// "cat 0.93", "class 17 0.93": what stands beside a box.
std::string text_of(const found_box& found);

}  // namespace bramble
