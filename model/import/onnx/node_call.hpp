#pragma once

#include <ATen/ATen.h>
#include <ATen/TracerMode.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/import/onnx/operand.hpp"

namespace bramble {

/// Thrown where a node's shape is decided by what the network is given: it can be imported for one
/// value of those inputs.
class onnx_value_needed : public std::runtime_error {
 public:
  onnx_value_needed(const std::string& why, std::uint64_t inputs)
      : std::runtime_error{why}, inputs_{inputs} {}
  /// As `onnx_operand::inputs`.
  std::uint64_t inputs() const { return inputs_; }

 private:
  std::uint64_t inputs_;
};

/// Thrown where a node asks for what there is no equivalent of; the text follows the node's name.
class onnx_refused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using shape_t = std::vector<std::int64_t>;

/// A node with what it reads, for the code that does what it says. Readers throw `onnx_refused`
/// where the file has something else than asked for.
class node_call {
 public:
  node_call(const onnx_node& node, std::int64_t opset, std::vector<onnx_operand> inputs)
      : node_{node}, opset_{opset}, inputs_{std::move(inputs)} {}

  const onnx_node& node() const { return node_; }
  std::int64_t opset() const { return opset_; }

  std::size_t count() const { return inputs_.size(); }
  bool has(std::size_t i) const { return i < inputs_.size() && inputs_[i].tensor.defined(); }
  bool known(std::size_t i) const { return has(i) && inputs_[i].known(); }
  const onnx_operand& operand(std::size_t i) const { return inputs_.at(i); }
  const at::Tensor& in(std::size_t i) const;
  /// All that are there.
  std::vector<at::Tensor> all() const;
  /// Undefined for one left out.
  at::Tensor maybe(std::size_t i) const { return has(i) ? inputs_[i].tensor : at::Tensor{}; }
  std::int64_t rank(std::size_t i) const { return in(i).dim(); }
  shape_t shape(std::size_t i) const { return in(i).sizes().vec(); }

  /// The content of an input that has to be the same in every run. `onnx_value_needed` else.
  shape_t ints(std::size_t i) const;
  std::int64_t integer(std::size_t i) const;
  double number(std::size_t i) const;
  std::vector<double> numbers(std::size_t i) const;
  const at::Tensor& needed(std::size_t i) const;

  std::size_t outputs() const { return node_.outputs.size(); }
  bool wants(std::size_t output) const {
    return output < node_.outputs.size() && !node_.outputs[output].empty();
  }

  /// What it makes first is what the network answers.
  bool is_answer() const { return answer_; }
  void set_answer() { answer_ = true; }

  bool given(const std::string& attribute) const { return find(attribute) != nullptr; }
  std::int64_t attribute(const std::string& name, std::int64_t otherwise) const;
  bool flag(const std::string& name, bool otherwise) const {
    return attribute(name, otherwise ? 1 : 0) != 0;
  }
  double real(const std::string& name, double otherwise) const;
  std::string text(const std::string& name, const std::string& otherwise) const;
  shape_t list(const std::string& name, const shape_t& otherwise) const;
  std::vector<double> reals(const std::string& name) const;
  std::vector<std::string> texts(const std::string& name) const;
  const onnx_tensor* tensor(const std::string& name) const;
  const onnx_graph& graph(const std::string& name) const;
  /// The sizes, axes ... that newer opsets have as an input and older ones as an attribute; empty
  /// where neither is there.
  std::optional<shape_t> list_or_input(const std::string& name, std::size_t input) const;

  /// An axis counted from the front. Throws for one that a tensor of this rank does not have.
  std::int64_t axis_of(std::int64_t axis, std::int64_t rank) const;
  std::int64_t axis(const std::string& name, std::int64_t otherwise, std::int64_t rank) const {
    return axis_of(attribute(name, otherwise), rank);
  }
  shape_t axes_of(shape_t axes, std::int64_t rank) const;

  /// Throws for a tensor that a few numbers of the file make too large to hold.
  void check_size(const shape_t& shape) const;

  [[noreturn]] void refuse(const std::string& why) const { throw onnx_refused{why}; }

 private:
  const onnx_attribute* find(const std::string& name) const;
  template <class Kind>
  const Kind* get(const std::string& name) const;

  const onnx_node& node_;
  std::int64_t opset_;
  std::vector<onnx_operand> inputs_;
  bool answer_ = false;
};

/// What `action` makes, without a trace of how: for constants, of which only the last is kept.
template <class Action>
auto untraced(Action action) {
  const at::tracer::impl::NoTracerDispatchMode unseen;
  return action();
}

/// Indices along an axis of this size, which may count from its end.
at::Tensor counted_from_front(const at::Tensor& index, std::int64_t size);

/// The second input of two that are combined element by element, as it lies over the first: up to
/// opset 6 the file says at which axis.
at::Tensor second_operand(const node_call& call);

/// What a node makes, in the order of its outputs; those that nobody wants may be missing.
using onnx_answers = std::vector<at::Tensor>;

struct onnx_op {
  const char* name;
  onnx_answers (*run)(const node_call& call);
  /// It looks at its input's shape alone, so what it makes is known whatever its input is.
  bool of_shape = false;
  /// Of an op that makes whole numbers of reals: these; null where they are not to be had.
  std::shared_ptr<const onnx_reals> (*reals)(const node_call& call) = nullptr;
};

}  // namespace bramble
