#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "model/graph/host_tensor.hpp"
#include "model/plan/plan.hpp"

/// What computes the pieces of plans on one node: LibTorch and its like (model/runtime), or, in
/// tests, what only says how long they would take. All of it is used on one thread, that of
/// `compute_engine::enter`.
namespace bramble {

/// A region on its way to another node: dense NHWC for maps, else the whole tensor, as the plan's
/// wire type has it. The bytes stay valid and unchanged while `keep` (or a copy of it) lives, on
/// any thread.
struct outbound {
  std::uint32_t transfer = 0;  ///< its number on the wire
  std::uint16_t to = 0;        ///< index into plan::nodes
  std::shared_ptr<const void> keep;
  const std::uint8_t* data = nullptr;
  std::size_t size = 0;
};

/// What work took.
struct work_time {
  double cpu_ms = 0;  ///< of the computing thread; with several threads the same as `wall_ms`
  double wall_ms = 0;
  double owed_ms = 0;  ///< what has yet to pass, where work is simulated
};

/// A piece that was computed.
struct step_result {
  op_id op = 0;
  region out;
  std::vector<outbound> sends;
  work_time took;
};

/// What one node does in one plan, ready to run. Immutable; several requests may run on it.
class prepared_plan {
 public:
  prepared_plan() = default;
  prepared_plan(const prepared_plan&) = delete;
  prepared_plan& operator=(const prepared_plan&) = delete;
  virtual ~prepared_plan() = default;

  /// Of the parts of weights that its pieces use.
  virtual std::uint64_t weight_bytes() const = 0;
};

/// One request on one node. Whoever owns it feeds it what arrives, runs what is ready, and sends
/// what comes out. After an exception out of `execute` it is of no further use.
class plan_run {
 public:
  virtual ~plan_run() = default;

  /// What the host sends before any step. Call once.
  virtual std::vector<outbound> start() = 0;

  /// Takes in a transfer. Throws `user_error`, and changes nothing, when it is not for this node,
  /// was here before, or has the wrong size.
  virtual void receive(std::uint32_t transfer, byte_span payload) = 0;

  /// The first step, in the order of the list, that may run now.
  virtual std::optional<std::uint32_t> next() const = 0;

  /// Runs a step that is ready, which need not be the first. Throws `user_error` naming the op when
  /// it fails.
  virtual step_result execute(std::uint32_t step) = 0;

  /// Every step has run and every transfer has come.
  virtual bool finished() const = 0;

  /// The graph's outputs, dense NCHW; on the host, when finished.
  virtual std::vector<host_tensor> outputs() const = 0;

 protected:
  plan_run() = default;
  plan_run(plan_run&&) = default;
  plan_run& operator=(plan_run&&) = default;
};

class compute_engine {
 public:
  compute_engine() = default;
  compute_engine(const compute_engine&) = delete;
  compute_engine& operator=(const compute_engine&) = delete;
  virtual ~compute_engine() = default;

  /// From now on the calling thread computes. Call once, before anything else.
  virtual void enter() = 0;

  /// Makes node `node`'s part of `p` ready. Throws `user_error` where the plan does not fit the
  /// model, or the model is not here.
  virtual std::shared_ptr<const prepared_plan> load(const plan& p, std::uint16_t node) = 0;

  /// A request on a plan that `load` made ready; `inputs` in the order of `graph::inputs` on the
  /// host, none elsewhere. Throws `user_error` when they are not the model's.
  virtual std::unique_ptr<plan_run> begin(std::shared_ptr<const prepared_plan> on,
                                          const std::vector<host_tensor>& inputs) = 0;

  /// Gives up models, kernels and packed weights that no prepared plan uses. Quick.
  virtual void release_unused() = 0;

  /// There is nothing to do: gives back to the system what requests to come do not need.
  virtual void rest() = 0;

  /// Runs a small piece of work that is the same on every device.
  virtual work_time run_reference() = 0;
};

}  // namespace bramble
