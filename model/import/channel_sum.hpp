#pragma once

#include "model/import/tensor_metadata.hpp"

namespace bramble {

/// Local response normalisation over channels is traced as a zero-padded map, slices of its
/// channels and their sum. One by one these are atoms, which would bind a whole early map to one
/// node; together they are a 1x1 convolution with a banded weight, which splits like any other.
/// Rewrites each such sum (with constant factors and summands around it) where nobody else reads
/// what is in between, for maps of at most `defaults::channel_sum_limit` channels.
void replace_channel_sums(torch::jit::Graph& graph, graph_facts& facts);

}  // namespace bramble
