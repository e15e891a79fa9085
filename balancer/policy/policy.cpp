#include "balancer/policy/policy.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "config/base/error.hpp"
#include "config/defaults.hpp"
#include "config/format.hpp"

namespace bramble {
namespace {

using verdict_t = policy_decision::kind_t;

/// The first of the plan's nodes that is not available; empty: all are.
std::string lost_node(const plan_outlook& p, const std::vector<std::string>& unavailable) {
  const auto lost = std::find_if(p.nodes.begin(), p.nodes.end(), [&](const std::string& name) {
    return std::find(unavailable.begin(), unavailable.end(), name) != unavailable.end();
  });
  return lost == p.nodes.end() ? "" : *lost;
}

void check(const plan_outlook& p) {
  if (!std::isfinite(p.ms) || p.ms <= 0)
    throw user_error("A plan's predicted time is no time; measure the nodes again.");
}

void record_change(const policy_input& input, policy_history& history) {
  history.left = input.current.key;
  history.looks = {};
}

/// A gain and the looks in a row it takes; the larger, the fewer.
struct tier {
  double gain;
  unsigned looks;
};

std::array<tier, policy_history::tiers> tiers(bool settles, bool returns) {
  const auto small = settles ? defaults::rebalance_settling_confirmations
                             : defaults::rebalance_small_confirmations;
  return {{{defaults::rebalance_clear_gain, settles ? 1 : defaults::rebalance_clear_confirmations},
           {returns ? defaults::rebalance_return_gain : defaults::rebalance_gain,
            settles ? 1 : defaults::rebalance_confirmations},
           {defaults::rebalance_small_gain, small * (returns ? 2U : 1U)}}};
}

bool has_cooled_down(const policy_input& input, const policy_history& history) {
  return !history.last_change || input.now - *history.last_change >= defaults::rebalance_cool_down;
}

/// Both plans can run: is the candidate worth it?
policy_decision weigh(const policy_input& input, policy_history& history) {
  const auto figures =
      format_ms(input.candidate.ms) + " ms instead of " + format_ms(input.current.ms) + " ms";
  if (input.candidate.key == input.current.key) {
    history.looks = {};
    return {verdict_t::keep, "the current plan is the best there is"};
  }
  const bool settles = history.moved && input.now - *history.moved < defaults::rebalance_settling;
  const bool returns = history.left == input.candidate.key;
  const auto all = tiers(settles, returns);
  const tier* reached = nullptr;  // the first whose gain is there now
  bool enough = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool good = input.candidate.ms * all[i].gain <= input.current.ms;
    history.looks[i] = good ? history.looks[i] + 1 : 0;
    if (good && reached == nullptr) reached = &all[i];
    enough = enough || history.looks[i] >= all[i].looks;
  }
  if (reached == nullptr)
    return {verdict_t::keep, "another plan would take " + figures + ", and must gain " +
                                 percent(defaults::rebalance_small_gain - 1)};
  const auto looks = std::to_string(history.looks[static_cast<std::size_t>(reached - all.data())]);
  if (!enough)
    return {verdict_t::keep, "another plan takes " + figures + "; confirmed " + looks + " of " +
                                 std::to_string(reached->looks) + " times" +
                                 (returns ? ", since it was left before" : "")};
  const bool cooled_down = has_cooled_down(input, history);
  if (!cooled_down && !(settles && history.follow_ups < defaults::rebalance_follow_ups))
    return {verdict_t::keep, "another plan takes " + figures + ", but the last change was " +
                                 std::to_string((input.now - *history.last_change).count()) +
                                 " ms ago"};
  history.follow_ups = cooled_down ? 0 : history.follow_ups + 1;
  history.last_change = input.now;
  record_change(input, history);
  return {verdict_t::change, "another plan takes " + figures +
                                 (looks == "1" ? ", after a clear change"
                                               : " in " + looks + " measurements in a row")};
}

}  // namespace

policy_decision decide(const policy_input& input, policy_history& history) {
  check(input.current);
  check(input.candidate);
  if (input.moved) history.moved = input.now;
  const auto lost = lost_node(input.current, input.unavailable);
  const auto lost_by_candidate = lost_node(input.candidate, input.unavailable);
  if (!lost_by_candidate.empty()) {
    history.looks = {};
    if (!lost.empty())
      return {verdict_t::stuck, lost + " is not available, and the other plan needs " +
                                    lost_by_candidate + ", which is not either"};
    return {verdict_t::keep,
            "the other plan needs " + lost_by_candidate + ", which is not available"};
  }
  if (lost.empty()) return weigh(input, history);
  // Forced: neither gain nor cool-down count, and the cool-down of other changes goes on.
  record_change(input, history);
  return {verdict_t::change, lost + " is not available any more"};
}

}  // namespace bramble
