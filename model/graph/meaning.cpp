#include "model/graph/meaning.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "config/base/error.hpp"
#include "config/format.hpp"
#include "config/parse.hpp"

namespace bramble {
namespace {

template <class Kind>
using word = std::pair<Kind, const char*>;

constexpr word<task_kind> task_words[] = {{task_kind::classify, "classify"},
                                          {task_kind::detect, "detect"},
                                          {task_kind::segment, "segment"},
                                          {task_kind::image, "image"},
                                          {task_kind::none, "none"}};
constexpr word<box_head> head_words[] = {{box_head::yolov5, "yolov5"},
                                         {box_head::yolov8, "yolov8"},
                                         {box_head::yolov10, "yolov10"},
                                         {box_head::ssd, "ssd"},
                                         {box_head::detr, "detr"}};
constexpr word<photo_fit> fit_words[] = {{photo_fit::crop, "crop"},
                                         {photo_fit::letterbox, "letterbox"},
                                         {photo_fit::stretch, "stretch"}};
constexpr word<photo_layout> layout_words[] = {{photo_layout::nchw, "nchw"},
                                               {photo_layout::nhwc, "nhwc"}};
constexpr word<colour_order> colour_words[] = {{colour_order::rgb, "rgb"},
                                               {colour_order::bgr, "bgr"}};
constexpr word<value_range> range_words[] = {{value_range::unit, "0..1"},
                                             {value_range::bytes, "0..255"}};

template <class Kind>
std::string word_of(std::span<const word<Kind>> words, Kind kind) {
  const auto found = std::ranges::find(words, kind, &word<Kind>::first);
  return found == words.end() ? std::string{} : found->second;
}

template <class Kind>
Kind kind_of(std::span<const word<Kind>> words, const std::string& text, const std::string& flag) {
  std::vector<std::string> known;
  known.reserve(words.size());
  for (const auto& each : words) {
    if (text == each.second) return each.first;
    known.emplace_back(each.second);
  }
  throw user_error(flag + " is one of " + listed(known) + ", and not " + quoted(text) + ".");
}

}  // namespace

std::string name_of(task_kind task) {
  return word_of<task_kind>(task_words, task);
}
std::string name_of(box_head head) {
  return word_of<box_head>(head_words, head);
}
std::string name_of(photo_fit fit) {
  return word_of<photo_fit>(fit_words, fit);
}
std::string name_of(photo_layout layout) {
  return word_of<photo_layout>(layout_words, layout);
}
std::string name_of(colour_order colours) {
  return word_of<colour_order>(colour_words, colours);
}
std::string name_of(value_range range) {
  return word_of<value_range>(range_words, range);
}

task_kind parse_task(const std::string& text, const std::string& flag) {
  return kind_of<task_kind>(task_words, text, flag);
}
box_head parse_head(const std::string& text, const std::string& flag) {
  return kind_of<box_head>(head_words, text, flag);
}
photo_fit parse_fit(const std::string& text, const std::string& flag) {
  return kind_of<photo_fit>(fit_words, text, flag);
}
photo_layout parse_layout(const std::string& text, const std::string& flag) {
  return kind_of<photo_layout>(layout_words, text, flag);
}
colour_order parse_colours(const std::string& text, const std::string& flag) {
  return kind_of<colour_order>(colour_words, text, flag);
}
value_range parse_range(const std::string& text, const std::string& flag) {
  return kind_of<value_range>(range_words, text, flag);
}

void check_meaning(const meaning& m, const std::string& where) {
  const bool known = m.task <= task_kind::none && m.head <= box_head::detr &&
                     m.fit <= photo_fit::stretch && m.layout <= photo_layout::nhwc &&
                     m.colours <= colour_order::bgr && m.range <= value_range::bytes;
  if (!known)
    throw user_error(where + ": what its answer means is written in no way this program knows.");
}

}  // namespace bramble
