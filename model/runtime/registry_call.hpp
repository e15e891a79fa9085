#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

#include "model/runtime/aten_tensors.hpp"

namespace bramble {

/// An op of LibTorch's registry with its constant arguments filled in; any op of any model runs
/// through one of these.
class prepared_call {
 public:
  /// Throws `user_error` naming the op when this LibTorch does not have it, or it does not fit its
  /// arguments, or it writes to them.
  prepared_call(weight_source& weights, op_id id);

  /// The tensors that come out of the call, lists taken apart. `inputs` are as `op::inputs`.
  std::vector<at::Tensor> run(const std::vector<at::Tensor>& inputs) const;

  /// Replaces every constant tensor by what `change` makes of it.
  template <class Change>
  void change_constants(Change change) {
    for (auto& value : stack_)
      if (value.isTensor()) value = change(value.toTensor());
  }

  /// Makes inputs of the constant tensors that `chosen` says, numbered on from `next`, and hands
  /// them out.
  template <class Chosen>
  std::vector<at::Tensor> take_constants(std::size_t next, Chosen chosen) {
    std::vector<at::Tensor> taken;
    for (std::size_t i = 0; i < stack_.size(); ++i) {
      if (!stack_[i].isTensor() || !chosen(stack_[i].toTensor())) continue;
      taken.push_back(stack_[i].toTensor());
      stack_[i] = c10::IValue();
      slots_.push_back({i, 0, next++});
    }
    return taken;
  }

 private:
  struct slot {  // an argument, or an item of a list argument, that is an input
    std::size_t argument;
    std::size_t item;
    std::size_t input;
  };

  void fill(weight_source& weights, std::size_t i, const c10::Argument& wanted,
            const argument& given);
  void fill_list(weight_source& weights, std::size_t i, const c10::TypePtr& element,
                 const tensor_list& list);
  std::size_t input_of(value_id id) const;
  [[noreturn]] void refuse(const std::string& why) const;

  const graph& g_;
  op_id id_;
  c10::OperatorHandle handle_;
  std::vector<c10::IValue> stack_;
  std::vector<slot> slots_;
  std::vector<slot> list_slots_;
};

}  // namespace bramble
