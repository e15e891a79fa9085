#pragma once

#include "model/import/tensor_metadata.hpp"

namespace bramble {

/// Lists of slices (split, chunk, unbind with known elements) become single slices, and a channel
/// shuffle (a view in groups, transposed and viewed back) becomes a choice of channels: both are
/// ops that can be divided, where lists and maps of five axes cannot.
void replace_channel_choices(torch::jit::Graph& graph, graph_facts& facts);

/// What exporters take apart becomes one op again: layer norms, GELUs, and linear layers whose bias
/// is added by an op of its own.
void replace_decomposed(torch::jit::Graph& graph, graph_facts& facts);

/// Multi-head attention of a sequence with itself, which LibTorch has as one op, becomes the linear
/// layers around it, which can be divided, and what is between. True when there was any; the facts
/// of what was put in are then to be gathered anew.
bool replace_attention(torch::jit::Graph& graph, const graph_facts& facts);

}  // namespace bramble
