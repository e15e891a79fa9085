#include "model/import/arrangement.hpp"

#include <algorithm>
#include <tuple>

namespace bramble {
namespace {

using of_t = axis_part::of_t;

std::int64_t length_of(const map_shape& map, of_t axis) {
  return axis == of_t::rows ? map[2] : axis == of_t::columns ? map[3] : map[1];
}

/// Adds a part behind others, as one with the last where it goes on inside of that.
void append(std::vector<axis_part>& axis, const axis_part& part) {
  if (part.size == 1) return;
  if (!axis.empty() && axis.back().of == part.of && axis.back().stride == part.stride * part.size)
    axis.back() = {part.of, part.stride, axis.back().size * part.size};
  else
    axis.push_back(part);
}

/// The same parts cut into axes of these sizes.
std::optional<arrangement> cut(std::vector<axis_part> parts,
                               const std::vector<std::int64_t>& shape) {
  arrangement out;
  std::reverse(parts.begin(), parts.end());  // the next one is the last
  for (const auto size : shape) {
    auto& axis = out.axes.emplace_back();
    auto left = size;
    while (left > 1) {
      if (parts.empty()) return {};
      auto& next = parts.back();
      if (left % next.size == 0) {
        append(axis, next);
        left /= next.size;
        parts.pop_back();
        continue;
      }
      if (next.size % left != 0) return {};
      next.size /= left;
      append(axis, {next.of, next.stride * next.size, left});
      left = 1;
    }
  }
  if (!parts.empty()) return {};
  return out;
}

}  // namespace

std::vector<axis_part> all_parts(const arrangement& from) {
  std::vector<axis_part> parts;
  for (const auto& axis : from.axes)
    for (const auto& part : axis) append(parts, part);
  return parts;
}

std::optional<arrangement> arranged_as(const map_shape& map, std::array<of_t, 3> order,
                                       const std::vector<std::int64_t>& shape) {
  std::vector<axis_part> parts;
  for (auto axis : order) append(parts, {axis, 1, length_of(map, axis)});
  return cut(std::move(parts), shape);
}

std::optional<arrangement> reshaped(const arrangement& from,
                                    const std::vector<std::int64_t>& shape) {
  auto out = cut(all_parts(from), shape);
  if (out) out->first_channel = from.first_channel;
  return out;
}

arrangement permuted(const arrangement& from, const std::vector<std::int64_t>& order) {
  arrangement out{{}, from.first_channel};
  out.axes.reserve(order.size());
  for (auto axis : order) out.axes.push_back(from.axes[static_cast<std::size_t>(axis)]);
  return out;
}

std::optional<arrangement> sliced(const arrangement& from, std::size_t axis, std::int64_t first,
                                  std::int64_t step, std::int64_t count) {
  auto out = from;
  auto& parts = out.axes[axis];
  if (parts.empty() && first == 0 && count == 1) return out;
  if (parts.size() != 1 || parts[0].of != of_t::channels) return {};
  out.first_channel += first * parts[0].stride;
  parts[0].stride *= step;
  parts[0].size = count;
  if (count == 1) parts.clear();
  return out;
}

arrangement without_axis(const arrangement& from, std::size_t axis) {
  auto out = from;
  out.axes.erase(out.axes.begin() + static_cast<std::ptrdiff_t>(axis));
  return out;
}

std::vector<std::int64_t> channels_of(const arrangement& from) {
  std::vector<axis_part> parts;
  for (const auto& part : all_parts(from))
    if (part.of == of_t::channels) parts.push_back(part);
  std::sort(parts.begin(), parts.end(),
            [](const auto& a, const auto& b) { return a.stride > b.stride; });
  std::vector<std::int64_t> channels{from.first_channel};
  for (const auto& part : parts) {
    std::vector<std::int64_t> next;
    next.reserve(channels.size() * static_cast<std::size_t>(part.size));
    for (auto channel : channels)
      for (std::int64_t i = 0; i < part.size; ++i) next.push_back(channel + i * part.stride);
    channels = std::move(next);
  }
  return channels;
}

arrangement with_own_channels(const arrangement& from) {
  std::vector<axis_part*> parts;
  arrangement out{from.axes, 0};
  for (auto& axis : out.axes)
    for (auto& part : axis)
      if (part.of == of_t::channels) parts.push_back(&part);
  std::sort(parts.begin(), parts.end(),
            [](const auto* a, const auto* b) { return a->stride < b->stride; });
  std::int64_t stride = 1;
  for (auto* part : parts) {
    part->stride = stride;
    stride *= part->size;
  }
  // Parts that had other channels between them may be one now.
  for (auto& axis : out.axes) {
    std::vector<axis_part> joined;
    for (const auto& part : axis) append(joined, part);
    axis = std::move(joined);
  }
  return out;
}

arrangement with_rows_only(const arrangement& from, std::int64_t columns) {
  arrangement out{{}, from.first_channel};
  for (const auto& axis : from.axes) {
    auto& to = out.axes.emplace_back();
    for (auto part : axis) {
      if (part.of == of_t::rows) part.stride *= columns;
      if (part.of == of_t::columns) part.of = of_t::rows;
      append(to, part);
    }
  }
  return out;
}

bool in_memory_order(const arrangement& from, const map_shape& map) {
  std::vector<axis_part> parts;
  for (auto axis : {of_t::rows, of_t::columns, of_t::channels})
    append(parts, {axis, 1, length_of(map, axis)});
  return from.first_channel == 0 && all_parts(from) == parts;
}

}  // namespace bramble
