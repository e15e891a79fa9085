#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <string>

namespace bramble {

/// "aten::add_ at net.py:12": an op and the line of the model's source that it comes from, as far
/// as the file tells. For messages.
std::string op_and_place(const torch::jit::Node* node);

/// " at net.py:12", or empty where nothing is known.
std::string place_of(const torch::jit::Node* node);

/// While one lives, traced nodes carry the source line that the interpreter is at; LibTorch itself
/// asks Python alone. One at a time: the tracer's hook is of the whole process.
class traced_source_lines {
 public:
  traced_source_lines();
  traced_source_lines(const traced_source_lines&) = delete;
  traced_source_lines& operator=(const traced_source_lines&) = delete;
  ~traced_source_lines();
};

}  // namespace bramble
