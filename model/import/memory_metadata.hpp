#pragma once

#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/ir/ir.h>

#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bramble {

/// Where a tensor lay in memory while a graph ran.
struct memory_facts {
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

  std::size_t storage = nowhere;  ///< numbered; equal for tensors that share it
  std::vector<std::int64_t> shape, strides;
  std::int64_t offset = 0;
  at::ScalarType type = at::kFloat;

  /// Whether it is all of the same elements in the same order.
  bool same_place(const memory_facts& other) const;
  /// Whether it has its elements in order, from its storage's start.
  bool is_plain() const;
};

/// What a run of a graph that writes in place tells about memory: of every value that is a tensor
/// or a list of tensors, and the content of those that are plain numbers.
class memory_record {
 public:
  /// Runs `graph` on copies of `inputs`; constants that the run may write into are copied, too.
  memory_record(torch::jit::Graph& graph, const std::vector<at::Tensor>& inputs);

  /// Null for what is no defined tensor.
  const memory_facts* tensor(const torch::jit::Value* value) const;
  /// The elements of a list of tensors; null for anything else.
  const std::vector<memory_facts>* list(const torch::jit::Value* value) const;
  /// What a value that is no tensor was; `None` for tensors.
  c10::IValue other(const torch::jit::Value* value) const;

 private:
  memory_facts facts_of(const at::Tensor& tensor);
  void note(const torch::jit::Value* value, const c10::IValue& what);

  std::unordered_map<const torch::jit::Value*, memory_facts> tensors_;
  std::unordered_map<const torch::jit::Value*, std::vector<memory_facts>> lists_;
  std::unordered_map<const torch::jit::Value*, c10::IValue> others_;
  /// Weak pointers keep the address from being used again.
  std::map<c10::StorageImpl*, std::pair<std::size_t, c10::weak_intrusive_ptr<c10::StorageImpl>>>
      storages_;
};

}  // namespace bramble
