#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "model/graph/host_tensor.hpp"
#include "model/runtime/loaded_plan.hpp"
#include "model/runtime/ready_set.hpp"

namespace bramble {

/// A region on its way to another node: dense NHWC for maps, else the whole tensor, as the plan's
/// wire type has it (model/runtime/wire.hpp). The bytes stay valid and unchanged while `keep` (or a
/// copy of it) lives, on any thread.
struct outbound {
  std::uint32_t transfer = 0;  ///< its number on the wire
  std::uint16_t to = 0;        ///< index into plan::nodes
  std::shared_ptr<const void> keep;
  const std::uint8_t* data = nullptr;
  std::size_t size = 0;
};

struct step_result {
  std::vector<outbound> sends;
  double cpu_ms = 0;  ///< of the computing thread; with several threads the same as `wall_ms`
  double wall_ms = 0;
};

/// One request on one node. Plain calls, no threads and no waiting: whoever owns it feeds it what
/// arrives, runs what is ready, and sends what comes out. All on the device's computing thread.
/// After an exception out of `execute` the run is of no further use.
class node_run {
 public:
  /// `inputs` in the order of `graph::inputs` on the host, none elsewhere. Throws `user_error` when
  /// their number, shapes, types or sizes are not the model's.
  node_run(std::shared_ptr<const loaded_plan> plan, const std::vector<host_tensor>& inputs);

  /// What the host sends before any step. Call once.
  std::vector<outbound> start();

  /// Takes in a transfer. Throws `user_error`, and changes nothing, when it is not for this node,
  /// was here before, or has the wrong size.
  void receive(std::uint32_t transfer, byte_span payload);

  /// The first step, in the order of the list, that may run now.
  std::optional<std::uint32_t> next() const { return ready_.first(); }

  /// Runs a step that is ready, which need not be the first. Throws `user_error` naming the op when
  /// it fails.
  step_result execute(std::uint32_t step);

  /// Every step has run and every transfer has come.
  bool finished() const { return steps_left_ == 0 && transfers_left_ == 0; }

  /// The graph's outputs, dense NCHW; on the host, when finished.
  std::vector<host_tensor> outputs() const;

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
