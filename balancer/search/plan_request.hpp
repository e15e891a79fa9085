#pragma once

#include <string>
#include <vector>

#include "model/plan/plan.hpp"

namespace bramble {

struct plan_request {
  std::string method = "bramble";  ///< one of plan_methods()
  wire_type wire = wire_type::fp32;
  /// How long to search, as a multiple of defaults::plan_effort_per_node: 1 is a good plan in
  /// milliseconds, 10 a few per cent better. Counted work, not time: see plan_search.
  double effort = 1;
  bool exact = false;                  ///< only plans whose answer has the host's bits
  std::vector<std::string> team = {};  ///< who may work, by name; empty: all
};

/// The multiple of defaults::plan_effort_per_node in the unit of plan_search. Throws `user_error`
/// unless it is more than 0 and at most defaults::plan_effort_most.
std::uint64_t effort_for(std::size_t nodes, double multiple);

/// Throws `user_error` for a wire that rounds: an exact answer needs one that does not.
void check_exact_wire(wire_type wire);

/// Throws `user_error` naming the methods there are.
void check_method(const std::string& method);

}  // namespace bramble
