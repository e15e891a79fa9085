#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "balancer/cost/cost.hpp"
#include "model/plan/compute_engine.hpp"
#include "model/plan/program.hpp"

namespace bramble::test {

/// Computes nothing, and says how long it would take on a device of so many GMAC/s. What it makes
/// can be told right from wrong: every element of value v is v more than those of the input, and
/// every piece looks whether all it reads is there.
class simulated_engine : public compute_engine {
 public:
  simulated_engine(std::shared_ptr<const graph> g, double gmacs);

  void enter() override {}
  std::shared_ptr<const prepared_plan> load(const plan& p, std::uint16_t node) override;
  std::unique_ptr<plan_run> begin(std::shared_ptr<const prepared_plan> on,
                                  const std::vector<host_tensor>& inputs) override;
  void release_unused() override {}
  void rest() override {}
  work_time run_reference() override { return {0, 0, 1}; }

 private:
  std::shared_ptr<const graph> graph_;
  shelf device_;
  cost_model cost_;
};

/// The input of a request that is told from others by `number`, and whether `outputs` answers it.
std::vector<host_tensor> numbered_input(const graph& g, float number);
bool answers_input(const graph& g, const std::vector<host_tensor>& outputs, float number);

}  // namespace bramble::test
