#include "model/graph/understanding.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "config/base/error.hpp"
#include "config/format.hpp"
#include "config/parse.hpp"

namespace bramble {
namespace {

/// What an answer looks like that is read in a certain way.
struct found_answer {
  task_kind task;
  box_head head = box_head::unsaid;
  std::size_t answer = 0;
  std::optional<std::size_t> scores;
  std::size_t classes = 0;
  std::string reading;
};

using maybe_answer = std::optional<found_answer>;

bool is_float(const named_form& form) {
  return form.type == element_type::f32;
}

bool is_whole(const named_form& form) {
  return form.type == element_type::i64 || form.type == element_type::i32 ||
         form.type == element_type::u8;
}

bool is_rows(const named_form& form) {
  return is_float(form) && form.shape.size() == 3 && form.shape[0] == 1;
}

std::string counted(std::size_t count, const std::string& what, const std::string& several) {
  return std::to_string(count) + " " + (count == 1 ? what : several);
}

std::string of_classes(std::size_t count) {
  return counted(count, "class", "classes");
}

found_answer boxes_in(box_head head, std::size_t output, std::size_t classes) {
  auto reading = "boxes laid out as by " + name_of(head);
  if (classes != 0) reading += ", of " + of_classes(classes);
  return {task_kind::detect, head, output, {}, classes, std::move(reading)};
}

/// One output with candidates, as `head` lays it out.
maybe_answer candidates_in(box_head head, const std::vector<named_form>& outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!is_rows(outputs[i])) continue;
    const auto rows = outputs[i].shape[1], columns = outputs[i].shape[2];
    if (head == box_head::yolov5 && columns > 5)
      return boxes_in(head, i, static_cast<std::size_t>(columns - 5));
    if (head == box_head::yolov8 && rows > 4)
      return boxes_in(head, i, static_cast<std::size_t>(rows - 4));
    if (head == box_head::yolov10 && columns == 6) return boxes_in(head, i, 0);
  }
  return {};
}

bool is_called(const named_form& form, const char* part) {
  auto name = form.name;
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return name.find(part) != std::string::npos;
}

/// Boxes in one output and their scores in another: N x 4 and N x C. Of two with four columns the
/// one that is called so has the boxes, else the first.
maybe_answer boxes_and_scores(box_head head, const std::vector<named_form>& outputs) {
  const auto is_boxes = [&](std::size_t i) {
    return is_rows(outputs[i]) && outputs[i].shape[2] == 4;
  };
  std::optional<std::size_t> boxes;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (is_boxes(i) &&
        (!boxes || (!is_called(outputs[*boxes], "box") && is_called(outputs[i], "box"))))
      boxes = i;
  if (!boxes) return {};
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (i != *boxes && is_rows(outputs[i]) && outputs[i].shape[1] == outputs[*boxes].shape[1]) {
      const auto classes = static_cast<std::size_t>(outputs[i].shape[2]);
      auto found = boxes_in(head, *boxes, classes);
      found.scores = i;
      found.reading += head == box_head::detr ? ", \"nothing\" included" : ", background included";
      return found;
    }
  return {};
}

/// Candidates of an anchor-free network with these strides.
std::int64_t cells(const photo_frame& photo, std::initializer_list<std::int64_t> strides) {
  std::int64_t sum = 0;
  for (const auto stride : strides) sum += (photo.height / stride) * (photo.width / stride);
  return sum;
}

bool is_grid(const photo_frame& photo, std::int64_t candidates, std::int64_t anchors) {
  return candidates == anchors * cells(photo, {8, 16, 32}) ||
         candidates == anchors * cells(photo, {8, 16, 32, 64}) ||
         candidates == anchors * cells(photo, {16, 32});
}

/// The heads that nothing else looks like: as many candidates as the grid over this photo has.
maybe_answer unmistakable_boxes(const photo_frame& photo, const std::vector<named_form>& outputs) {
  const bool others_are_grids = std::all_of(outputs.begin() + 1, outputs.end(),
                                            [](const auto& o) { return o.shape.size() == 5; });
  if (is_rows(outputs[0]) && others_are_grids) {
    const auto rows = outputs[0].shape[1], columns = outputs[0].shape[2];
    if (columns > 5 && rows > columns && is_grid(photo, rows, 3))
      return candidates_in(box_head::yolov5, outputs);
    if (rows > 4 && columns > rows && is_grid(photo, columns, 1))
      return candidates_in(box_head::yolov8, outputs);
    if (rows == 300 && columns == 6) return candidates_in(box_head::yolov10, outputs);
  }
  if (outputs.size() != 2) return {};
  const auto called = [&](const char* part) {
    return is_called(outputs[0], part) || is_called(outputs[1], part);
  };
  if (called("box") && called("logit")) return boxes_and_scores(box_head::detr, outputs);
  if (called("box") && called("score")) return boxes_and_scores(box_head::ssd, outputs);
  return {};
}

maybe_answer boxes_of(box_head head, const std::vector<named_form>& outputs) {
  if (head == box_head::ssd || head == box_head::detr) return boxes_and_scores(head, outputs);
  return candidates_in(head, outputs);
}

/// Where a detector was said and not how it answers.
maybe_answer likely_boxes(const std::vector<named_form>& outputs) {
  if (outputs.size() != 1 || !is_rows(outputs[0])) return {};
  const auto rows = outputs[0].shape[1], columns = outputs[0].shape[2];
  if (columns == 6 && rows <= 1000) return candidates_in(box_head::yolov10, outputs);
  return candidates_in(rows > columns ? box_head::yolov5 : box_head::yolov8, outputs);
}

/// A number for each class and pixel, or each pixel's class.
maybe_answer mask_in(const std::vector<named_form>& outputs, photo_layout layout) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto& form = outputs[i];
    const auto frame = frame_of(form.shape, layout);
    if (!frame) continue;
    if (is_float(form) && form.shape.size() == 4) {
      const auto classes = static_cast<std::size_t>(frame->channels);
      return found_answer{
          task_kind::segment, box_head::unsaid, i, {}, classes, "a mask of " + of_classes(classes)};
    }
    if (is_whole(form) && (form.shape.size() == 3 ? form.shape[0] == 1 : frame->channels == 1))
      return found_answer{task_kind::segment, box_head::unsaid, i, {}, 0, "a class for each pixel"};
  }
  return {};
}

maybe_answer picture_in(const std::vector<named_form>& outputs, photo_layout layout) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto frame = photo_frame_of(outputs[i].shape, layout);
    if (frame && is_float(outputs[i]))
      return found_answer{
          task_kind::image,
          box_head::unsaid,
          i,
          {},
          0,
          "a picture of " + std::to_string(frame->width) + "x" + std::to_string(frame->height)};
  }
  return {};
}

maybe_answer row_in(const std::vector<named_form>& outputs) {
  if (outputs.size() != 1) return {};
  const auto& form = outputs[0];
  if (!is_float(form) || form.shape.size() != 2 || form.shape[0] != 1) return {};
  const auto classes = static_cast<std::size_t>(form.shape[1]);
  return found_answer{task_kind::classify, box_head::unsaid, 0, {}, classes, of_classes(classes)};
}

maybe_answer unmistakable(const std::optional<photo_frame>& photo, std::size_t inputs,
                          const std::vector<named_form>& outputs, photo_layout layout) {
  if (auto row = row_in(outputs)) return row;
  if (!photo || inputs != 1 || outputs.empty()) return {};
  if (auto boxes = unmistakable_boxes(*photo, outputs)) return boxes;
  const auto frame = frame_of(outputs[0].shape, layout);
  if (!frame || !is_float(outputs[0]) || outputs[0].shape.size() != 4) return {};
  // Three channels could be classes as well as colours.
  if (frame->channels > 3 && frame->height == photo->height && frame->width == photo->width)
    return mask_in(outputs, layout);
  const auto times = frame->height / photo->height;
  const bool larger =
      times > 1 && frame->height == times * photo->height && frame->width == times * photo->width;
  return larger && outputs.size() == 1 && frame->channels == photo->channels
             ? picture_in(outputs, layout)
             : std::nullopt;
}

maybe_answer as_said(const meaning& said, const std::vector<named_form>& outputs,
                     photo_layout layout) {
  switch (said.task) {
    case task_kind::classify:
      return row_in(outputs);
    case task_kind::detect:
      return said.head == box_head::unsaid ? likely_boxes(outputs) : boxes_of(said.head, outputs);
    case task_kind::segment:
      return mask_in(outputs, layout);
    case task_kind::image:
      return picture_in(outputs, layout);
    case task_kind::unsaid:
    case task_kind::none:
      break;
  }
  return {};
}

std::string text_of(const std::vector<named_form>& forms) {
  std::vector<std::string> texts;
  texts.reserve(forms.size());
  for (const auto& each : forms) texts.push_back(each.name + " " + format_shape(each.shape));
  return listed(texts);
}

[[noreturn]] void refuse(const meaning& said, const std::vector<named_form>& outputs,
                         const std::string& where) {
  std::string wanted;
  if (said.task == task_kind::classify) wanted = "one output 1xN";
  if (said.task == task_kind::segment) wanted = "an output 1xCxHxW";
  if (said.task == task_kind::image) wanted = "an output 1x3xHxW or 1x1xHxW";
  if (said.task == task_kind::detect)
    wanted = said.head == box_head::ssd || said.head == box_head::detr
                 ? "outputs 1xNx4 and 1xNxC"
                 : "an output with candidates, 1xNx(5+C) or 1x(4+C)xN";
  const bool open = said.task == task_kind::detect && said.head == box_head::unsaid;
  throw user_error(where + ": a model of task " + name_of(said.task) + " has " + wanted +
                   ", and this one has " + text_of(outputs) +
                   (open ? "; say how they hold boxes, as in --head ssd." : "."));
}

photo_fit usual_fit(const meaning& what) {
  if (what.head == box_head::ssd || what.head == box_head::detr) return photo_fit::stretch;
  const bool whole = what.task == task_kind::detect || what.task == task_kind::segment ||
                     what.task == task_kind::image;
  return whole ? photo_fit::letterbox : photo_fit::crop;
}

void check_input(const meaning& said, const std::optional<photo_frame>& photo,
                 const std::vector<named_form>& inputs, const std::string& where) {
  if (photo || (said.layout == photo_layout::unsaid && said.fit == photo_fit::unsaid &&
                said.colours == colour_order::rgb && said.range == value_range::unit))
    return;
  throw user_error(where + ": how a photo becomes its input was said, and none of its inputs (" +
                   text_of(inputs) + ") is a photo" +
                   (said.layout == photo_layout::unsaid ? "." : " laid out so."));
}

}  // namespace

understanding understand(const meaning& said, const std::vector<named_form>& inputs,
                         const std::vector<named_form>& outputs, const std::string& where) {
  understanding out;
  out.what = said;
  for (const auto& input : inputs) {
    if (input.type == element_type::f32 || input.type == element_type::u8)
      out.photo = photo_frame_of(input.shape, said.layout);
    if (out.photo) break;
  }
  check_input(said, out.photo, inputs, where);
  const auto layout =
      out.photo && out.photo->channels_last ? photo_layout::nhwc : photo_layout::nchw;
  const bool nothing_said = said.task == task_kind::unsaid && said.head == box_head::unsaid;
  auto asked = said;
  if (said.head != box_head::unsaid) asked.task = task_kind::detect;
  auto found = nothing_said ? unmistakable(out.photo, inputs.size(), outputs, layout)
                            : as_said(asked, outputs, layout);
  if (!found && !nothing_said && asked.task != task_kind::none) refuse(asked, outputs, where);
  if (out.photo) out.what.layout = layout;
  if (found) {
    out.what.task = found->task;
    out.what.head = found->head;
    out.guessed = nothing_said;
    out.reading = std::move(found->reading);
    out.answer = found->answer;
    out.scores = found->scores;
    out.classes = found->classes;
  }
  if (out.photo && said.fit == photo_fit::unsaid) out.what.fit = usual_fit(out.what);
  return out;
}

void check_labels(const std::vector<std::string>& labels, const understanding& known,
                  const std::string& what) {
  // Kept for when somebody says what the tensors are.
  if (labels.empty() || known.what.task == task_kind::none) return;
  const auto count = labels.size();
  const auto task = known.what.task;
  const auto told = what + " has " + counted(count, "label", "labels");
  if (task != task_kind::classify && task != task_kind::detect && task != task_kind::segment)
    throw user_error(told +
                     ", and the model is no classifier: its answer is not one row of numbers. Of a "
                     "detector or a mask of classes say so: --task detect, --task segment.");
  if (known.classes == 0 || count == known.classes) return;
  if (known.scores && count + 1 == known.classes) return;
  if (task == task_kind::segment && known.classes == 1 && count == 2) return;
  throw user_error(told + ", and the model tells " + of_classes(known.classes) +
                   " apart; give one line for each.");
}

}  // namespace bramble
