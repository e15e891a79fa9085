#pragma once

#include "actors/protocol/messages.hpp"

namespace bramble {

/// Tensors too large for one message travel in parts: first their shapes and types, then their
/// bytes, as if all tensors were one run of bytes; a part lies in one tensor.

/// The same tensors without their bytes.
std::vector<host_tensor> shapes_of(const std::vector<host_tensor>& tensors);

/// What tensors of these shapes and types take in bytes, whether they have them or not. Throws
/// `user_error` for a shape that is none, or far too large.
std::uint64_t bytes_of(const std::vector<host_tensor>& forms);

/// Where the part after the one at `offset` begins; `bytes_of(forms)` after the last.
std::uint64_t end_of_part(const std::vector<host_tensor>& forms, std::uint64_t offset);

/// The part at `offset`. Throws `user_error` when the tensors end before it.
tensor_part cut_part(const std::vector<host_tensor>& tensors, std::uint64_t offset);

/// Puts tensors together again. What it holds grows with what arrived, never with what was
/// announced.
class chunk_assembler {
 public:
  chunk_assembler() = default;
  explicit chunk_assembler(std::vector<host_tensor> forms);

  /// Throws `user_error` when this is not the next part.
  void take(const tensor_part& part);
  std::uint64_t taken() const { return taken_; }
  std::uint64_t bytes() const { return bytes_; }
  bool complete() const { return taken_ == bytes_; }
  std::vector<host_tensor> tensors() && { return std::move(tensors_); }

 private:
  std::vector<host_tensor> tensors_;
  std::uint64_t bytes_ = 0;
  std::uint64_t taken_ = 0;
};

}  // namespace bramble
