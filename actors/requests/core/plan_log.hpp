#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "actors/protocol/event_report.hpp"
#include "actors/protocol/live_report.hpp"

namespace bramble {

/// A host's plans and how they changed: what was predicted and measured before and after, and why.
/// Keys are the host's own (model, method, wire). Pure: the caller brings the clock. Not
/// thread-safe.
class plan_log {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// The plan of `key` is given up for this reason; the next one adopted takes its place.
  void retire(const std::string& key, const std::string& why, time_point now);

  /// The host works by `p` from now on. `why` may be empty when the old plan was retired.
  void adopt(const std::string& key, const plan& p, const std::string& why, time_point now);

  /// A request by plan `epoch` took so long, without what it waited for other requests. Late ones
  /// of an older plan are not counted.
  void measured(const std::string& key, std::uint64_t epoch, double ms);

  live_report report(time_point now) const;
  /// Median ms of the last requests by the plan of `key`; 0: none was answered.
  double measured_ms(const std::string& key) const;

  /// Hears of each change of a plan.
  void tell_to(event_teller teller) { tell_ = std::move(teller); }

 private:
  struct used_plan {
    plan p;
    std::string why;      ///< it took the place of another; empty: it did not
    std::string retired;  ///< why; empty: it is in use
    time_point retired_at;
    time_point since;
    std::uint64_t runs = 0;
    std::deque<double> last_ms;
  };
  void make_room();

  struct past_switch {
    std::string key;
    plan_switch what;
    time_point when;
  };

  std::map<std::string, used_plan> plans_;
  std::deque<past_switch> switches_;
  event_teller tell_;
};

}  // namespace bramble
