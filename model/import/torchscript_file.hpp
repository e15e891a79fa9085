#pragma once

#include <torch/csrc/jit/api/module.h>

#include <functional>
#include <string>

namespace bramble {

/// Opens a TorchScript file. Throws `user_error` for what is none, and for what LibTorch cannot
/// read, saying which of the two.
torch::jit::Module load_torchscript(const std::string& file);

/// Calls `each` with every graph of a module: its methods, those of its parts, and the functions
/// that they call.
void each_graph(const torch::jit::Module& module,
                const std::function<void(torch::jit::Graph&)>& each);

/// Calls `each` with every node of a graph, blocks in it included. It may destroy that node.
void each_node(torch::jit::Block* block, const std::function<void(torch::jit::Node*)>& each);

}  // namespace bramble
