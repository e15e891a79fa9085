#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "model/graph/graph.hpp"
#include "model/plan/op_table.hpp"

namespace bramble {

/// Two ops with equal texts take equal time: the same work on tensors of the same sizes.
std::string likeness(const graph& g, const op& o);

/// What computes an op: a library, and where that has several codes for it the name of one.
struct kernel_choice {
  backend by = backend::own;
  std::string code = {};  ///< empty: the library's own choice

  friend bool operator==(const kernel_choice&, const kernel_choice&) = default;
};

/// What computes convolutions of each likeness on this device, as a calibration found. Shared by
/// all models of a process, and thread-safe.
class backend_choices {
 public:
  void set(const std::string& like, const kernel_choice& best);
  std::optional<kernel_choice> find(const std::string& like) const;
  /// How many times a choice that was known became another one.
  std::uint64_t changes() const;

 private:
  mutable std::mutex mutex_;
  std::uint64_t changes_ = 0;
  std::map<std::string, kernel_choice> best_;
};

/// One way to make an op, as a calibration saw it.
struct kernel_candidate {
  kernel_choice choice;
  double ms = 0;
  bool exact = false;  ///< its parts have the bits of the whole
};

/// The first, which is the fastest, where it is exact; else the fastest exact one that takes at
/// most `defaults::exactness_cost` times as long; else the first all the same.
const kernel_candidate& best_of(const std::vector<kernel_candidate>& candidates);

}  // namespace bramble
