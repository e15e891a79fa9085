#pragma once

#include "balancer/simulate/timeline.hpp"
#include "console/request_trace.hpp"
#include "console/top/snapshot.hpp"
#include "model/graph/graph.hpp"

namespace bramble {

/// What a plan promises: who computes when, and what crosses each link. Costs some ms to make, and
/// holds as long as the plan.
struct plan_forecast {
  std::uint64_t key = 0;  ///< of the plan
  graph model;
  std::vector<std::vector<time_bar>> computes;  ///< by node of the plan
  std::vector<double> compute_ms;               ///< likewise, in all
  std::map<std::pair<std::string, std::string>, std::uint64_t> bytes;
};

/// By the figures of those who work in it, as the coordinator collects them: what has moved since
/// the plan was made is taken back as far as its verdicts tell, and the whole stretched to what it
/// predicted; a node that told nothing has no figures. Throws `user_error` where
/// the plan does not fit the model.
plan_forecast forecast_of(const plan& p, graph model, const std::vector<capacity_report>& workers);

/// The request that was traced, beside the forecast of its plan. Stretches of time closer than what
/// a screen can show are one.
request_view view_of(const request_trace& trace, const plan_forecast& forecast);

}  // namespace bramble
