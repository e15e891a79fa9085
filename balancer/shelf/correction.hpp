#pragma once

#include <array>
#include <deque>

#include "balancer/shelf/shelf.hpp"

namespace bramble {

/// A piece that was run: what it took, in wall-clock milliseconds.
struct piece_time {
  op_id op = 0;
  region out;
  double ms = 0;
};

/// What executed pieces say about a device's calibration. Heat, a frequency cap or foreign load
/// make all ops of a kind slower by about one factor; the median of the last runs follows such a
/// change within a few requests and does not follow a single outlier. A run whose pieces agree on a
/// step is believed at once. Not thread-safe.
class capacity_correction {
 public:
  /// The pieces of one run on a device whose calibration is `table`. Pieces without samples say
  /// nothing.
  void observe(const graph& g, const op_table& table, const std::vector<piece_time>& pieces);

  /// How many times slower than its calibration the device runs ops of this kind; 1 while not
  /// enough runs are known.
  double factor(op_kind kind) const;

  /// The device has become so many times slower (or, below 1, quicker) with all ops since, as
  /// something else than its pieces shows.
  void scale(double factor);

  /// `table` as it would be measured now.
  op_table corrected(const graph& g, const op_table& table) const;

 private:
  std::array<std::deque<double>, op_kinds> ratios_;
};

}  // namespace bramble
