#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "model/graph/host_tensor.hpp"

namespace bramble {

/// Where outputs are written: cat.npy for cat.jpg, or cat_0.npy, cat_1.npy, ... where a model has
/// several. Answers that would overwrite another input's, or an input, are refused. Any thread.
class output_files {
 public:
  /// Makes the folder; throws `user_error` when that fails. Empty: nothing is written.
  explicit output_files(std::filesystem::path folder);

  bool wanted() const { return !folder_.empty(); }
  /// Files that nothing is to be written over.
  void keep(const std::vector<std::string>& inputs);
  /// Before anything is asked about `input`: why its outputs cannot be written; empty: they can.
  std::string claim(const std::string& input);
  /// Each output whole or not at all; where they are. Throws `user_error` when that fails.
  std::vector<std::string> write(const std::string& input, const std::vector<host_tensor>& outputs);

 private:
  std::string target(const std::string& input, const std::string& which) const;
  bool is_input(const std::string& file);

  std::filesystem::path folder_;
  std::mutex mutex_;
  std::map<std::string, std::string> inputs_by_stem_;
  std::set<std::string> kept_;
};

}  // namespace bramble
