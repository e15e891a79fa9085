#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <string>
#include <vector>

namespace bramble {

/// Rewrites a traced graph that writes into tensors, or into parts of tensors, to one that computes
/// the same and writes nowhere: a write makes a new tensor, in which the part is put back through
/// the views that it was seen by, and later readers of that memory see it anew. `inputs` are those
/// of the trace. Throws `user_error` (starting with `place`) naming the op and source line of what
/// cannot be rewritten, and whatever the ops throw.
void make_functional(torch::jit::Graph& graph, const std::vector<at::Tensor>& inputs,
                     const std::string& place);

}  // namespace bramble
