#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "model/graph/manifest.hpp"

namespace bramble {

/// What `model import` and `model set` are told of a model's photos and answers.
class meaning_flags {
 public:
  void add_to(CLI::App& verb);

  bool any() const;
  const std::string& labels_file() const { return labels_; }
  /// What was typed takes the place of what a manifest says; the rest of it stays. Throws
  /// `usage_error` for what cannot be, and `user_error` for a file of labels that cannot be read.
  /// Whether it goes with the model is `check_use`'s matter.
  void apply_to(manifest& m) const;

 private:
  std::vector<std::string> mean_, deviation_, scale_;
  std::string labels_, task_, head_, fit_, layout_, colours_, range_;
};

/// "Its answer is read as boxes ... (guessed ...)": what an import says; empty where nobody knows.
std::string describe_reading(const understanding& known, const std::string& model);

/// "letterbox, nchw, rgb, 0..1, mean 0.5, deviation 0.5": how a photo becomes the input; empty for
/// a model that takes none.
std::string describe_photo(const understanding& known, const manifest& m);

}  // namespace bramble
