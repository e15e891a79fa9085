#pragma once

#include <memory>
#include <vector>

#include "model/plan/compute_engine.hpp"
#include "model/plan/program.hpp"
#include "model/runtime/device_model.hpp"

namespace bramble {

/// What one node does in one plan, ready to run: every kernel made, every weight packed, and every
/// step's and transfer's place in the node's buffers known. Immutable; several requests may run on
/// it, all on the device's computing thread.
class loaded_plan : public prepared_plan {
 public:
  /// Checks `p` against the model, derives the program and prepares everything (hundreds of
  /// milliseconds when much is packed for the first time). Throws `user_error` when the plan does
  /// not fit, or a weight is missing. On the device's computing thread.
  loaded_plan(std::shared_ptr<device_model> device, plan p, std::uint16_t node);

  /// A value's part that this node keeps in one buffer.
  struct held {
    value_id value = 0;
    region part;
    std::size_t bytes = 0;
    /// Steps that make or read it, transfers that bring or take it, and the request's own use: when
    /// all have happened it can go.
    std::uint32_t uses = 0;
  };

  /// A box inside a held buffer; the view's `data` is null.
  struct place {
    std::uint32_t holding = 0;
    std::size_t offset = 0;  // bytes
    tensor_view view;
  };

  static constexpr std::int32_t not_here = -1;

  struct bound_step {
    op_id op = 0;
    any_kernel kernel;
    std::vector<place> inputs;
    std::vector<place> outputs;
    /// Index into `inputs` of what the output may overwrite when nobody else wants it, or not_here.
    std::int32_t overwrites = not_here;
    std::vector<std::uint32_t> holdings;   // each holding it touches, once per use
    std::uint32_t waits = 0;               // steps and transfers that come first
    std::vector<std::uint32_t> unblocks;   // steps
    std::vector<std::uint32_t> completes;  // outgoing transfers it makes (a part of)
  };

  struct bound_transfer {
    std::uint16_t to = 0;
    place at;
    std::size_t bytes = 0;                // on the wire
    std::uint32_t waits = 0;              // outgoing: steps that make it
    std::vector<std::uint32_t> unblocks;  // incoming: steps
  };

  const graph& model() const { return device_->model(); }
  const plan& source() const { return plan_; }
  std::uint16_t node() const { return node_; }
  bool is_host() const { return node_ == plan_.host; }
  /// What the planner counts (weight_parts.hpp).
  std::uint64_t weight_bytes() const override { return weight_bytes_; }
  const std::shared_ptr<buffer_pool>& pool() const { return device_->pool(); }
  const runtime_options& options() const { return device_->options(); }

  const std::vector<held>& holdings() const { return holdings_; }
  const std::vector<bound_step>& steps() const { return steps_; }
  /// Transfers of the whole program: the numbers on the wire.
  const std::vector<transfer>& transfers() const { return program_.transfers; }
  /// Index into `incoming()` or `outgoing()` of a transfer, or `not_here`.
  const std::vector<std::int32_t>& incoming_index() const { return incoming_index_; }
  const std::vector<bound_transfer>& incoming() const { return incoming_; }
  const std::vector<std::int32_t>& outgoing_index() const { return outgoing_index_; }
  const std::vector<bound_transfer>& outgoing() const { return outgoing_; }
  /// Transfers of the graph's inputs, which wait for nothing.
  const std::vector<std::uint32_t>& initial_sends() const { return initial_sends_; }
  /// Where a graph's input or output lies, or `not_here`.
  std::int32_t holding_of(value_id value) const { return holding_of_[value]; }

 private:
  void bind_holdings();
  void bind_transfers();
  void bind_step(std::uint32_t index);
  void count_weights();
  place place_of(value_id value, const region& box) const;
  place widest_place(value_id value, const region& needed) const;
  std::int32_t overwritable_input(const bound_step& step, const region& out) const;

  std::shared_ptr<device_model> device_;
  plan plan_;
  std::uint16_t node_;
  program program_;
  std::vector<held> holdings_;
  std::vector<std::int32_t> holding_of_;
  std::vector<bound_step> steps_;
  std::vector<std::int32_t> incoming_index_, outgoing_index_;
  std::vector<bound_transfer> incoming_, outgoing_;
  std::vector<std::uint32_t> initial_sends_;
  std::uint64_t weight_bytes_ = 0;
};

/// Every op whole on one node called `name`.
plan whole_plan(const graph& g, const std::string& name);

}  // namespace bramble
