#pragma once

#include <map>
#include <string>
#include <vector>

#include "balancer/shelf/shelf.hpp"
#include "model/plan/plan.hpp"

namespace bramble {

/// Whether a plan's answer has the bits that its host alone would give.
///
/// Libraries may add up a convolution in another order for another size of region, or on another
/// processor; the result then differs in its last bits. What a device does is not concluded from
/// its name but measured (`op_bits`, by the calibration), so that this holds for any library and
/// shelf.
struct exactness {
  enum class kind_t : std::uint8_t {
    promised,   ///< every piece was found to have the host's bits
    close,      ///< it may differ by rounding: 1e-5 of the largest value
    lossy_wire  ///< tensors are rounded on their way
  } kind = kind_t::close;
  std::vector<op_id> ops;  ///< the ops for which nothing can be promised
  std::string text;        ///< for people, one clause

  bool promised() const { return kind == kind_t::promised; }
};

exactness exactness_of(const graph& g, const shelf& s, const plan& p);

/// What is left of a model and a shelf where only the host's bits will do.
struct exact_problem {
  graph model;  ///< ops whose parts may have other bits than the whole are atoms
  shelf devices;
  std::map<std::string, std::string> left_out;  ///< node: why, a sentence
};

/// Plans of it, followed by the real model, are `promised`; the host alone always remains.
exact_problem only_exact(const graph& g, const shelf& s);

}  // namespace bramble
