#pragma once

#include <array>

#include "model/plan/program.hpp"

namespace bramble {

/// The pieces of each op, by op_id; those of one op ascending by node.
using piece_table = std::vector<std::vector<piece>>;

piece_table table_of(const plan& p, const graph& g);

/// What `program` says, in flat arrays that are filled again and again without allocating: the
/// planner derives and simulates thousands of candidates. Steps are numbered over all nodes in the
/// order of their pieces, which is the order of each node's own list.
struct schedule {
  struct step_info {
    op_id op = 0;
    std::uint16_t node = 0;
    region out;
  };
  static constexpr std::uint32_t no_step = 0xFFFFFFFF;

  std::size_t nodes = 0;
  std::uint16_t host = 0;
  std::vector<step_info> steps;
  std::vector<transfer> transfers;
  std::vector<std::uint32_t>
      source;  ///< of each transfer: its step, or no_step: there from the start
  /// Of each transfer: its first reader's place among all steps; outputs for the host come last. Of
  /// those that wait for a line the lowest goes first, of equal ones the first.
  std::vector<std::uint32_t> urgency;
  std::vector<std::uint32_t> results;  ///< transfers that carry graph outputs to the host

  // Step s waits for steps after[after_begin[s] .. after_begin[s+1]), and for transfers likewise.
  std::vector<std::uint32_t> after_begin, after;
  std::vector<std::uint32_t> awaits_begin, awaits;
};

/// Derives schedules of one graph. Not thread-safe: it keeps scratch memory between calls.
class schedule_builder {
 public:
  /// Keeps a reference to `g`.
  explicit schedule_builder(const graph& g);

  /// The ops [first, last). Values made before `first` lie where their pieces are at time zero;
  /// only when `last` is the end of the graph must its outputs reach the host. Throws `user_error`
  /// when a region is needed that no piece makes.
  void build(const piece_table& pieces, std::size_t nodes, std::uint16_t host, op_id first,
             op_id last, schedule& out);

  /// After `build`: the hull of what `node` reads of `value`, graph outputs on the host included.
  const region& need(value_id value, std::size_t node) const {
    return needs_[value * nodes_ + node];
  }
  region made(value_id value, const piece& p) const;

 private:
  struct use {
    value_id value = 0;
    region part;
  };

  /// What a node reads of a value that an op has twice among its inputs, as a shift around a map's
  /// edge does: their hull would be all of the map, so that both travel by themselves.
  struct two_parts {
    region first, again;
  };

  /// What a piece reads, and what travels of a value: remembered, because from one candidate to the
  /// next little changes.
  struct known_needs {
    region out;
    std::vector<region> needs;  // by input
  };
  struct recent_needs {
    std::array<known_needs, 4> last;
    std::uint8_t newest = 0;
  };
  struct known_fetch {
    std::vector<piece> makers;
    std::vector<region> needs;  // by node
    std::vector<transfer> transfers;
    std::vector<std::uint32_t> maker;  // of each transfer: index into makers
    std::vector<std::uint32_t> until;  // by node: the end of its transfers
  };

  void order_steps();
  const std::vector<region>& needs_of(const piece& p);
  void fetch_value(const std::vector<piece>& makers, value_id value, schedule& out);
  const known_fetch& known(const std::vector<piece>& makers, value_id value);
  void want(value_id value, std::size_t node, const region& part, bool again);
  void find_read_twice();
  void miss_wanted(value_id value, std::uint16_t node);
  void collect_needs(const piece_table& pieces, op_id first, op_id last, schedule& out);
  void fetch(value_id value, std::uint16_t node, known_fetch& out);
  void fetch_missing(value_id value, std::uint16_t node, known_fetch& out);
  void link_steps(const piece_table& pieces, schedule& out);

  const graph& graph_;
  std::vector<region> extents_;  // by value
  std::vector<op_id> order_;     // of steps: topological, and stretch by stretch
  std::size_t nodes_ = 0;
  std::vector<region> needs_;                                      // value x node
  std::vector<std::pair<std::uint32_t, std::uint32_t>> incoming_;  // value x node: its transfers
  std::vector<two_parts> parts_of_needs_;  // value x node, of those in `is_read_twice_` alone
  std::vector<bool> is_read_twice_;        // by value
  std::vector<value_id> wanted_;           // values with needs
  std::vector<bool> is_wanted_;
  std::vector<std::uint32_t> first_step_;  // by op; no_step outside the range
  std::vector<std::uint32_t> uses_begin_;  // by step
  std::vector<use> uses_;
  std::vector<region> missing_, rest_;
  std::vector<std::uint32_t> helpers_;                      // of the makers at hand
  std::vector<transfer> parts_;                             // of the piece at hand
  std::vector<recent_needs> recent_;                        // op x node
  std::vector<std::array<known_fetch, 2>> fetch_of_value_;  // by value: a change, and taken back
  std::vector<std::uint8_t> last_fetch_;                    // by value: the one used last
};

}  // namespace bramble
