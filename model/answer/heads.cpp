#include "model/answer/heads.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <string>

#include "config/base/error.hpp"
#include "config/defaults_answer.hpp"

namespace bramble {
namespace {

/// A tensor 1 x rows x columns of float32.
class matrix {
 public:
  matrix(std::span<const host_tensor> outputs, std::size_t index) {
    if (index >= outputs.size()) throw user_error("The answer lacks an output.");
    const auto& tensor = outputs[index];
    if (tensor.type != element_type::f32 || tensor.shape.size() != 3 || tensor.shape[0] != 1 ||
        tensor.shape[1] < 1 || tensor.shape[2] < 1 ||
        tensor.bytes.size() != element_count(tensor.shape) * sizeof(float))
      throw user_error("The answer has another shape than its model.");
    bytes_ = tensor.bytes;
    rows = static_cast<std::size_t>(tensor.shape[1]);
    columns = static_cast<std::size_t>(tensor.shape[2]);
  }

  double at(std::size_t row, std::size_t column) const {
    float value = 0;
    std::memcpy(&value, bytes_.data() + (row * columns + column) * sizeof value, sizeof value);
    return value;
  }

  std::size_t rows = 0, columns = 0;

 private:
  byte_span bytes_;
};

/// One number of a candidate.
using reader = std::function<double(std::size_t candidate, std::size_t number)>;

struct scored_class {
  std::size_t index = 0;
  double score = 0;
};

[[noreturn]] void refuse(const char* what) {
  throw user_error(std::string{"The answer has "} + what +
                   ": it is laid out otherwise than was said.");
}

double checked(double score) {
  if (!(score >= -defaults::score_slack && score <= 1 + defaults::score_slack))
    refuse("scores that are no probabilities");
  return std::clamp(score, 0.0, 1.0);
}

/// Of classes [first, end).
scored_class best_of(std::size_t first, std::size_t end,
                     const std::function<double(std::size_t)>& score) {
  scored_class best{first, -1};
  for (auto i = first; i < end; ++i)
    if (const auto value = score(i); value > best.score) best = {i, value};
  return best;
}

box around(double x, double y, double width, double height) {
  return {x - width / 2, y - height / 2, x + width / 2, y + height / 2};
}

double largest_coordinate(std::size_t count, const reader& coordinate) {
  double out = 0;
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t k = 0; k < 4; ++k) {
      // What is no number is looked at where it would be told.
      if (const auto value = std::abs(coordinate(i, k)); std::isfinite(value))
        out = std::max(out, value);
    }
  return out;
}

/// How candidates are read: how many there are, their coordinates, and their best class.
struct layout {
  std::size_t count = 0;
  reader coordinate;
  std::function<scored_class(std::size_t)> best;
  bool corners = false;        ///< else centre and size
  bool always_shares = false;  ///< of the input; else it is seen by the numbers
};

std::vector<detection> collect(const layout& from, const photo_frame& photo, double threshold) {
  const bool shares = largest_coordinate(from.count, from.coordinate) <= defaults::box_share_most ||
                      from.always_shares;
  const auto across = shares ? static_cast<double>(photo.width) : 1.0;
  const auto down = shares ? static_cast<double>(photo.height) : 1.0;
  std::vector<detection> out;
  for (std::size_t i = 0; i < from.count; ++i) {
    const auto best = from.best(i);
    const auto score = checked(best.score);
    if (score < threshold) continue;
    const auto a = from.coordinate(i, 0) * across, b = from.coordinate(i, 1) * down;
    const auto c = from.coordinate(i, 2) * across, d = from.coordinate(i, 3) * down;
    if (!std::isfinite(a + b + c + d)) refuse("coordinates that are no numbers");
    out.push_back({from.corners ? box{a, b, c, d} : around(a, b, c, d), best.index, score});
  }
  return out;
}

layout of_yolov5(const matrix& m) {
  return {m.rows, [&m](std::size_t i, std::size_t k) { return m.at(i, k); },
          [&m](std::size_t i) {
            const auto there = checked(m.at(i, 4));
            auto best = best_of(5, m.columns, [&](std::size_t k) { return checked(m.at(i, k)); });
            return scored_class{best.index - 5, best.score * there};
          }};
}

layout of_yolov8(const matrix& m) {
  return {m.columns, [&m](std::size_t i, std::size_t k) { return m.at(k, i); },
          [&m](std::size_t i) {
            auto best = best_of(4, m.rows, [&](std::size_t k) { return checked(m.at(k, i)); });
            return scored_class{best.index - 4, best.score};
          }};
}

layout of_yolov10(const matrix& m) {
  return {m.rows, [&m](std::size_t i, std::size_t k) { return m.at(i, k); },
          [&m](std::size_t i) {
            const auto number = m.at(i, 5);
            if (!(number >= 0 && number < 1e6)) refuse("classes that are no whole numbers");
            return scored_class{static_cast<std::size_t>(std::lround(number)), m.at(i, 4)};
          },
          true};
}

bool are_probabilities(const matrix& m) {
  for (std::size_t row = 0; row < m.rows; ++row)
    for (std::size_t k = 0; k < m.columns; ++k)
      if (const auto x = m.at(row, k); !(x >= 0 && x <= 1)) return false;
  return true;
}

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

/// What a logit is among its row.
scored_class best_by_softmax(const matrix& m, std::size_t row, std::size_t first, std::size_t end) {
  double top = m.at(row, 0);
  for (std::size_t k = 0; k < m.columns; ++k) top = std::max(top, m.at(row, k));
  double sum = 0;
  for (std::size_t k = 0; k < m.columns; ++k) sum += std::exp(m.at(row, k) - top);
  return best_of(first, end, [&](std::size_t k) { return std::exp(m.at(row, k) - top) / sum; });
}

bool names_background(const std::string& label) {
  return label == "background" || label == "__background__" || label == "bg";
}

/// Scores of their own: which classes are something, and what the numbers are.
layout of_scores(const matrix& boxes, const matrix& scores, std::size_t first, std::size_t end) {
  if (boxes.columns != 4 || scores.rows != boxes.rows)
    throw user_error("The answer has another shape than its model.");
  layout out{boxes.rows, [&boxes](std::size_t i, std::size_t k) { return boxes.at(i, k); }, {}};
  const bool all = first == 0 && end == scores.columns;
  if (are_probabilities(scores))
    out.best = [&scores, first, end](std::size_t i) {
      return best_of(first, end, [&](std::size_t k) { return scores.at(i, k); });
    };
  else if (all)
    out.best = [&scores, first, end](std::size_t i) {
      return best_of(first, end, [&](std::size_t k) { return sigmoid(scores.at(i, k)); });
    };
  else
    out.best = [&scores, first, end](std::size_t i) {
      return best_by_softmax(scores, i, first, end);
    };
  return out;
}

candidates of_two_outputs(const understanding& known, std::span<const host_tensor> outputs,
                          const photo_frame& photo, double threshold,
                          const std::vector<std::string>& labels) {
  const matrix boxes{outputs, known.answer}, scores{outputs, known.scores.value_or(~0ULL)};
  const bool each_has_one = labels.size() == scores.columns || scores.columns == 1;
  if (known.what.head == box_head::detr) {
    const auto end = each_has_one ? scores.columns : scores.columns - 1;
    auto from = of_scores(boxes, scores, 0, end);
    from.always_shares = true;
    return {collect(from, photo, threshold), 0};
  }
  const bool background = !each_has_one || (scores.columns > 1 && names_background(labels[0]));
  auto from = of_scores(boxes, scores, background ? 1 : 0, scores.columns);
  from.corners = true;
  return {collect(from, photo, threshold), background && !each_has_one ? std::size_t{1} : 0};
}

}  // namespace

candidates read_candidates(const understanding& known, std::span<const host_tensor> outputs,
                           double threshold, const std::vector<std::string>& labels) {
  if (!known.photo)
    throw user_error("A detector's boxes are of a photo, and this model takes none.");
  const auto& photo = *known.photo;
  const auto head = known.what.head;
  if (head == box_head::ssd || head == box_head::detr)
    return of_two_outputs(known, outputs, photo, threshold, labels);
  const matrix m{outputs, known.answer};
  if (head == box_head::yolov5) return {collect(of_yolov5(m), photo, threshold), 0};
  if (head == box_head::yolov8) return {collect(of_yolov8(m), photo, threshold), 0};
  if (head == box_head::yolov10) return {collect(of_yolov10(m), photo, threshold), 0};
  throw user_error("Nobody said how this detector's answer holds boxes.");
}

}  // namespace bramble
