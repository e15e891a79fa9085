#include "balancer/report/model_stats.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include "model/graph/work.hpp"

namespace bramble {
namespace {

branch_ceiling ceiling_of(const graph& g, const std::vector<double>& weight) {
  return {std::accumulate(weight.begin(), weight.end(), 0.0), critical_path(g, weight)};
}

}  // namespace

model_stats facts_of(const graph& g) {
  model_stats facts;
  for (op_id id = 0; id < g.ops.size(); ++id) {
    ++facts.ops[name_of(g.ops[id].kind)];
    const auto work = macs(g, id);
    facts.macs += work;
    facts.moved_bytes += moved_bytes(g, id, extent(g.values[g.ops[id].outputs[0]]));
    if (splittable(g, g.ops[id])) facts.splittable_macs += work;
  }
  facts.layers = layers_of(g);
  for (const auto& each : facts.layers) {
    if (each.branches.size() < 2) continue;
    ++facts.parallel_layers;
    facts.branches += each.branches.size();
    facts.widest = std::max(facts.widest, each.branches.size());
  }
  std::set<std::string> blobs;
  for (const auto& weight : g.weights) {
    facts.parameters += element_count(weight.shape);
    if (blobs.insert(weight.sha256).second) facts.weight_bytes += blob_bytes(weight);
  }
  return facts;
}

branch_ceiling ceiling_in_macs(const graph& g) {
  std::vector<double> weight(g.ops.size());
  for (op_id id = 0; id < g.ops.size(); ++id) weight[id] = macs(g, id);
  return ceiling_of(g, weight);
}

branch_ceiling ceiling_in_ms(const graph& g, const op_table& table) {
  std::vector<double> weight(g.ops.size());
  for (op_id id = 0; id < g.ops.size(); ++id)
    if (!table.ops[id].empty()) weight[id] = table.ops[id].back().ms;
  return ceiling_of(g, weight);
}

}  // namespace bramble
