#include "actors/membership/runtime_override.hpp"

#include <cmath>

#include "config/base/error.hpp"
#include "config/defaults.hpp"
#include "model/plan/method_pins.hpp"

namespace bramble {

using kind_t = runtime_override::kind_t;

void validate(const runtime_override& what) {
  if (what.kind > kind_t::restart)
    throw user_error("An unknown change was asked for; are all programs of one version?");
  if (what.kind == kind_t::pace && !(what.value >= defaults::pace_factor_least && what.value <= 1))
    throw user_error("A node can be slowed to a share of its speed from " +
                     std::to_string(defaults::pace_factor_least) + " to 1.");
  if (what.kind == kind_t::rate &&
      !(what.value >= 0 && what.value <= defaults::rate_limit_mbit_most))
    throw user_error("A rate is 0 (no limit) or up to " +
                     std::to_string(defaults::rate_limit_mbit_most) + " Mbit/s.");
}

std::string effect_of(const runtime_override& what, const std::string& name) {
  const bool slower = what.kind == kind_t::pace ? what.value < 1 : what.value > 0;
  switch (what.kind) {
    case kind_t::pace:
      return name + (slower ? " works at " + std::to_string(std::lround(what.value * 100)) +
                                  " % of its speed"
                            : " works at its full speed");
    case kind_t::rate:
      return name + (slower ? " sends at most " + std::to_string(std::lround(what.value)) +
                                  " Mbit/s to each peer"
                            : " sends as fast as its links are");
    case kind_t::drain:
      return name + " is drained: it works on requests of its own only";
    case kind_t::pin:
      return describe(method_pin{what.text, what.method, 0});
    case kind_t::forget:
      return what.text + " is forgotten, and the others hear of it";
    case kind_t::revoke:
      return name + " accepts those certificates no more, and tells the others";
    default:
      return name + " works for others";
  }
}

}  // namespace bramble
