#pragma once

#include <optional>
#include <string>

#include "balancer/cost.hpp"

namespace bramble {

struct plan_request {
  std::string method = "bramble";  ///< "one", "seed", "seed-exact", "bramble"
  wire_type wire = wire_type::fp32;
  /// How long to search, as a multiple of defaults::plan_effort_per_node: 1 is a good plan in
  /// milliseconds, 10 a few per cent better. Counted work, not time: see plan_search.
  double effort = 1;
};

/// Makes a plan for `g` on `s` by the named method, with prediction, bound and verdicts filled in.
/// Throws `user_error` for an unknown method or an impossible shelf. Every method's prediction
/// comes from the same simulator. Equal input gives equal plans (`plan_ms` aside): `identity` and
/// `epoch` are the caller's to fill in.
///
/// - one: everything on the host.
/// - seed, seed-exact: see balancer/seed.hpp; whole branches, greedy or optimal in their own cost
/// model.
/// - bramble: maps divided in proportion to capacity, improved by local search on the simulator
///   (balancer/search.hpp) for the nodes that are worth having (balancer/team.hpp).
///
/// Where the shelf says what memory nodes have, only plans that fit are given (balancer/fit.hpp);
/// when there is none, the `user_error` has the numbers.
plan make_plan(const graph& g, const shelf& s, const plan_request& request);

/// Fills in what the simulator, the bound and the memory say of `p`'s pieces: everything but the
/// reasons and `plan_ms`. `p` has a verdict for every node.
void predict(const cost_model& cost, plan& p);

/// The multiple of defaults::plan_effort_per_node in the unit of plan_search. Throws `user_error`
/// unless it is more than 0 and at most defaults::plan_effort_most.
std::uint64_t effort_for(std::size_t nodes, double multiple);

/// Throws `user_error` naming the methods there are.
void check_method(const std::string& method);

}  // namespace bramble
