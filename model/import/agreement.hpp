#pragma once

#include <functional>
#include <memory>
#include <string>

#include "model/import/original.hpp"

namespace bramble {

/// The largest difference of two answers: of floats relative to the largest value, of whole numbers
/// and truth values the share of elements that differ. Infinite for other shapes or types.
double difference(const tensors& a, const tensors& b);

/// Says how far an imported graph may be from its original. Ordinary networks answer equally but
/// for a fixed tolerance; where one does not, its original is opened again and judged by itself: by
/// how much its answer moves when it is computed in float64, or when the last bits of its input and
/// weights change.
class agreement {
 public:
  /// `open` makes the original anew; called when it is needed.
  explicit agreement(std::function<original_model()> open) : open_{std::move(open)} {}

  /// Whether `made` is the original's answer `wanted` to `inputs`.
  bool agrees(const tensors& made, const tensors& wanted, const tensors& inputs);

  /// The figures of the last comparison that failed: "differs by 0.3 of the largest value where the
  /// network's own rounding accounts for 2e-06".
  std::string figures() const;
  /// What to tell the model's owner: how much the network amplifies rounding. Empty when no more
  /// than usual.
  std::string remark() const;

 private:
  double sensitivity(const tensors& inputs);

  std::function<original_model()> open_;
  double off_ = 0, own_ = 0;              ///< of the last comparison
  double worst_off_ = 0, worst_own_ = 0;  ///< of those that needed the original
};

}  // namespace bramble
