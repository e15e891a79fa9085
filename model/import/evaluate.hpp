#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <functional>
#include <memory>
#include <vector>

namespace bramble {

/// Sees each executed node with its results.
using node_observer =
    std::function<void(torch::jit::Node*, const std::vector<c10::IValue>& results)>;

/// Runs a flat graph (no nested blocks) node by node through the operator registry, freeing every
/// tensor after its last use. Neither LibTorch's profiling nor its fusers are involved, so the
/// first run is as fast as any. Throws `std::runtime_error` naming the op and its source line for
/// what an op throws, and for one that cannot be run this way.
std::vector<at::Tensor> evaluate(torch::jit::Graph& graph, const std::vector<at::Tensor>& inputs,
                                 const node_observer& observer = {});

}  // namespace bramble
