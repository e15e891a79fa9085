#pragma once

#include "model/import/builder.hpp"

namespace bramble {

/// Many tensors are maps in another arrangement: vectors of features, pixels with their channels
/// last, rows of tokens. What is done to them between two ops that need the tensor itself is done
/// to the maps that carry them, because those can be divided: linear layers are convolutions, norms
/// and softmax work pixel by pixel, permuting costs nothing.
///
/// Converts one node this way, its outputs carried; false (and nothing done) where that is not
/// possible. Ops on maps as they are, elementwise or on their channels, are among them.
bool lift(const torch::jit::Node* node, graph_builder& builder);

// What `lift` is made of; each is for one kind of node and works like it.
bool lift_layout(const torch::jit::Node* node, graph_builder& builder);
bool lift_linear(const torch::jit::Node* node, graph_builder& builder);
bool lift_norm(const torch::jit::Node* node, graph_builder& builder);
bool lift_average(const torch::jit::Node* node, graph_builder& builder);
bool lift_concat(const torch::jit::Node* node, graph_builder& builder);
bool lift_select(const torch::jit::Node* node, graph_builder& builder);
bool lift_elementwise(const torch::jit::Node* node, graph_builder& builder);

/// The shape of the map that carries a tensor with its last axis as channels.
std::vector<std::int64_t> shape_with_channels_last(const std::vector<std::int64_t>& shape);

/// The map that carries a float tensor so, made where there is none.
value_id with_channels_last(graph_builder& builder, const torch::jit::Value* value);

/// True for tensors `with_channels_last` knows what to do with.
bool can_have_channels_last(const graph_builder& builder, const torch::jit::Value* value);

/// Which axis of the tensor is the channels of its map; -1 for none.
std::int64_t channel_axis(tensor_form form, std::size_t rank);

/// An axis counted from the front.
std::int64_t from_front(std::int64_t axis, std::size_t rank);

}  // namespace bramble
