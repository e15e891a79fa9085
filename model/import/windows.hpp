#pragma once

#include <torch/csrc/jit/ir/ir.h>

namespace bramble {

/// Whether a network cuts maps into windows as Swin does: rows of windows, their rows, columns of
/// windows, their columns, of which the middle two change places. Only then is what such networks
/// have besides looked for, so that all others are imported as they always were.
bool cuts_windows(const torch::jit::Graph& graph);

/// What masks of shifted windows are made of: tensors of zeros that only ask another one for its
/// type become constants, and dropouts of nothing go.
void fix_what_masks_are_made_of(torch::jit::Graph& graph);

}  // namespace bramble
