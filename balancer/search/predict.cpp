#include "balancer/search/predict.hpp"

#include "balancer/bound/bound.hpp"
#include "balancer/shelf/exactness.hpp"
#include "balancer/simulate/memory.hpp"
#include "balancer/simulate/simulate.hpp"

namespace bramble {

void predict(const cost_model& cost, plan& p) {
  const auto& g = cost.model();
  const auto prog = derive(g, p);
  const auto result = simulate(prog, p, cost);
  find_memory(g, prog, p);
  p.predicted_ms = result.makespan_ms;
  for (std::size_t n = 0; n < p.nodes.size(); ++n) {
    p.verdicts[n].busy_ms = result.busy_ms[n];
    p.verdicts[n].bytes_out = result.bytes_out[n];
  }
  for (const auto& part : p.pieces) p.verdicts[part.node].in = true;
  p.one_node_ms = cost.model_ms(p.host);
  p.lower_bound_ms = lower_bound_ms(cost);
}

}  // namespace bramble
