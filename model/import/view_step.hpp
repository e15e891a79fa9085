#pragma once

#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/ir/ir.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bramble {

/// How a tensor is seen in another one whose memory it shares: one step of the few kinds that every
/// view is made of.
struct view_step {
  enum class kind_t {
    slice,    ///< `start` to `end` by `stride` along `dim`
    reshape,  ///< the same elements in the same order, of shape `to`
    permute,  ///< the axes in another `order`
    expand,   ///< repeated to shape `to`
    other     ///< `node` on the tensor (a diagonal, windows ...), if it is not null
  } kind = kind_t::other;
  std::vector<std::int64_t> from, to;  ///< shapes
  std::int64_t dim = 0, start = 0, end = 0, stride = 1;
  std::vector<std::int64_t> order;
  torch::jit::Node* node = nullptr;
  std::vector<c10::IValue> arguments;  ///< of `node`; the tensor itself comes at `place`
  std::size_t place = 0;
};

/// One of the tensors in a list that an op returned.
struct part_of_list {
  std::vector<std::vector<std::int64_t>> before;  ///< the shapes of those in front of it
};

/// A view op as it ran in a trace.
struct traced_view {
  torch::jit::Node* node = nullptr;    ///< null: it cannot be run again on another tensor
  std::string op;                      ///< of an op like `aten::unsqueeze_` the one without writing
  std::vector<c10::IValue> arguments;  ///< `None` for tensors
  std::size_t place = 0;               ///< which argument is the tensor seen
  std::vector<std::int64_t> from, to;  ///< shapes of that tensor and of the result
  std::optional<part_of_list> part;
};

/// What it is made of, in order.
std::vector<view_step> steps_of(const traced_view& view);

/// Puts ops at the graph's insert point that take the step from `whole`.
torch::jit::Value* seen(torch::jit::Graph& graph, const view_step& step, torch::jit::Value* whole);

/// The same for a tensor.
at::Tensor seen(const view_step& step, const at::Tensor& whole);

/// False where `put_back` does not work.
bool can_put_back(const view_step& step);

/// `whole`, with `part` in the place that the step shows.
torch::jit::Value* put_back(torch::jit::Graph& graph, const view_step& step,
                            torch::jit::Value* whole, torch::jit::Value* part);

}  // namespace bramble
