#include "model/image/classification.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "config/base/files.hpp"
#include "config/defaults.hpp"
#include "config/defaults_names.hpp"
#include "config/parse.hpp"

namespace bramble {

std::vector<std::string> read_labels(const std::filesystem::path& path) {
  const auto text = as_text(read_file(path, defaults::label_file_limit_bytes));
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    auto line = text.substr(begin, end - begin);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    // Labels are printed on terminals; a file with control characters is no label file.
    if (line.size() > defaults::label_bytes_most || !is_text(line))
      throw user_error(path.string() + ":" + std::to_string(out.size() + 1) +
                       ": this is no line of text in UTF-8; a label file has the name of one "
                       "class per line.");
    out.push_back(std::move(line));
    begin = end + 1;
  }
  while (!out.empty() && out.back().empty()) out.pop_back();
  if (out.empty())
    throw user_error(path.string() +
                     ": the file is empty; a label file has the name of one class "
                     "per line.");
  return out;
}

std::vector<double> softmax(std::span<const float> logits) {
  for (const float logit : logits)
    if (!std::isfinite(logit))
      throw user_error(
          "The model's answer has values that are not finite numbers; check the values "
          "of its input.");
  std::vector<double> out(logits.begin(), logits.end());
  if (out.empty()) return out;
  const double largest = *std::max_element(out.begin(), out.end());
  double sum = 0;
  for (auto& value : out) sum += value = std::exp(value - largest);
  for (auto& value : out) value /= sum;
  return out;
}

std::vector<class_score> top_classes(std::span<const float> logits, std::size_t count,
                                     const std::vector<std::string>& labels) {
  if (!labels.empty() && labels.size() != logits.size())
    throw user_error("The label file has " + std::to_string(labels.size()) +
                     " lines, and the model answers with " + std::to_string(logits.size()) +
                     " classes.");
  const auto probabilities = softmax(logits);
  std::vector<std::size_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  count = std::min(count, order.size());
  // By logit: two classes can have different logits and, after rounding, the same probability.
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                    [&](std::size_t a, std::size_t b) {
                      return logits[a] != logits[b] ? logits[a] > logits[b] : a < b;
                    });
  std::vector<class_score> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back({order[i], labels.empty() ? "" : labels[order[i]], probabilities[order[i]]});
  return out;
}

}  // namespace bramble
