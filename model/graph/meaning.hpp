#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bramble {

/// What a model's answer tells of a photo.
enum class task_kind : std::uint8_t {
  unsaid,
  classify,  ///< one row of numbers, one a class
  detect,    ///< boxes with classes
  segment,   ///< a class, or how likely the one class is, for each pixel
  image,     ///< another picture
  none       ///< nothing of these: tensors
};

/// How a detector's answer holds its boxes; N is the number of candidates, C that of classes.
enum class box_head : std::uint8_t {
  unsaid,
  yolov5,   ///< 1 x N x (5 + C): centre, size, whether there is anything, classes (v7 as well)
  yolov8,   ///< 1 x (4 + C) x N: centre, size, classes (v9 and v11 as well)
  yolov10,  ///< 1 x N x 6: two corners, score, class; nothing is left to be suppressed
  ssd,      ///< two outputs, 1 x N x 4 corners and 1 x N x C scores
  detr      ///< two outputs, 1 x N x C logits and 1 x N x 4 centre and size as shares
};

/// How a photo of another shape fills a network's input.
enum class photo_fit : std::uint8_t {
  unsaid,
  crop,       ///< a frame around it is cut off
  letterbox,  ///< grey bars are added
  stretch     ///< its sides are scaled apart
};

enum class colour_order : std::uint8_t { rgb, bgr };
enum class photo_layout : std::uint8_t { unsaid, nchw, nhwc };
/// What black and full light are before the mean is subtracted.
enum class value_range : std::uint8_t { unit, bytes };  // 0..1, 0..255

/// How a photo becomes a model's input and what its output means, as its owner said it.
struct meaning {
  task_kind task = task_kind::unsaid;
  box_head head = box_head::unsaid;
  photo_fit fit = photo_fit::unsaid;
  photo_layout layout = photo_layout::unsaid;
  colour_order colours = colour_order::rgb;
  value_range range = value_range::unit;

  bool operator==(const meaning&) const = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(task, head, fit, layout, colours, range);
  }
};

/// The words for them that people type and read: "detect", "yolov8", "letterbox", "nhwc", "bgr",
/// "0..255"; for what is unsaid "".
std::string name_of(task_kind task);
std::string name_of(box_head head);
std::string name_of(photo_fit fit);
std::string name_of(photo_layout layout);
std::string name_of(colour_order colours);
std::string name_of(value_range range);

/// The reverse. Throws `user_error`, which says the words there are; `flag` begins the sentence.
task_kind parse_task(const std::string& text, const std::string& flag);
box_head parse_head(const std::string& text, const std::string& flag);
photo_fit parse_fit(const std::string& text, const std::string& flag);
photo_layout parse_layout(const std::string& text, const std::string& flag);
colour_order parse_colours(const std::string& text, const std::string& flag);
value_range parse_range(const std::string& text, const std::string& flag);

/// Throws `user_error` for bytes that are none of these words. `where` names their source.
void check_meaning(const meaning& m, const std::string& where);

}  // namespace bramble
