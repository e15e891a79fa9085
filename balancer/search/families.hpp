#pragma once

#include "balancer/cost/cost.hpp"
#include "model/graph/structure.hpp"

namespace bramble {

/// Stretches that look the same: what is good for one is good for all, nearly.
struct family {
  std::vector<std::size_t> members;        ///< indices into the stretches
  std::vector<std::vector<op_id>> groups;  ///< of op offsets: all, branches, single ops
  std::size_t branch_groups = 0;           ///< the first ones: all and branches
  double work_ms = 0;                      ///< of all members on the host
};

/// The part of the graph by which a change is judged.
struct search_window {
  op_id first = 0, last = 0;
  std::vector<op_id> starts;  ///< first ops of the stretches of one family that are in it
};

/// In the order in which each is met first.
std::vector<family> families_of(const cost_model& cost, std::uint16_t host,
                                const std::vector<stretch>& stretches);

/// One stretch of the family and the next one, where that is of the family too if any is.
search_window window_of(const family& f, const std::vector<stretch>& stretches);

}  // namespace bramble
