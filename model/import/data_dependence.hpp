#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <string>

namespace bramble {

/// Where an inlined graph looks at tensor values rather than at shapes or settings, for people.
/// Empty where it does not.
struct decisions {
  std::string branch;    ///< the first `if` or loop: "an if decided by aten::Bool at net.py:12"
  std::string number;    ///< the first number: "a number read by aten::item at net.py:12"
  std::string untraced;  ///< the first op that no trace shows: "aten::resize_ at net.py:12"
};

decisions find_decisions(torch::jit::Graph& graph);

}  // namespace bramble
