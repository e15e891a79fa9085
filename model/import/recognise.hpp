#pragma once

#include <optional>

#include "model/import/builder.hpp"

namespace bramble {

/// The typed form of one node, without name and outputs, where exact region arithmetic knows it: a
/// convolution of a 1xCxHxW map with constant weights, transposed or not, pooling, upsampling,
/// concat of channels. Empty for everything else; see also `lift`.
std::optional<op> recognise(const torch::jit::Node* node, graph_builder& builder);

bool is_convolution(const torch::jit::Node* node, const graph_facts& facts);

/// The activation a convolution can take over; empty when `node` is none of those.
std::optional<fused_activation> activation_of(const torch::jit::Node* node);

/// "3x3/2": kernel and, unless it is 1, stride.
std::string text_of(const window& win);

}  // namespace bramble
