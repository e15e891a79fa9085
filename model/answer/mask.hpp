#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/graph/host_tensor.hpp"
#include "model/graph/understanding.hpp"
#include "model/image/placement.hpp"

namespace bramble {

/// Each pixel's class, row by row from the left upper corner.
struct class_mask {
  static constexpr std::uint16_t unseen = 0xFFFF;  ///< of a pixel that the network was not shown

  int width = 0, height = 0;
  std::vector<std::uint16_t> classes;

  bool operator==(const class_mask&) const = default;
};

/// The mask that a network answered with, in its own pixels: of several numbers for a pixel the
/// largest one's place; of one number 1 where it is at least 0.5, or, where some number is outside
/// of 0..1 and they are logits therefore, at least 0; whole numbers are classes as they are. Throws
/// `user_error` for what is no number, and for classes below 0 or beyond 65534.
class_mask read_mask(const understanding& known, std::span<const host_tensor> outputs);

/// The same in a photo's pixels, each of which has the class of the network's pixel that it lies
/// in. What was cut off is `unseen`.
class_mask mask_of_photo(const class_mask& mask, const photo_placement& placement);

struct class_share {
  std::size_t index = 0;
  double share = 0;  ///< of all pixels the network was shown

  bool operator==(const class_share&) const = default;
};

/// The classes that there are, the largest first. Of the network's mask pixels on bars beside the
/// photo do not count, where it was one.
std::vector<class_share> shares_of(const class_mask& mask,
                                   const std::optional<photo_placement>& placement = {});

}  // namespace bramble
