#include "balancer/search/planner.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "balancer/baseline/seed.hpp"
#include "balancer/bound/bound.hpp"
#include "balancer/search/device_set.hpp"
#include "balancer/search/fit.hpp"
#include "balancer/search/predict.hpp"
#include "balancer/shelf/exactness.hpp"
#include "balancer/simulate/memory.hpp"
#include "config/defaults.hpp"
#include "config/format.hpp"

namespace bramble {
namespace {

std::vector<piece> flattened(const piece_table& table) {
  std::vector<piece> out;
  for (const auto& pieces : table) out.insert(out.end(), pieces.begin(), pieces.end());
  return out;
}

/// Per node: its part of the model's multiply-accumulates; of its elements where there are none.
std::vector<double> shares_of(const graph& g, const plan& p) {
  const bool has_macs = total_macs(g) > 0;
  std::vector<double> share(p.nodes.size(), 0);
  double sum = 0;
  for (const auto& part : p.pieces) {
    const auto work =
        has_macs ? macs(g, part.op, part.out) : static_cast<double>(part.out.elements());
    share[part.node] += work;
    sum += work;
  }
  for (auto& x : share) x = sum > 0 ? x / sum : 0;
  return share;
}

std::string share_of_work(double share) {
  return share > 0 && share < 0.005 ? "under 1 %" : percent(share);
}

void plan_one(const graph& g, plan& p) {
  for (op_id op = 0; op < g.ops.size(); ++op)
    p.pieces.push_back({op, p.host, extent(g.values[g.ops[op].outputs[0]])});
  for (std::size_t n = 0; n < p.nodes.size(); ++n)
    p.verdicts[n].reason =
        p.nodes[n] + (n == p.host ? " works: it has the input and does everything"
                                  : " left out: this method uses the host alone");
}

bool is_homogeneous(const cost_model& cost) {
  const auto first = cost.model_ms(0);
  for (std::size_t n = 1; n < cost.devices().nodes.size(); ++n)
    if (std::abs(cost.model_ms(n) - first) > defaults::equal_nodes_tolerance * first) return false;
  return true;
}

void plan_seed(const graph& g, const cost_model& cost, plan& p) {
  const auto problem = pose_seed(cost);
  const auto assignment = p.method == "seed-exact" ? seed_exact(problem)
                          : is_homogeneous(cost)   ? seed_homogeneous(problem)
                                                   : seed_heterogeneous(problem);
  p.pieces = pieces_of(problem, assignment, g);
  std::vector<std::size_t> branches(p.nodes.size(), 0);
  std::size_t all = 0;
  for (const auto& devices : assignment) {
    if (devices.size() < 2) continue;
    all += devices.size();
    for (auto d : devices) ++branches[d];
  }
  for (std::size_t n = 0; n < p.nodes.size(); ++n) {
    auto& reason = p.verdicts[n].reason;
    const auto count = std::to_string(branches[n]) + " of " + std::to_string(all) + " branches";
    if (n == p.host)
      reason = p.nodes[n] + " works: " + count + ", all joins and chains";
    else if (branches[n] > 0)
      reason = p.nodes[n] + " works: " + count;
    else
      reason = p.nodes[n] + " left out: no branch would finish earlier there";
  }
}

std::string verdict_of(const plan& p, std::size_t n, bool in, double share, double ms,
                       const device_set_search& search, bool single) {
  const auto& name = p.nodes[n];
  const auto with = search.with(n);
  const auto without = search.without(n);
  if (in && single)
    return name + " works alone: the best division found takes " +
           (with ? format_ms(*with) + " ms, " : "longer, ") + name + " alone " + format_ms(ms) +
           " ms";
  if (in)
    return name + " works: " + share_of_work(share) + " of the work" +
           (without ? ", without it " + format_ms(*without) + " ms" : "");
  const auto figures = with
                           ? "with it " + format_ms(*with) + " ms, without " + format_ms(ms) + " ms"
                           : "faster nodes do not need its help";
  if (n == p.host) return name + " only brings the input and takes the answer: " + figures;
  return name + " left out: " + figures;
}

void plan_bramble(const graph& g, const cost_model& cost, double effort, plan& p) {
  device_set_search search{cost, p.wire, effort};
  const auto best = search.run();
  p.pieces = flattened(best.work.pieces);
  const auto shares = shares_of(g, p);
  std::vector<bool> in(p.nodes.size(), false);
  for (const auto& part : p.pieces) in[part.node] = true;
  const bool single = std::count(in.begin(), in.end(), true) == 1;
  for (std::size_t n = 0; n < p.nodes.size(); ++n)
    p.verdicts[n].reason = verdict_of(p, n, in[n], shares[n], best.ms, search, single);
}

/// Without a thought for memory.
plan unconstrained_plan(const graph& g, const shelf& s, const plan_request& request) {
  const cost_model cost{g, s, request.wire};
  auto p = empty_plan(g, s, request);
  if (request.method == "one")
    plan_one(g, p);
  else if (request.method == "seed" || request.method == "seed-exact")
    plan_seed(g, cost, p);
  else
    plan_bramble(g, cost, request.effort, p);
  validate(p, g);
  predict(cost, p);
  return p;
}

}  // namespace

namespace {

plan fitted(const graph& g, const shelf& s, const plan_request& request) {
  if (request.method == "pipeline") return pipeline_plan(g, s, request);
  return fitting_plan(
      g, s, request, [&](const shelf& devices) { return unconstrained_plan(g, devices, request); });
}

/// By those of the team alone: for the others it is as if they could not compute.
plan plan_for(const graph& g, const shelf& s, const plan_request& request) {
  if (request.team.empty()) return fitted(g, s, request);
  std::vector<std::uint16_t> team;
  for (const auto& name : request.team)
    team.push_back(static_cast<std::uint16_t>(s.index_of(name)));
  auto p = fitted(g, only(s, team), request);
  predict(cost_model{g, s, request.wire}, p);
  for (std::size_t n = 0; n < p.nodes.size(); ++n)
    if (std::find(team.begin(), team.end(), n) == team.end())
      p.verdicts[n].reason = p.nodes[n] + " left out: others work on requests like this one";
  return p;
}

/// Divides only what keeps the host's bits.
plan exact_plan(const graph& g, const shelf& s, const plan_request& request) {
  check_exact_wire(request.wire);
  const auto problem = only_exact(g, s);
  auto p = plan_for(problem.model, problem.devices, request);
  for (const auto& [node, why] : problem.left_out) leave_out(p, node, why);
  return p;
}

}  // namespace

plan make_plan(const graph& g, const shelf& s, const plan_request& request) {
  const auto start = std::chrono::steady_clock::now();
  check_method(request.method);
  auto p = request.exact ? exact_plan(g, s, request) : plan_for(g, s, request);
  const auto bits = exactness_of(g, s, p);
  p.exact = bits.promised();
  p.exactness = bits.text;
  p.plan_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return p;
}

}  // namespace bramble
