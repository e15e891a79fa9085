#include "console/meaning_flags.hpp"

#include <algorithm>

#include "config/base/error.hpp"
#include "config/defaults_image.hpp"
#include "config/format.hpp"
#include "config/parse.hpp"
#include "console/common.hpp"
#include "model/image/classification.hpp"

namespace bramble {
namespace {

/// "0.485,0.456,0.406", or one after the other; at least `least`.
std::vector<float> typed_numbers(const std::vector<std::string>& texts, double least,
                                 const std::string& flag) {
  std::vector<float> out;
  for (const auto& text : texts)
    for (std::size_t begin = 0; begin <= text.size();) {
      const auto end = std::min(text.find(',', begin), text.size());
      const auto number = std::string_view{text}.substr(begin, end - begin);
      out.push_back(static_cast<float>(from_flag(
          [&] { return parse_number(number, least, defaults::photo_scale_most, flag); })));
      begin = end + 1;
    }
  return out;
}

std::string numbers_text(const std::vector<float>& numbers) {
  std::vector<std::string> texts;
  texts.reserve(numbers.size());
  for (const auto each : numbers) texts.push_back(format_number(each));
  return joined(texts);
}

}  // namespace

void meaning_flags::add_to(CLI::App& verb) {
  verb.add_option("--task", task_,
                  "What its answer is: classify, detect (boxes), segment (a class for each pixel), "
                  "image (another picture), none (tensors), or guess: what its shape says")
      ->type_name("TASK");
  verb.add_option(
          "--head", head_,
          "How a detector's answer holds boxes: yolov5 (v7, too), yolov8 (v9, v11), yolov10, "
          "ssd, detr; where the shapes do not say")
      ->type_name("HEAD");
  verb.add_option("--labels", labels_,
                  "Its class names, one a line: kept with the model, so every node knows them")
      ->type_name("FILE");
  verb.add_option("--mean", mean_,
                  "Subtracted from a photo's channels: a number for each, or one for all")
      ->type_name("R,G,B");
  auto* deviation =
      verb.add_option("--std", deviation_, "Then divides a photo's channels, likewise")
          ->type_name("R,G,B");
  verb.add_option("--scale", scale_, "Then multiplies them, instead of --std")
      ->type_name("R,G,B")
      ->excludes(deviation);
  verb.add_option("--range", range_, "What a photo's values are before that: 0..1 or 0..255 (0..1)")
      ->type_name("RANGE");
  verb.add_option("--layout", layout_,
                  "Where its input has the channels: nchw or nhwc (as the shape says)")
      ->type_name("LAYOUT");
  verb.add_option("--colour", colours_, "Which colour stands first: rgb or bgr (rgb)")
      ->type_name("ORDER");
  verb.add_option(
          "--fit", fit_,
          "How a photo of another shape fills the input: crop (cut to its centre), "
          "letterbox (bars beside it) or stretch (crop for classes, else letterbox; stretch "
          "for ssd and detr)")
      ->type_name("FIT");
}

bool meaning_flags::any() const {
  return !mean_.empty() || !deviation_.empty() || !scale_.empty() || !labels_.empty() ||
         !task_.empty() || !head_.empty() || !fit_.empty() || !layout_.empty() ||
         !colours_.empty() || !range_.empty();
}

void meaning_flags::apply_to(manifest& m) const {
  auto& to = m.means;
  from_flag([&] {
    if (!task_.empty()) {
      to.task = task_ == "guess" ? task_kind::unsaid : parse_task(task_, "--task");
      to.head = box_head::unsaid;
    }
    if (!head_.empty()) to.head = parse_head(head_, "--head");
    if (!fit_.empty()) to.fit = parse_fit(fit_, "--fit");
    if (!layout_.empty()) to.layout = parse_layout(layout_, "--layout");
    if (!colours_.empty()) to.colours = parse_colours(colours_, "--colour");
    if (!range_.empty()) to.range = parse_range(range_, "--range");
    const bool boxes = to.task == task_kind::detect || to.task == task_kind::unsaid;
    if (to.head != box_head::unsaid && !boxes)
      throw user_error("--head is of a detector, and --task says " + name_of(to.task) + ".");
  });
  if (!mean_.empty()) m.mean = typed_numbers(mean_, -defaults::photo_scale_most, "--mean");
  if (!deviation_.empty())
    m.deviation = typed_numbers(deviation_, defaults::photo_scale_least, "--std");
  if (!scale_.empty()) {
    m.deviation = typed_numbers(scale_, defaults::photo_scale_least, "--scale");
    for (auto& each : m.deviation) each = 1 / each;
  }
  if (!labels_.empty()) m.labels = read_labels(labels_);
}

std::string describe_reading(const understanding& known, const std::string& model) {
  if (known.reading.empty()) return {};
  auto read = name_of(known.what.task) + ": " + known.reading;
  if (!known.guessed || known.what.task == task_kind::classify) return read;
  return read + " (guessed from the shapes; `bramble model set " + model +
         " --task TASK` says otherwise)";
}

std::string describe_photo(const understanding& known, const manifest& m) {
  if (!known.photo) return {};
  auto out = name_of(known.what.fit) + ", " + name_of(known.what.layout) + ", " +
             name_of(known.what.colours) + ", " + name_of(known.what.range);
  if (!m.mean.empty()) out += ", mean " + numbers_text(m.mean);
  if (!m.deviation.empty()) out += ", deviation " + numbers_text(m.deviation);
  return out;
}

}  // namespace bramble
