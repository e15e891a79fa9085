#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "model/graph/host_tensor.hpp"
#include "model/runtime/loaded_plan.hpp"
#include "model/runtime/ready_set.hpp"

namespace bramble {

/// A request on a loaded plan. Plain calls, no threads and no waiting, all on the device's
/// computing thread.
class node_run : public plan_run {
 public:
  /// See `compute_engine::begin`.
  node_run(std::shared_ptr<const loaded_plan> plan, const std::vector<host_tensor>& inputs);

  std::vector<outbound> start() override;
  void receive(std::uint32_t transfer, byte_span payload) override;
  std::optional<std::uint32_t> next() const override { return ready_.first(); }
  step_result execute(std::uint32_t step) override;
  bool finished() const override { return steps_left_ == 0 && transfers_left_ == 0; }
  std::vector<host_tensor> outputs() const override;

  const loaded_plan& source() const { return *plan_; }

 private:
  void bring_inputs(const std::vector<host_tensor>& inputs);
  std::uint8_t* memory_of(std::uint32_t holding);
  tensor_view view_of(const loaded_plan::place& at);
  void used(std::uint32_t holding);
  void unblock(const std::vector<std::uint32_t>& steps);
  void run_kernel(const loaded_plan::bound_step& step);
  void overwrite_input(const loaded_plan::bound_step& step);
  outbound take_out(std::uint32_t transfer);

  std::shared_ptr<const loaded_plan> plan_;
  std::vector<buffer> buffers_;        // by holding
  std::vector<std::uint32_t> uses_;    // left, by holding
  std::vector<std::uint32_t> waits_;   // by step
  std::vector<std::uint32_t> unmade_;  // by outgoing transfer: steps to come
  std::vector<bool> arrived_;          // by incoming transfer
  ready_set ready_;
  std::vector<tensor_view> inputs_;  // of the step at hand
  std::size_t steps_left_ = 0;
  std::size_t transfers_left_ = 0;
};

}  // namespace bramble
