#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/plan/plan.hpp"

namespace bramble {

/// What is known of a plan right now. Times are predictions on the newest measurements.
struct plan_outlook {
  std::uint64_t key = 0;  ///< key_of(plan), epoch left at 0: equal work has equal keys
  double ms = 0;
  std::vector<std::string> nodes;  ///< that work in it, the host included
};

/// One look at the shelf.
struct policy_input {
  std::chrono::milliseconds now{0};  ///< of any clock that does not go back
  plan_outlook current;
  plan_outlook candidate;  ///< the best plan for the newest measurements
  std::vector<std::string>
      unavailable;  ///< dead, drained or leaving: nothing may be planned on them
  /// A node's speed or a link's rate is clearly not what it was (by defaults::rebalance_moved) when
  /// plans were last compared.
  bool moved = false;
};

struct policy_decision {
  enum class kind_t : std::uint8_t { keep, change, stuck } kind = kind_t::keep;
  std::string why;  ///< a sentence without its full stop, with the numbers
};

/// What the policy remembers between looks.
struct policy_history {
  /// A candidate is good but not yet confirmed: another look is worth its time.
  bool waits() const { return looks.back() > 0; }

  static constexpr std::size_t tiers = 3;  ///< of gains: clear, usual, small
  /// Looks in a row in which a candidate had at least that gain.
  std::array<unsigned, tiers> looks{};
  std::optional<std::chrono::milliseconds> last_change;  ///< that nothing forced
  std::optional<std::uint64_t> left;                     ///< the plan before the current one
  std::optional<std::chrono::milliseconds> moved;        ///< when something last had
  unsigned follow_ups = 0;  ///< changes since, within the cool-down of the one before
};

/// Keep the plan, or change to the candidate? Pure: equal input gives equal answers.
///
/// - A current plan that works on an unavailable node is left at once, for a candidate that does
/// not.
///   When the candidate does too: stuck; ask for another.
/// - A candidate that works on an unavailable node is never taken.
/// - Otherwise the candidate must gain enough in enough looks in a row: the smaller the gain, the
/// more
///   looks (defaults::rebalance_clear_gain, rebalance_gain, rebalance_small_gain and their
///   confirmations). Back to the plan that was left last takes a larger gain or twice the looks.
///   And the last change that nothing forced must be rebalance_cool_down ago.
/// - For defaults::rebalance_settling after something moved, which noise alone cannot do, the usual
///   gain counts at once and a small one after few looks; and up to rebalance_follow_ups changes
///   need not wait for the cool-down, since the first plan is made while the facts still come in.
///
/// A decision to change is recorded in `history` as carried out.
policy_decision decide(const policy_input& input, policy_history& history);

}  // namespace bramble
