#pragma once

#include <optional>
#include <set>

#include "balancer/search/search.hpp"

namespace bramble {

/// A draft and who works in it.
struct team {
  std::vector<std::uint16_t> nodes;  ///< ascending
  std::vector<double> weights;       ///< their shares, not normalised
  std::uint16_t home = 0;            ///< does what cannot be divided
  draft work;
  double ms = 0;
};

/// Finds out who should work on a request: tries groups of nodes, and remembers for each node the
/// best that was found with it and without it.
class team_search {
 public:
  /// Keeps a reference to `cost`. `effort`: see plan_search.
  team_search(const cost_model& cost, std::uint64_t effort);

  /// The best found; may be a single node, also one that is not the host.
  team run();

  /// After `run`: the best latency among all drafts tried in which `node` divides the work with
  /// others, and among those in which it does nothing; none where none was tried.
  std::optional<double> with(std::size_t node) const { return with_[node]; }
  std::optional<double> without(std::size_t node) const { return without_[node]; }

 private:
  team alone(std::uint16_t node);
  team strips(const std::vector<std::uint16_t>& nodes);
  void lay_out(team& t);
  void improve(team& t, std::uint64_t effort);
  void remember(const team& t);
  void find_classes();
  bool is_new(const std::vector<std::uint16_t>& nodes);
  void add_fastest(std::vector<team>& teams);
  void add_by_dropping(std::vector<team>& teams, team current);
  std::vector<team> choose_finalists(std::vector<team>& teams);
  std::vector<std::uint16_t> doubtful(const team& t) const;
  void tune(team& t);
  bool add_left_out(team& best);

  const cost_model& cost_;
  std::uint64_t effort_ = 0;
  std::uint16_t host_ = 0;
  plan_search search_;
  std::vector<double> capacity_;  // by node: whole models per ms
  std::vector<std::uint16_t> by_capacity_;
  std::vector<std::uint16_t> class_;            // by node: the first that is just like it
  std::set<std::vector<std::uint16_t>> tried_;  // groups of nodes, by their classes
  std::vector<std::optional<double>> with_, without_;
};

}  // namespace bramble
