#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <string>

namespace bramble {

/// The first `if` or loop of an inlined graph whose condition comes from tensor values rather than
/// from shapes or settings, for people: "an if decided by aten::Bool at net.py:12". Empty when
/// there is none.
std::string data_dependent_branch(torch::jit::Graph& graph);

}  // namespace bramble
