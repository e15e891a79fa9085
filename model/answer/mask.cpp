#include "model/answer/mask.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "config/base/error.hpp"
#include "config/defaults_answer.hpp"

namespace bramble {
namespace {

template <class Element>
Element element(const host_tensor& tensor, std::int64_t index) {
  Element value{};
  std::memcpy(&value, tensor.bytes.data() + static_cast<std::size_t>(index) * sizeof value,
              sizeof value);
  return value;
}

float number_at(const host_tensor& tensor, std::int64_t index) {
  const auto value = element<float>(tensor, index);
  if (std::isnan(value))
    throw user_error(
        "The mask has a value that is no number: the model was fed with what it does not take.");
  return value;
}

std::int64_t whole_at(const host_tensor& tensor, std::int64_t index) {
  if (tensor.type == element_type::i64) return element<std::int64_t>(tensor, index);
  if (tensor.type == element_type::i32) return element<std::int32_t>(tensor, index);
  return element<std::uint8_t>(tensor, index);
}

/// Of one pixel.
std::uint16_t largest(const host_tensor& tensor, const photo_frame& frame, std::int64_t y,
                      std::int64_t x) {
  std::int64_t best = 0;
  float value = number_at(tensor, frame.place(0, y, x));
  for (std::int64_t channel = 1; channel < frame.channels; ++channel)
    if (const auto other = number_at(tensor, frame.place(channel, y, x)); other > value) {
      best = channel;
      value = other;
    }
  return static_cast<std::uint16_t>(best);
}

/// What a number has to be for its pixel to belong to the only class.
double least_of_one(const host_tensor& tensor, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i)
    if (const auto value = number_at(tensor, i); value < 0 || value > 1) return 0;
  return defaults::mask_least;
}

std::uint16_t checked_class(std::int64_t number) {
  if (number < 0 || number >= class_mask::unseen)
    throw user_error("The mask has the class " + std::to_string(number) + ", which is none.");
  return static_cast<std::uint16_t>(number);
}

photo_frame frame_in(const understanding& known, const host_tensor& tensor) {
  // A map without channels is one with one of them.
  auto frame = frame_of(tensor.shape, known.what.layout);
  if (frame && tensor.type != element_type::f32 && tensor.shape.size() == 3)
    frame = photo_frame{1, tensor.shape[1], tensor.shape[2], false};
  const bool is_read = tensor.type == element_type::f32 || tensor.type == element_type::i64 ||
                       tensor.type == element_type::i32 || tensor.type == element_type::u8;
  if (!frame || !is_read || frame->channels >= class_mask::unseen ||
      tensor.bytes.size() != element_count(tensor.shape) * size_of(tensor.type))
    throw user_error("The answer has another shape than its model.");
  return *frame;
}

/// The cell of `count` that a place from 0 to `length` lies in; -1: in none.
std::int64_t cell(double place, double length, int count) {
  const auto index = std::floor(place / length * count);
  return index >= 0 && index < count ? static_cast<std::int64_t>(index) : -1;
}

}  // namespace

class_mask read_mask(const understanding& known, std::span<const host_tensor> outputs) {
  if (known.answer >= outputs.size()) throw user_error("The answer lacks an output.");
  const auto& tensor = outputs[known.answer];
  const auto frame = frame_in(known, tensor);
  class_mask out{static_cast<int>(frame.width), static_cast<int>(frame.height), {}};
  out.classes.reserve(static_cast<std::size_t>(frame.pixels()));
  const bool whole = tensor.type != element_type::f32;
  const auto least = !whole && frame.channels == 1 ? least_of_one(tensor, frame.pixels()) : 0.0;
  for (std::int64_t y = 0; y < frame.height; ++y)
    for (std::int64_t x = 0; x < frame.width; ++x)
      out.classes.push_back(whole ? checked_class(whole_at(tensor, frame.place(0, y, x)))
                            : frame.channels > 1 ? largest(tensor, frame, y, x)
                            : number_at(tensor, frame.place(0, y, x)) >= least ? std::uint16_t{1}
                                                                               : std::uint16_t{0});
  return out;
}

class_mask mask_of_photo(const class_mask& mask, const photo_placement& placement) {
  class_mask out{placement.photo_width, placement.photo_height, {}};
  std::vector<std::int64_t> columns;
  columns.reserve(static_cast<std::size_t>(out.width));
  for (int x = 0; x < out.width; ++x)
    columns.push_back(cell(to_input(placement, {x + 0.5, 0}).x, placement.width, mask.width));
  out.classes.reserve(columns.size() * static_cast<std::size_t>(out.height));
  for (int y = 0; y < out.height; ++y) {
    const auto row = cell(to_input(placement, {0, y + 0.5}).y, placement.height, mask.height);
    for (const auto column : columns)
      out.classes.push_back(
          row < 0 || column < 0
              ? class_mask::unseen
              : mask.classes[static_cast<std::size_t>(row * mask.width + column)]);
  }
  return out;
}

std::vector<class_share> shares_of(const class_mask& mask,
                                   const std::optional<photo_placement>& placement) {
  const auto is_bar = [&](int x, int y) {
    if (!placement) return false;
    const auto p = to_photo(*placement, {(x + 0.5) * placement->width / mask.width,
                                         (y + 0.5) * placement->height / mask.height});
    return p.x < 0 || p.y < 0 || p.x >= placement->photo_width || p.y >= placement->photo_height;
  };
  std::map<std::size_t, std::size_t> counts;
  std::size_t all = 0;
  for (int y = 0; y < mask.height; ++y)
    for (int x = 0; x < mask.width; ++x) {
      const auto index =
          mask.classes[static_cast<std::size_t>(y) * static_cast<std::size_t>(mask.width) +
                       static_cast<std::size_t>(x)];
      if (index == class_mask::unseen || is_bar(x, y)) continue;
      ++counts[index];
      ++all;
    }
  std::vector<class_share> out;
  out.reserve(counts.size());
  for (const auto& [index, count] : counts)
    out.push_back({index, static_cast<double>(count) / static_cast<double>(all)});
  std::ranges::stable_sort(out, std::greater{}, &class_share::share);
  return out;
}

}  // namespace bramble
