#pragma once

#include <atomic>
#include <optional>
#include <random>

#include "balancer/search/candidate.hpp"
#include "balancer/search/families.hpp"
#include "balancer/search/judge.hpp"
#include "balancer/simulate/memory.hpp"

namespace bramble {

/// Local search over candidates, judged by the simulator. Deterministic: effort is counted in
/// simulated steps and transfers, not in time, so that equal input gives equal plans on any
/// machine.
class plan_search {
 public:
  /// Keeps a reference to `cost`. `stop`: once it is set, a search ends soon with what it has.
  plan_search(const cost_model& cost, std::uint16_t host, const std::atomic<bool>* stop = nullptr);

  /// Predicted latency of a candidate as it is.
  double makespan_ms(const candidate& d);
  /// None, and found out sooner, where it is not below `most_ms`.
  std::optional<double> makespan_below(const candidate& d, double most_ms);

  /// Everything on one node.
  candidate alone(std::uint16_t node);
  /// Row strips over `nodes`, in proportion to `weights`; what cannot be divided on `home`.
  candidate strips(const std::vector<std::uint16_t>& nodes, const std::vector<double>& weights,
                   std::uint16_t home);

  /// Slices of channels likewise.
  candidate slices(const std::vector<std::uint16_t>& nodes, const std::vector<double>& weights,
                   std::uint16_t home);

  /// Every stretch in the layout (rows, a grid, channels, one node, halos made twice or not) that
  /// is best for all of them together, by dynamic programming over the cut vertices. Counts
  /// stretches as if one began when the other has ended everywhere: whether it is better than
  /// `strips`, the simulator must say.
  candidate lay_out(const std::vector<std::uint16_t>& nodes, const std::vector<double>& weights,
                    std::uint16_t home);

  /// The same among candidates that fit what memory nodes have, with slices of channels in
  /// proportion to `slices` beside those to `weights`, and stretches on any of the nodes. None when
  /// it finds none.
  std::optional<candidate> lay_out_within(const std::vector<std::uint16_t>& nodes,
                                          const std::vector<double>& weights,
                                          const std::vector<double>& slices, std::uint16_t home);

  /// Betters `d`, which came from `strips` or `lay_out` with the same arguments, until `effort` is
  /// spent or nothing helps any more. If it fits what memory nodes have, it still does afterwards.
  void improve(candidate& d, const std::vector<std::uint16_t>& nodes,
               const std::vector<double>& weights, std::uint64_t effort);

  std::uint64_t effort() const { return judge_.effort(); }
  const memory_limit& memory() const { return memory_; }

 private:
  /// A change must be worth more than rounding.
  static constexpr double least_gain = 1e-7;

  using window = search_window;

  /// All ops in one layout, and the number of the one that leaves its results in the same way.
  struct layout {
    candidate everywhere;
    std::size_t exit = 0;
  };

  /// Layouts and what a stretch takes in each when what it reads lies in each other one.
  struct layout_costs {
    std::vector<layout> layouts;
    std::vector<std::vector<double>> of_family;  // from x to; a lower bound until it is known
    std::vector<std::vector<bool>> known;
    std::vector<std::size_t> family_of;  // by stretch
  };

  std::vector<layout> layouts_for(const std::vector<std::uint16_t>& nodes,
                                  const std::vector<double>& weights, std::uint16_t home);
  std::vector<branch> images() const;
  candidate images_apart(const candidate& rows, const std::vector<branch>& images,
                         const std::vector<std::uint16_t>& nodes,
                         const std::vector<double>& weights);
  double layout_ms(std::size_t s, const layout& from, const layout& to);
  layout_costs costs_of(std::vector<layout> layouts);
  bool learn(layout_costs& costs, const std::vector<std::size_t>& way);
  std::vector<std::size_t> quickest_way(layout_costs& costs,
                                        const std::vector<std::vector<double>>& extra);
  std::vector<std::size_t> shortest_way(const layout_costs& costs,
                                        const std::vector<std::vector<double>>& extra) const;
  candidate laid_out(const layout_costs& costs, const std::vector<std::size_t>& way) const;
  std::vector<std::vector<double>> shares_of_memory(const layout_costs& costs) const;
  bool make_fit(candidate& d, const std::vector<std::uint16_t>& nodes, std::int16_t slices);
  std::vector<std::int32_t> ways_of(const candidate& d, const window& w, std::int16_t form,
                                    std::size_t line);
  double score(const candidate& d, op_id first, op_id last, double most = judge::no_limit);
  bool spent() const {
    return judge_.effort() >= limit_ ||
           (stop_ != nullptr && stop_->load(std::memory_order_relaxed));
  }
  bool fits(const candidate& d) const { return !keeps_to_memory_ || memory_.holds(d.pieces); }

  void begin(const candidate& d, const std::vector<std::uint16_t>& nodes,
             const std::vector<double>& weights);
  void improve_roughly(candidate& d);
  void improve_finely(candidate& d);
  std::vector<const family*> by_work() const;
  template <class Pass>
  void improve_families(candidate& d, const Pass& pass);
  template <class Change>
  bool improve_family(candidate& d, const family& f, double& whole_ms, const Change& change);
  void try_forms(candidate& d, const window& w, const family& f, const candidate& before,
                 double start_ms, double& best);
  std::vector<std::uint16_t> takers_of(const candidate& d, const window& w);
  void try_whole(candidate& d, const window& w, const family& f, double& best);
  void spread(candidate& d, const window& w, const family& f);
  void climb(candidate& d, const window& w, const family& f, std::size_t begin, std::size_t end,
             double& best);
  template <class Change>
  bool each(const window& w, const std::vector<op_id>& group, const Change& change);
  bool try_group(candidate& d, const window& w, const std::vector<op_id>& group, double& best);
  template <class Change>
  bool attempt(candidate& d, const window& w, double& best, const Change& change);
  template <class Attempt>
  void for_each_group(const Attempt& attempt);
  void polish_locally(candidate& d);
  void polish(candidate& d);
  void place_groups(candidate& d);
  void change_neighbours(candidate& d);
  void change_together(candidate& d);
  void exchange_nodes(candidate& d);
  void anneal(candidate& d);
  void place(candidate& d, op_id op, const op_choice& where);
  std::vector<op_choice> places_in(const std::vector<std::uint16_t>& nodes,
                                   std::int16_t rows) const;

  const cost_model& cost_;
  const graph& graph_;
  std::uint16_t host_;
  const std::atomic<bool>* stop_;
  candidate_editor drafting_;
  judge judge_;
  std::vector<stretch> stretches_;
  std::vector<family> families_;
  piece_table laid_out_;
  std::vector<std::uint16_t> nodes_;  // of the candidate at hand
  std::int16_t rows_ = 0;             // the form of its row strips
  std::vector<std::int16_t> forms_;   // to try on it beside row strips
  std::vector<op_choice> places_;     // for an op, of random changes
  std::mt19937 random_;               // always begins alike: equal input gives equal plans
  std::uint64_t limit_ = 0;
  memory_limit memory_;
  bool both_ways_ = true;         // lines may be moved towards either side
  bool keeps_to_memory_ = false;  // the candidate at hand fits, and is to go on fitting
};

}  // namespace bramble
