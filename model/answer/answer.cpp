#include "model/answer/answer.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "config/base/error.hpp"
#include "config/format.hpp"
#include "model/answer/heads.hpp"

namespace bramble {
namespace {

std::vector<float> floats_of(const host_tensor& tensor) {
  std::vector<float> out(tensor.bytes.size() / sizeof(float));
  if (!out.empty()) std::memcpy(out.data(), tensor.bytes.data(), out.size() * sizeof(float));
  return out;
}

const host_tensor& answer_in(const understanding& known, std::span<const host_tensor> outputs) {
  if (known.answer >= outputs.size()) throw user_error("The answer lacks an output.");
  return outputs[known.answer];
}

std::string label_of(const std::vector<std::string>& labels, std::size_t index, std::size_t first) {
  return index >= first && index - first < labels.size() ? labels[index - first] : std::string{};
}

/// From the input's pixels to the photo's, and what of it is there; no area: it lies on the bars.
box in_photo(const box& where, const photo_placement& placement) {
  const auto a = to_photo(placement, {where.left, where.top});
  const auto b = to_photo(placement, {where.right, where.bottom});
  const double width = placement.photo_width, height = placement.photo_height;
  return {std::clamp(a.x, 0.0, width), std::clamp(a.y, 0.0, height), std::clamp(b.x, 0.0, width),
          std::clamp(b.y, 0.0, height)};
}

found_boxes boxes_of(const understanding& known, std::span<const host_tensor> outputs,
                     const std::optional<photo_placement>& placement, const reading& how) {
  auto read = read_candidates(known, outputs, how.threshold, how.labels);
  // One box a thing is what such a network was trained for.
  const bool is_final = known.what.head == box_head::yolov10 || known.what.head == box_head::detr;
  found_boxes out;
  out.in_photo = placement.has_value();
  for (const auto& each : suppress(std::move(read.found), is_final ? 1.0 : how.overlap)) {
    const auto where = placement ? in_photo(each.where, *placement) : each.where;
    if (where.width() <= 0 || where.height() <= 0) continue;
    out.boxes.push_back(
        {each.index, label_of(how.labels, each.index, read.first_label), each.score, where});
  }
  return out;
}

bool first_is_background(const std::vector<std::string>& labels) {
  return !labels.empty() && labels[0].find("background") != std::string::npos;
}

found_mask mask_of(const understanding& known, std::span<const host_tensor> outputs,
                   const std::optional<photo_placement>& placement, const reading& how) {
  found_mask out;
  out.mask = read_mask(known, outputs);
  // A mask of one class tells it from everything else; its only label is that of what it finds.
  const bool one = known.classes == 1;
  out.has_background = one || first_is_background(how.labels);
  for (const auto& each : shares_of(out.mask, placement))
    out.shares.push_back({each.index,
                          label_of(how.labels, each.index, one && how.labels.size() == 1 ? 1 : 0),
                          each.share});
  return out;
}

/// Without what came of the bars beside the photo.
image without_bars(const image& picture, const photo_placement& placement) {
  const auto scaled = [](std::int64_t place, int from, int to) {
    return static_cast<std::int64_t>(std::lround(static_cast<double>(place) * to / from));
  };
  const auto left =
      std::max<std::int64_t>(0, scaled(placement.left, placement.width, picture.width));
  const auto top =
      std::max<std::int64_t>(0, scaled(placement.top, placement.height, picture.height));
  const auto right = std::min<std::int64_t>(
      picture.width,
      scaled(placement.left + placement.scaled_width, placement.width, picture.width));
  const auto bottom = std::min<std::int64_t>(
      picture.height,
      scaled(placement.top + placement.scaled_height, placement.height, picture.height));
  image out{static_cast<int>(std::max<std::int64_t>(1, right - left)),
            static_cast<int>(std::max<std::int64_t>(1, bottom - top)),
            {}};
  out.rgb.reserve(3 * static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height));
  for (std::int64_t y = 0; y < out.height; ++y) {
    const auto row = picture.rgb.begin() + 3 * ((top + y) * picture.width + left);
    out.rgb.insert(out.rgb.end(), row, row + std::ptrdiff_t{3} * out.width);
  }
  return out;
}

image picture_of(const understanding& known, std::span<const host_tensor> outputs,
                 const std::optional<photo_placement>& placement, const normalisation& normalise) {
  const auto& tensor = answer_in(known, outputs);
  const auto frame = photo_frame_of(tensor.shape, known.what.layout);
  const auto values = floats_of(tensor);
  if (!frame || tensor.type != element_type::f32 ||
      values.size() != static_cast<std::size_t>(frame->channels * frame->pixels()))
    throw user_error("The answer has another shape than its model.");
  // Numbers for each channel of the photo say nothing of a picture with another number of them.
  const auto fits = [&](const std::vector<float>& numbers) {
    return numbers.size() <= 1 || numbers.size() == static_cast<std::size_t>(frame->channels);
  };
  const bool undo = fits(normalise.mean) && fits(normalise.deviation);
  const auto picture = to_picture(values, *frame, undo ? normalise : normalisation{}, known.what);
  return placement ? without_bars(picture, *placement) : picture;
}

}  // namespace

answer read_answer(const understanding& known, std::span<const host_tensor> outputs,
                   const std::optional<photo_placement>& placement, const normalisation& normalise,
                   const reading& how) {
  switch (known.what.task) {
    case task_kind::classify:
      return top_classes(floats_of(answer_in(known, outputs)), how.top, how.labels);
    case task_kind::detect:
      return boxes_of(known, outputs, placement, how);
    case task_kind::segment:
      return mask_of(known, outputs, placement, how);
    case task_kind::image:
      return picture_of(known, outputs, placement, normalise);
    case task_kind::unsaid:
    case task_kind::none:
      break;
  }
  return {};
}

std::string text_of(const found_box& found) {
  const auto name = found.label.empty() ? "class " + std::to_string(found.index) : found.label;
  return name + " " + fixed(found.score, 2);
}

}  // namespace bramble
