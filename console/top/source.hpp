#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>

#include "console/member_clients.hpp"
#include "console/top/forecast.hpp"
#include "console/top/history.hpp"
#include "console/top/snapshot.hpp"
#include "console/top/state.hpp"

namespace bramble {

/// Asks a shelf what `bramble top` shows. Two threads ask, so that a member that does not answer
/// keeps nobody waiting for the shelf's state; what came of it can be read by any other.
class top_source {
 public:
  using clock = std::chrono::steady_clock;

  /// Asks the first of `where` that answers; throws `user_error` when none does.
  top_source(key_info keys, std::vector<endpoint> where);

  /// One round: the shelf's state, of the node one talks to or, when that is lost, of another.
  void ask_shelf();
  /// One round: events, plans, the last request, and what the page needs besides. Waits for each
  /// member; one that does not answer is left alone for a while. Another thread than the above.
  void ask_members();

  /// What is looked at from now on. Any thread, as all below.
  void show(top_page page) { page_ = page; }
  /// Waits for the node's answer, which the next snapshot has.
  void carry_out(const top_action& what);

  std::shared_ptr<const top_snapshot> now() const;

 private:
  /// What one round of members told.
  struct round {
    std::vector<live_report> hosts;
    std::vector<request_list> requests;
    std::vector<actor_list> actors;
    std::vector<std::string> silent;
  };

  template <class Change>
  void publish(const Change& change);
  std::vector<endpoint> places() const;
  void ask_member(const node_status& node, const cluster_status& shelf, round& out);
  void take_events(const event_list& told);
  std::vector<merged_event> all_events() const;
  void look_at_request(const cluster_status& shelf, const std::vector<live_report>& hosts);
  void trace_request(const cluster_status& shelf, const std::string& host,
                     const std::string& identity);
  const plan_forecast& forecast_for(const plan& by, const cluster_status& shelf);

  const key_info keys_;
  const std::vector<endpoint> where_;
  std::atomic<top_page> page_ = top_page::overview;

  // Of the thread that asks for the shelf.
  std::unique_ptr<node_client> client_;
  top_history history_;

  // Of the one that asks members.
  member_clients members_;
  std::map<std::string, event_list> noted_;  ///< by node, the last of each
  bool news_ = false;                        ///< of events, since they were merged
  std::map<std::string, clock::time_point> left_alone_;
  /// By host and model: what tells whether it has answered any since it was traced last.
  std::map<std::string, std::string> traced_;
  clock::time_point next_trace_ = {};
  std::optional<plan_forecast> forecast_;

  mutable std::mutex mutex_;  ///< of what follows
  std::shared_ptr<const top_snapshot> now_;
};

/// A source asked once a second by two threads of its own.
class top_watch {
 public:
  explicit top_watch(std::shared_ptr<top_source> source);
  /// Lets go of threads that still wait for a node; see `end`.
  ~top_watch();
  top_watch(const top_watch&) = delete;
  top_watch& operator=(const top_watch&) = delete;

  void show(top_page page);
  /// On a thread of its own.
  void carry_out(const top_action& what);
  /// Asks nobody any more. Whether all that was asked is answered within this time: what is not may
  /// take as long as a node likes, and its threads go on.
  bool end(std::chrono::milliseconds limit);

 private:
  struct shared;
  std::shared_ptr<shared> shared_;
};

}  // namespace bramble
