#include "actors/planning/core/planning_question.hpp"

#include <algorithm>

#include "balancer/policy/cause_of_gain.hpp"
#include "balancer/search/planner.hpp"
#include "balancer/search/predict.hpp"

namespace bramble {
namespace {

/// What a plan takes on these devices; when they are not the same nodes any more, what it took.
double as_of(const planning_question& question, plan p, const shelf& devices) {
  p.nodes.resize(std::min(p.nodes.size(), devices.nodes.size()));
  p.verdicts.resize(p.nodes.size());
  for (std::size_t i = 0; i < devices.nodes.size(); ++i)
    if (i >= p.nodes.size() || p.nodes[i] != devices.nodes[i].name) return p.predicted_ms;
  for (const auto& each : p.pieces)
    if (each.node >= p.nodes.size()) return p.predicted_ms;
  const cost_model cost{*question.model, devices, question.wire};
  predict(cost, p);
  return p.predicted_ms;
}

/// Why `made` is better than the plan in use.
std::string cause_of(const planning_question& question, const plan& made) {
  return describe(causes_of_gain(question.made_for, question.devices, [&](const shelf& devices) {
    return as_of(question, *question.current, devices) - as_of(question, made, devices);
  }));
}

}  // namespace

planning_answer answer_to(const planning_question& question, double effort) {
  planning_answer out;
  if (question.current) out.current_ms = as_of(question, *question.current, question.devices);
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
  if (question.current) out.cause = cause_of(question, out.made);
  return out;
}

}  // namespace bramble
