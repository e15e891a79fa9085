#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "balancer/search/planner.hpp"

namespace bramble {

/// Plans over a range of shelves: how many devices are worth having on which network.
struct sweep_axes {
  std::vector<std::size_t> nodes;  ///< how many
  std::vector<double> rate_mbit;   ///< of every network card
};

/// From "nodes=1..8", "rate=50,100,300,940"; either may be missing (then 1 to 8; 50, 100, 300 and
/// 940). Throws `user_error` for anything else.
sweep_axes parse_sweep(const std::vector<std::string>& words);

struct sweep_point {
  std::size_t nodes = 0;
  double rate_mbit = 0;
  std::size_t working = 0;
  double predicted_ms = 0;
  double one_node_ms = 0;
  double lower_bound_ms = 0;
  double plan_ms = 0;

  double speedup() const { return one_node_ms / predicted_ms; }
  double ceiling() const { return one_node_ms / lower_bound_ms; }  ///< no plan's is higher
};

struct sweep_result {
  std::string model;
  plan_request request;
  sweep_axes axes;
  std::vector<sweep_point> points;  ///< by rate, then nodes
};

/// The first `nodes` of a shelf, the host before all others, with cards of that rate and nothing
/// slower between them. Throws `user_error` when the shelf has fewer.
shelf shelf_of_sweep(const shelf& s, std::size_t nodes, double rate_mbit);

/// Plans every point; `progress` hears of each before it is begun. `s` has at least as many nodes
/// as the axes ask for.
sweep_result run_sweep(const graph& g, const shelf& s, const plan_request& request,
                       const sweep_axes& axes,
                       const std::function<void(const std::string&)>& progress);

/// A table with a line per number of nodes and "speed-up (ceiling)" per rate; first the heading.
std::vector<std::vector<std::string>> sweep_table(const sweep_result& result);

nlohmann::json sweep_json(const sweep_result& result);

/// Speed-up over devices, a line per rate, its ceiling dashed. A complete SVG file.
std::string sweep_svg(const sweep_result& result);

}  // namespace bramble
