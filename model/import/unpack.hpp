#pragma once

#include <torch/csrc/jit/api/module.h>

#include <string>

namespace bramble {

/// Takes back what `optimize_for_mobile` did to a module: convolutions and linear layers whose
/// weights were packed for XNNPACK become the ordinary ops again, and weights kept as whole numbers
/// that are made float before use become float weights. Throws `user_error` (starting
/// with `file`) for quantised ops, whose weights and answers are those of one kind of kernel.
void unpack_ops(torch::jit::Module& module, const std::string& file);

/// Lets a tracer see tensors of plain numbers (`torch.tensor([0.5, 2.0])` in scripted code) and of
/// truth values (`m[:, 2] = False`) as the constants that they are for inputs of one shape:
/// LibTorch's op makes an empty tensor and fills it where no tracer looks, or by what is no call.
void show_literal_tensors(torch::jit::Module& module);

}  // namespace bramble
