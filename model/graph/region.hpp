#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "model/graph/graph.hpp"

namespace bramble {

/// Half-open interval [begin, end).
struct interval {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  std::int64_t size() const { return end > begin ? end - begin : 0; }
  bool empty() const { return end <= begin; }
  bool contains(const interval& other) const {
    return other.empty() || (begin <= other.begin && other.end <= end);
  }
  friend bool operator==(const interval&, const interval&) = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(begin, end);
  }
};

inline interval intersect(interval a, interval b) {
  return {std::max(a.begin, b.begin), std::min(a.end, b.end)};
}
/// The smallest interval that holds both; an empty one adds nothing.
inline interval hull(interval a, interval b) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  return {std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

/// A box of one value: what a node makes, holds, or sends. Values of shape 1xCxHxW are boxes of
/// channels, rows and columns; every other value is one indivisible row of elements (see `extent`).
struct region {
  interval channels;
  interval rows;
  interval columns;

  bool empty() const { return channels.empty() || rows.empty() || columns.empty(); }
  std::int64_t elements() const { return channels.size() * rows.size() * columns.size(); }
  bool contains(const region& other) const {
    return other.empty() || (channels.contains(other.channels) && rows.contains(other.rows) &&
                             columns.contains(other.columns));
  }
  friend bool operator==(const region&, const region&) = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(channels, rows, columns);
  }
};

inline region intersect(const region& a, const region& b) {
  return {intersect(a.channels, b.channels), intersect(a.rows, b.rows),
          intersect(a.columns, b.columns)};
}
region hull(const region& a, const region& b);

/// Adds `a` without `b` to `rest`, as at most six disjoint boxes.
void subtract(const region& a, const region& b, std::vector<region>& rest);

/// True for float values of shape 1xCxHxW: only these are ever divided.
bool is_map(const value_info& value);

/// All of a value: C x H x W for a map, {elements} x 1 x 1 for anything else.
region extent(const value_info& value);

/// Bytes of a region in memory and, as fp32, on the wire.
std::uint64_t bytes_of(const value_info& value, const region& part);

/// True where an output pixel reads a window of the first input: convolution (not transposed) and
/// pooling.
bool has_window(const op& o);

/// How far a window op's region may be divided: an op is `splittable` when its output is a map and
/// its kind has exact region arithmetic. Atoms, reshapes and everything on other shapes run whole.
bool splittable(const graph& g, const op& o);

/// Zeros (or -inf, for max pooling) that stand in for rows and columns outside the map, when `out`
/// of a convolution or pooling `o` is computed from exactly its needed input region.
struct border {
  std::int64_t top = 0;
  std::int64_t bottom = 0;
  std::int64_t left = 0;
  std::int64_t right = 0;
};
border border_of(const graph& g, const op& o, const region& out);

/// The region of each of `o.inputs` (same order) that making `out` of `o`'s first output reads.
/// Exact: not one row more than the receptive field, clipped to the map; of a select the hull of
/// its channels. Empty where nothing is read. Atoms read everything.
std::vector<region> needed_inputs(const graph& g, const op& o, const region& out);
/// The same into memory that is there already.
void needed_inputs(const graph& g, const op& o, const region& out, std::vector<region>& needs);

/// Multiply-accumulates of one region of a whole op.
double macs(const graph& g, op_id id, const region& out);

}  // namespace bramble
