#pragma once

#include <string>
#include <vector>

#include "balancer/cost/cost.hpp"

namespace bramble {

/// Ops of one kind that run whole on one node, and what they keep others from.
struct undivided_ops {
  std::string what;  ///< "mean", as LibTorch calls it without "aten::"
  std::size_t count = 0;
  double ms = 0;
  double share = 0;  ///< of the time that all ops of the model take
};

/// By kind, the costliest first, as they take on one node of the shelf; those that only give the
/// same bytes another shape are left out.
std::vector<undivided_ops> undivided(const cost_model& cost, std::size_t node);

/// The same for a node of no particular speed: by multiply-accumulates, and by bytes where there
/// are none.
std::vector<undivided_ops> undivided(const graph& g);

/// "12.3 % of it in ops that run whole: 24 matmul 8.0 %, 12 softmax 3.1 %, ..."; empty where that
/// is less than a thousandth.
std::string undivided_text(const std::vector<undivided_ops>& ops);

}  // namespace bramble
