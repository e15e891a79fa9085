#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <optional>
#include <string>
#include <vector>

#include "model/import/memory_metadata.hpp"

namespace bramble {

/// Which arguments of an op it writes into, by position. Empty for ops that write nowhere.
std::vector<std::size_t> written_arguments(const torch::jit::Node* node);

/// "aten::unsqueeze_" gives "aten::unsqueeze": ops that write nothing but how their own tensor is
/// seen. Empty for all others.
std::optional<std::string> reshapes_itself(const torch::jit::Node* node);

/// The op that makes what `node` would write, put at the graph's insert point, and what it returns,
/// one value for each of `written_arguments`. Null where LibTorch has none.
torch::jit::Node* functional_op(torch::jit::Graph& graph, const torch::jit::Node* node);

/// Whether an op makes truth values of numbers: `x.gt_(0)` writes ones and zeros.
bool decides(const torch::jit::Node* node);

/// Ops at the insert point that make: `x` as a tensor of another type; `x`, which is as `from`
/// says, with the shape and type of `to`; a tensor as `to` full of one `number`.
torch::jit::Value* of_type(torch::jit::Graph& graph, torch::jit::Value* x, at::ScalarType type);
torch::jit::Value* fitted(torch::jit::Graph& graph, torch::jit::Value* x, const memory_facts& from,
                          const memory_facts& to);
torch::jit::Value* filled(torch::jit::Graph& graph, torch::jit::Value* number,
                          const memory_facts& to);

}  // namespace bramble
