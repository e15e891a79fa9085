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

bool lift_map_norm(const torch::jit::Node* node, graph_builder& builder);
bool lift_shuffle(const torch::jit::Node* node, graph_builder& builder);
bool lift_pad(const torch::jit::Node* node, graph_builder& builder);
bool lift_line(const torch::jit::Node* node, graph_builder& builder);

// Likewise, for what the first ones do not know: tensors whose axes are parts of their map's.
bool lift_view(const torch::jit::Node* node, graph_builder& builder);
bool lift_rows(const torch::jit::Node* node, graph_builder& builder);
bool lift_product(const torch::jit::Node* node, graph_builder& builder);
bool lift_window_product(const torch::jit::Node* node, graph_builder& builder);
bool lift_shift(const torch::jit::Node* node, graph_builder& builder);
bool lift_arranged(const torch::jit::Node* node, graph_builder& builder);

/// A tensor as its map has it, whatever its form.
struct placed_tensor {
  value_id map = no_id;
  arrangement how;
};

/// Empty for a tensor that no map carries, or only unevenly.
std::optional<placed_tensor> placed(const graph_builder& builder, const torch::jit::Value* value);
/// Carries a tensor so, in the simplest form that says it.
void carry_placed(graph_builder& builder, const torch::jit::Value* value,
                  const placed_tensor& tensor);
/// In a map of its own channels alone.
placed_tensor settled(graph_builder& builder, const placed_tensor& tensor);
/// In a map of one column, so that its pixels are rows.
placed_tensor in_rows(graph_builder& builder, const placed_tensor& tensor);
/// A constant as it lies in such a map: rows x columns x channels, dense. `t` has the shape that
/// `how` says.
at::Tensor laid_out(const at::Tensor& t, const arrangement& how);

/// Every output element depends on the elements at its own place alone.
bool is_elementwise_name(const std::string& name);

/// The order of axes a permute or transpose puts its input into.
std::optional<std::vector<std::int64_t>> order_of(const torch::jit::Node* node, std::size_t rank);

/// The shape of the map that carries a tensor with its last axis as channels.
std::vector<std::int64_t> shape_with_channels_last(const std::vector<std::int64_t>& shape);

/// The map that carries a float tensor so, made where there is none.
value_id with_channels_last(graph_builder& builder, const torch::jit::Value* value);

/// True for tensors `with_channels_last` knows what to do with.
bool can_have_channels_last(const graph_builder& builder, const torch::jit::Value* value);

/// The same map with its pixels in these rows and columns; the same bytes as another map, where it
/// has other channels. Itself, where it lies so.
value_id in_pixels(graph_builder& builder, value_id map, const std::vector<std::int64_t>& shape);

/// The map's means over windows of this size, side by side.
value_id average(graph_builder& builder, value_id map, std::array<std::int64_t, 2> kernel);

/// The mean over all pixels, of each row first: the rows can be divided, and only their means
/// travel.
value_id global_average(graph_builder& builder, value_id map);

/// A float tensor of 1xCxL, and the map of one column that it is.
bool is_line(const tensor_facts* facts);
value_id line_of(graph_builder& builder, const torch::jit::Value* value);

/// Which axis of the tensor is the channels of its map; -1 for none.
std::int64_t channel_axis(tensor_form form, std::size_t rank);

/// An axis counted from the front.
std::int64_t from_front(std::int64_t axis, std::size_t rank);

}  // namespace bramble
