#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "balancer/shelf/shelf.hpp"
#include "model/graph/graph.hpp"
#include "model/plan/plan.hpp"

namespace bramble {

/// All that a plan is made from. Immutable once it is asked.
struct planning_question {
  std::shared_ptr<const graph> model;
  shelf devices;
  std::string method;
  wire_type wire = wire_type::fp32;
  bool exact = false;
  std::vector<std::string> team;  ///< of `devices`, who may work; empty: all
  std::optional<plan> current;    ///< a review: the plan the host works by
  shelf made_for;                 ///< the facts behind it
  bool only_predict = false;      ///< what `current` would take is all there is to find out
};
using planning_question_ptr = std::shared_ptr<const planning_question>;

struct planning_answer {
  plan made;              ///< `current`, where that was only to be predicted
  double current_ms = 0;  ///< what `current` takes on these devices; 0: there was none
  std::string cause;      ///< why `made` would take its place; empty: nothing changed
  /// Of a pipeline, by which the two are compared: between the answers to requests that follow one
  /// another. Otherwise 0.
  double current_interval_ms = 0;
  double made_interval_ms = 0;
};
using planning_answer_ptr = std::shared_ptr<const planning_answer>;

/// Computes for up to seconds, as long as `effort` says (see plan_request). Throws `user_error`
/// where there is no plan.
planning_answer answer_to(const planning_question& question, double effort);

}  // namespace bramble
