#include "actors/planning/core/planning_question.hpp"

#include <algorithm>

#include "balancer/policy/cause_of_gain.hpp"
#include "balancer/search/planner.hpp"
#include "balancer/search/predict.hpp"

namespace bramble {
namespace {

/// A plan with its times on these devices; when they are not the same nodes any more, with those it
/// had.
plan as_of(const planning_question& question, plan p, const shelf& devices) {
  p.nodes.resize(std::min(p.nodes.size(), devices.nodes.size()));
  p.verdicts.resize(p.nodes.size());
  for (std::size_t i = 0; i < devices.nodes.size(); ++i)
    if (i >= p.nodes.size() || p.nodes[i] != devices.nodes[i].name) return p;
  for (const auto& each : p.pieces)
    if (each.node >= p.nodes.size()) return p;
  const cost_model cost{*question.model, devices, question.wire};
  predict(cost, p);
  return p;
}

/// Of a pipeline; otherwise 0.
double interval_ms(const plan& p) {
  double most = 0;
  if (p.method == "pipeline")
    for (const auto& each : p.verdicts) most = std::max(most, each.busy_ms);
  return most;
}

double goal_ms(const plan& p) {
  return p.method == "pipeline" ? interval_ms(p) : p.predicted_ms;
}

/// Why `made` is better than the plan in use.
std::string cause_of(const planning_question& question, const plan& made) {
  return describe(causes_of_gain(question.made_for, question.devices, [&](const shelf& devices) {
    return goal_ms(as_of(question, *question.current, devices)) -
           goal_ms(as_of(question, made, devices));
  }));
}

}  // namespace

planning_answer answer_to(const planning_question& question, double effort) {
  planning_answer out;
  if (question.current) {
    const auto now = as_of(question, *question.current, question.devices);
    out.current_ms = now.predicted_ms;
    out.current_interval_ms = interval_ms(now);
  }
  if (question.only_predict) {
    out.made = *question.current;
    return out;
  }
  plan_request request;
  request.method = question.method;
  request.wire = question.wire;
  request.effort = effort;
  request.exact = question.exact;
  request.team = question.team;
  out.made = make_plan(*question.model, question.devices, request);
  out.made_interval_ms = interval_ms(out.made);
  if (question.current) out.cause = cause_of(question, out.made);
  return out;
}

}  // namespace bramble
