#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace bramble {

/// One line per class, the first line being class 0. Empty lines at the end are dropped, carriage
/// returns too. Throws `user_error` when the file cannot be read, has no line, or is no text.
std::vector<std::string> read_labels(const std::filesystem::path& path);

/// exp(x) normalised to the sum 1, computed in double so that no input overflows. Throws
/// `user_error` when a logit is NaN or infinite: a model that answers so has been fed wrongly.
std::vector<double> softmax(std::span<const float> logits);

struct class_score {
  std::size_t index = 0;
  std::string label;  ///< empty without labels
  double p = 0;       ///< probability, in 0..1

  bool operator==(const class_score&) const = default;
};

/// The `count` most probable classes (all, when there are fewer), the best first, equal ones by
/// index. `labels` is empty or has one entry per logit, else `user_error`.
std::vector<class_score> top_classes(std::span<const float> logits, std::size_t count,
                                     const std::vector<std::string>& labels = {});

}  // namespace bramble
