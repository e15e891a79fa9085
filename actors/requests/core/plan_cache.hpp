#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "actors/protocol/message_types.hpp"
#include "actors/requests/core/plan_log.hpp"
#include "config/base/recent_map.hpp"
#include "config/defaults.hpp"
#include "discovery/cut_pairs.hpp"

namespace bramble {

/// A plan by which requests run, and its name, which takes longer to find than a request should.
/// Immutable, shared.
struct kept_plan {
  plan p;
  std::uint64_t key = 0;
};
using kept_plan_ptr = std::shared_ptr<const kept_plan>;

/// What a host's plans are kept by: model identity, method, wire, exactness and team.
std::string cache_key(const plan_query& query);

/// "In so long, look whether everybody is ready by now whom the plan lacks that `query` reviews."
struct completion {
  plan_query query;
  std::uint32_t looks = 0;  ///< that said no
  std::chrono::milliseconds after{0};
};

/// Whom a host can talk to.
struct known_members {
  std::set<std::string> connected;
  std::set<std::string> drained;

  bool operator==(const known_members&) const = default;
};

/// A host's plans: which it has and works by, which are on their way, when one is to be reviewed,
/// and whom they go without. Told what happens and when; says what is to be asked and when to look
/// again. Pure: no actor, no clock. Not thread-safe.
class plan_cache {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit plan_cache(std::string host) : host_{std::move(host)} {}

  /// The plan kept for `key`, unless one of `suspects` takes part in it; null.
  kept_plan_ptr find(const std::string& key, const std::set<std::string>& suspects = {});

  /// A plan is asked for; each question ends with one of the two below.
  void asking(const std::string& key) { ++asked_[key]; }
  struct arrival {
    kept_plan_ptr kept;
    std::optional<completion> later;
  };
  arrival came(const plan_query& asked, const plan& p, time_point now);
  void missed(const std::string& key);
  bool is_asked(const std::string& key) const { return asked_.contains(key); }

  /// A request waited too long for its plan: nobody waits for it until it comes, or members change.
  void set_overdue(const std::string& key) { overdue_[key] = true; }
  bool is_overdue(const std::string& key) const { return overdue_.contains(key); }

  /// The question whether the plan kept for `query` is still right; nothing where there is none, or
  /// it was asked within `defaults::review_interval`.
  std::optional<plan_query> review(plan_query query, time_point now);
  /// The answer to it: the same plan, perhaps with another prediction, or a better one.
  std::optional<completion> reviewed(const plan_query& asked, const plan& p, time_point now);
  /// The time has come: `due.query` is to be reviewed, and this is when to look next. Nothing where
  /// the plan is another one by now.
  std::optional<completion> next_look(const completion& due);

  /// The plans in use of this model (its name, or digits of its identity) as they are to be asked
  /// for anew, by hand.
  std::vector<plan_query> to_replan(const std::string& model, time_point now);
  struct new_plan {
    replanned what;  ///< it was before, and has become
    std::optional<completion> later;
  };
  /// The answer to one of these: from now on the host works by that plan.
  new_plan replan_came(const plan_query& asked, const plan& p, time_point now);
  /// There is none: the old one stays in use.
  replanned replan_failed(const plan_query& asked, const std::string& why) const;

  /// The methods that somebody chose by hand are these from now on. Plans by which requests that
  /// leave the method open do not run any more are given up.
  void use_pins(const std::vector<method_pin>& in_force, time_point now);
  /// By which method such a request runs: that of its model's pin, where it leaves that open.
  std::string method_for(const std::string& model, const std::string& asked) const;

  /// Gives up this plan, or all on this node, for that reason.
  void retire(std::uint64_t which, const std::string& why, time_point now);
  void retire_with(const std::string& node, const std::string& why, time_point now);

  /// Plans go without nodes that were silent until they answer again, and without one of two that
  /// did not reach each other until they do.
  void avoid(const std::set<std::string>& silent, time_point now);
  void avoid_cut(const std::set<cut_pair>& cut, time_point now);
  std::set<std::string> avoided() const;
  const std::set<std::string>& silent() const { return silent_; }
  const std::set<cut_pair>& cut() const { return cut_; }

  /// True where these are to be asked again and nobody does: that is begun, and ends with the
  /// second of the next two: of those that were asked, these are so still.
  bool begin_recheck();
  void recheck_silent(const std::set<std::string>& asked, const std::set<std::string>& still,
                      time_point now);
  void recheck_cut(const std::set<cut_pair>& asked, const std::set<cut_pair>& still,
                   time_point now);

  /// Members came or went: what was planned for the old shelf is given up. True where one came.
  bool use_members(known_members now_known, time_point now);

  /// A request by plan `epoch` of `key` took so long, without what it waited for others.
  void measured(const std::string& key, std::uint64_t epoch, double ms) {
    log_.measured(key, epoch, ms);
  }
  live_report report(time_point now) const;
  void tell_to(event_teller teller) { log_.tell_to(std::move(teller)); }

 private:
  bool lacks_somebody(const plan& p) const;
  std::optional<completion> adopt(const plan_query& query, const kept_plan_ptr& found,
                                  const std::string& why, time_point now);
  template <class Which>
  void retire_plans(const std::string& why, time_point now, const Which& which);
  void retire_all(const std::string& why, time_point now);

  std::string host_;
  std::optional<known_members> members_;
  std::map<std::string, method_pin> pins_;  ///< by model, those in force
  recent_map<std::string, kept_plan_ptr> plans_{defaults::plans_remembered};
  recent_map<std::string, plan_query> asked_for_{defaults::plans_remembered};
  recent_map<std::string, time_point> reviewed_{defaults::plans_remembered};  ///< when last
  recent_map<std::string, std::size_t> asked_{defaults::plans_remembered};    ///< how many times
  recent_map<std::string, bool> overdue_{defaults::plans_remembered};
  plan_log log_;
  std::set<std::string> silent_;  ///< connected peers that did not answer when last asked
  std::set<cut_pair> cut_;        ///< connected peers that did not reach each other, likewise
  bool rechecks_ = false;
};

}  // namespace bramble
