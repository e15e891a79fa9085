#pragma once

#include <optional>

#include "model/plan/op_table.hpp"
#include "model/runtime/device_model.hpp"

namespace bramble {

/// A part of an op, made by itself, beside the same part of the whole op.
struct part_bits {
  bool same = false;
  double difference = 0;  ///< the largest, as a share of the largest value of the whole
};

/// Finds out which bits this device gives an op, by making it of made-up data that is the same
/// everywhere. Knows nothing of libraries or processors: what differs is seen to differ.
///
/// `device` needs `made_up_blobs` for weights (real ones do as well, but then other models' ops
/// cannot be compared). On its computing thread. One op at a time: the whole of it is kept to
/// compare with.
class exactness_probe {
 public:
  explicit exactness_probe(device_model& device);

  /// Makes op `id` whole, as the device would choose to or in a given way. Returns a
  /// hash of what it made; 0 where the op does not run on made-up data. Each round has other data.
  std::uint64_t make_whole(op_id id, std::optional<kernel_choice> by = {}, int round = 0);

  /// What the library calls the code that it took for it.
  const std::string& code() const { return code_; }

  /// Makes `out` of the op that was last made whole.
  part_bits make_part(const region& out);

  /// Both, for the parts that a calibration tries (`parts_to_try`).
  op_bits bits_of(op_id id, std::optional<kernel_choice> by = {});

 private:
  std::vector<tensor_view> inputs_for(const std::vector<region>& boxes) const;
  any_kernel kernel(const region& out, const std::vector<region>& available);

  device_model& device_;
  const graph& g_;
  op_id op_ = 0;
  std::optional<kernel_choice> by_;
  std::string code_;
  std::vector<buffer> inputs_;  // of the op at hand, whole
  buffer made_;                 // its first output, whole
};

/// How many rounds show that an op has the same bits in parts: one, where it makes many numbers; of
/// few, all might be equal by chance though they were added up in another order.
int rounds_for(const graph& g, const op& o);

/// Strips of 7/8, 3/4, 1/2, 1/3, 1/4 and 1/8 of the rows and of one to three rows from the middle,
/// of 1/2, 1/4 and 1/8 from the top and the bottom as well, and slices of 1/2, 1/4 and 1/8 of the
/// channels from both ends; and tiles of a half or a quarter of the rows by as much of the columns
/// or channels, from two opposite corners. Nothing of an op that is never divided.
std::vector<region> parts_to_try(const graph& g, const op& o);

/// All strips of rows and all slices of whole grains of channels, and the tiles above: minutes for
/// a large model.
std::vector<region> all_parts(const graph& g, const op& o);

}  // namespace bramble
