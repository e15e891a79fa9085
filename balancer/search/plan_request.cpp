#include "balancer/search/plan_request.hpp"

#include <algorithm>
#include <cmath>

#include "config/defaults.hpp"
#include "config/format.hpp"
#include "model/plan/method_pins.hpp"

namespace bramble {

void check_method(const std::string& method) {
  if (std::ranges::count(plan_methods(), method) == 0)
    throw user_error("There is no method " + method + "; the methods are " +
                     listed(plan_methods()) + ".");
}

void check_exact_wire(wire_type wire) {
  if (wire != wire_type::fp32)
    throw user_error("An exact answer needs fp32 on the wire, not " + std::string{name_of(wire)} +
                     ".");
}

std::uint64_t effort_for(std::size_t nodes, double multiple) {
  if (!(multiple > 0 && multiple <= defaults::plan_effort_most))
    throw user_error("A plan's effort must be more than 0 and at most " +
                     std::to_string(std::lround(defaults::plan_effort_most)) + ".");
  const auto counted =
      std::max(nodes, defaults::least_planned_nodes) * defaults::plan_effort_per_node;
  return static_cast<std::uint64_t>(multiple * static_cast<double>(counted));
}

}  // namespace bramble
