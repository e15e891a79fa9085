#pragma once

#include <cstdint>
#include <vector>

#include "model/plan/plan.hpp"

namespace bramble {

/// A region of a value that one node sends to another. Its index in `program::transfers` is its
/// name on the wire: every node derives the same list from the same plan. They are numbered in the
/// order in which their readers stand in the plan: of two that wait for a line the lower goes
/// first.
struct transfer {
  value_id value = 0;
  region part;
  std::uint16_t from = 0;
  std::uint16_t to = 0;
};

/// One piece as its node sees it. A step may run when every step in `after` (of the same node) has
/// run and every transfer in `awaits` has arrived; whatever is ready first may run first, in the
/// order of the list where several are.
struct step {
  op_id op = 0;
  region out;
  std::vector<std::uint32_t> after;   ///< indices into node_program::steps
  std::vector<std::uint32_t> awaits;  ///< indices into program::transfers
  std::vector<std::uint32_t> sends;   ///< transfers that may leave once this step has run
};

/// The part of a value that a node keeps in one buffer: the hull of what it makes, receives, reads.
struct holding {
  value_id value = 0;
  region part;
};

struct node_program {
  std::vector<step>
      steps;  ///< in topological order; of free choices the longest way to the end first
  std::vector<holding> holdings;             ///< ascending by value
  std::vector<std::uint32_t> initial_sends;  ///< of the graph's inputs: host only
  std::vector<std::uint32_t> results;  ///< transfers that carry (parts of) graph outputs: host only
  std::vector<std::uint32_t> incoming;  ///< every transfer to this node
};

struct program {
  std::vector<transfer> transfers;
  std::vector<node_program> nodes;  ///< as plan::nodes; those left out have no steps
};

/// What each node does and says to execute `p` on `g`. Deterministic. A consumer's needs of one
/// value on one node are fetched as one hull, from as few pieces as cover it. Throws `user_error`
/// when a region is needed that no piece makes. `p` must have passed `validate`.
program derive(const graph& g, const plan& p);

}  // namespace bramble
