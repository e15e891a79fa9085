#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/graph/region.hpp"
#include "model/runtime/buffer.hpp"

namespace bramble {

/// A box of one value in memory. Maps lie as rows of pixels of channels (NHWC), so a strip of rows
/// is one run of memory; every other value is dense in its own shape, and its box is its extent.
struct tensor_view {
  std::uint8_t* data = nullptr;   ///< of the box's first element
  region box;                     ///< where in the value
  std::int64_t row_stride = 0;    ///< elements from a row to the next
  std::int64_t pixel_stride = 0;  ///< elements from a pixel to the next

  float* floats() const { return reinterpret_cast<float*>(data); }
  /// First channel of a pixel, by its place in the value.
  float* pixel(std::int64_t row, std::int64_t column) const {
    return floats() + (row - box.rows.begin) * row_stride +
           (column - box.columns.begin) * pixel_stride;
  }
  bool dense() const {
    return pixel_stride == box.channels.size() && row_stride == box.columns.size() * pixel_stride;
  }
};

/// `box` laid out densely at `data`.
tensor_view dense_view(std::uint8_t* data, const region& box);

/// The part `inner` (inside `view.box`) of a map's view.
tensor_view part_of(const tensor_view& view, const region& inner);

/// Copies a map's box between views that both contain it.
void copy_box(const tensor_view& from, const tensor_view& to, const region& box);

/// Makes one region of one op's map. Inputs are as `op::inputs`; each view contains at least what
/// `needed_inputs` says and has the box the kernel was made for; only its pointer may change.
/// Kernels keep state between runs: one thread at a time.
class region_kernel {
 public:
  region_kernel() = default;
  region_kernel(const region_kernel&) = delete;
  region_kernel& operator=(const region_kernel&) = delete;
  virtual ~region_kernel() = default;

  virtual void run(std::span<const tensor_view> inputs, const tensor_view& out) = 0;

  /// The library's name for the code it chose, for people; empty where it has none.
  virtual std::string code() const { return {}; }

  static constexpr int no_input = -1;
  /// The input that `out` may be the very memory of (same box, same strides), to be overwritten;
  /// or `no_input`. Saves a copy, and what is in the cache stays there.
  virtual int overwritable_input() const { return no_input; }
};

/// Runs one op whole and brings its own memory: one buffer per `op::outputs`, dense (NHWC for
/// maps). The same rules as for `region_kernel`.
class whole_kernel {
 public:
  whole_kernel() = default;
  whole_kernel(const whole_kernel&) = delete;
  whole_kernel& operator=(const whole_kernel&) = delete;
  virtual ~whole_kernel() = default;

  virtual std::vector<buffer> run(std::span<const tensor_view> inputs) = 0;
};

/// "op 12 (conv 7 3x3/2)", for messages.
std::string describe_op(const graph& g, op_id id);

}  // namespace bramble
