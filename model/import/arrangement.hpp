#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace bramble {

/// Part of one axis of a map: the coordinates `stride` apart, `size` of them. Heads are a part of
/// the channels, images one of the rows.
struct axis_part {
  enum class of_t : std::uint8_t { rows, columns, channels } of = of_t::rows;
  std::int64_t stride = 1;
  std::int64_t size = 1;

  friend bool operator==(const axis_part&, const axis_part&) = default;
};

/// How a tensor lies in the map that carries it: what its axes are in terms of the map's. Whatever
/// is done to shapes (views, permutations, slices) changes this and not the map, as long as every
/// axis is made of parts of the map's axes. Pure.
struct arrangement {
  /// By axis of the tensor, each outermost part first, joined where they are one; none for an axis
  /// of size 1.
  std::vector<std::vector<axis_part>> axes;
  std::int64_t first_channel = 0;  ///< where the tensor begins in a map that holds more

  friend bool operator==(const arrangement&, const arrangement&) = default;
};

using map_shape = std::vector<std::int64_t>;

/// The axes of a map in this order, of all its elements, seen as a tensor of `shape`; empty where
/// that cuts an axis unevenly.
std::optional<arrangement> arranged_as(const map_shape& map, std::array<axis_part::of_t, 3> order,
                                       const std::vector<std::int64_t>& shape);

/// After a reshape; empty where an axis would have to be cut unevenly.
std::optional<arrangement> reshaped(const arrangement& from,
                                    const std::vector<std::int64_t>& shape);
/// Axis i of the result is axis `order[i]`.
arrangement permuted(const arrangement& from, const std::vector<std::int64_t>& order);

/// Elements first, first + step, .. (so many) along an axis that is one part of the channels (or of
/// size 1); empty where it is not.
std::optional<arrangement> sliced(const arrangement& from, std::size_t axis, std::int64_t first,
                                  std::int64_t step, std::int64_t count);
/// Without an axis of size 1.
arrangement without_axis(const arrangement& from, std::size_t axis);

/// The channels of the map that the tensor has, by their places in it; ascending in the order of
/// its parts' strides, widest first.
std::vector<std::int64_t> channels_of(const arrangement& from);
/// The same tensor in a map of these channels alone.
arrangement with_own_channels(const arrangement& from);

/// The same tensor in a map whose columns were put behind each other as rows.
arrangement with_rows_only(const arrangement& from, std::int64_t columns);

/// The parts of all axes in one row, those of one axis behind those of the one before.
std::vector<axis_part> all_parts(const arrangement& from);

/// True where the tensor's elements are in the order of the map's memory, rows of pixels of
/// channels.
bool in_memory_order(const arrangement& from, const map_shape& map);

}  // namespace bramble
