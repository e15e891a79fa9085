#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "actors/planning/core/presence_meter.hpp"
#include "actors/protocol/live_report.hpp"
#include "actors/protocol/message_types.hpp"
#include "balancer/throughput/ways.hpp"
#include "config/defaults_load.hpp"

namespace bramble {

/// What a coordinator has to do about turns; see `turn_book`.
namespace turn_actions {

/// Answer the host that asked.
struct grant {
  std::string host;
  std::uint64_t number = 0;
  turn what;
};
/// What ways are there for requests like this? Then `surveyed`, if any, or `not_surveyed`.
struct survey {
  std::string stream;
  plan_query query;
};
/// Requests are taken in another way from now on.
struct tell {
  std::string model;
  std::string how;
  std::string why;
};
/// Have this plan made and installed. Then `prepared`.
struct prepare {
  std::string stream;
  plan_query query;
};

}  // namespace turn_actions

using turn_action = std::variant<turn_actions::grant, turn_actions::survey, turn_actions::tell,
                                 turn_actions::prepare>;
using turn_todo = std::vector<turn_action>;

/// Requests of all hosts, and who works on which of them when: the shelf's one queue.
///
/// As long as one request is there at a time, all nodes share it. Where more are, the way is used
/// whose answers come soonest while so many are there (balancer/throughput/ways.hpp): smaller
/// teams, in the end each node a request of its own. A request is given to the team that will have
/// answered it first, wherever it came in, and begins when that team has fewer than
/// `defaults::turns_per_team`. Hosts, and models, whose requests wait take turns by the time that
/// theirs take, hosts in proportion to the clients that wait there.
///
/// Another way takes over where it is clearly quicker, or quicker at several arrivals in a row, and
/// not again at once (`defaults::way_gain`, `way_clear_gain`, `way_confirmations`, `way_cooldown`);
/// and only when the plans of its teams are installed, so that nobody waits for weights. Each
/// switch is remembered with its reason.
///
/// Soft state: a coordinator that knows nothing lets requests go on, and a turn whose end it did
/// not hear of is over after a while (`defaults::turn_expiry_base`). Pure: no actor, no clock. Not
/// thread-safe.
class turn_book {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  turn_todo ask(const turn_query& query, time_point now);
  turn_todo end(const turn_end& what, time_point now);
  turn_todo surveyed(const std::string& stream, std::vector<way> ways, time_point now);
  /// Nothing is known yet to find ways from, since no plan was made for such requests: to be asked
  /// again with the next of them.
  void not_surveyed(const std::string& stream);
  turn_todo prepared(const std::string& stream, const plan_query& query, bool is_there,
                     time_point now);
  /// Who is here, and who of them works for others: turns of those who left are over, and ways are
  /// looked for anew.
  turn_todo use_members(const std::set<std::string>& members, const std::set<std::string>& workers,
                        time_point now);

  /// Time has passed.
  turn_todo pass(time_point now);

  /// Another coordinator is asked from now on: whoever waits goes on at once.
  turn_todo give_up();

  std::size_t waiting() const;
  std::size_t running() const { return running_.size(); }
  std::vector<load_way> report(time_point now) const;

 private:
  using node_list = std::vector<std::string>;
  struct host_queue {
    std::vector<turn_query> waiting;  ///< first come first
    /// Time of its requests by clients, as start-time fair queueing counts it (Goyal, Vin and
    /// Cheng), in ms of one node: models may be taken in ways that need few nodes and many.
    double served = 0;
  };
  struct past_switch {
    way_switch what;
    time_point when;
  };
  struct stream {
    plan_query query;  ///< of the last host, without its team
    std::map<std::string, host_queue> hosts;
    std::size_t running = 0;
    std::vector<way> ways;           ///< empty: not known
    std::vector<double> answers_ms;  ///< by way, while as many requests are there as now
    std::size_t current = 0;
    time_point since;
    std::string why;
    std::deque<past_switch> switches;
    std::uint64_t arrivals = 0;   ///< all so far
    std::uint64_t looked_at = 0;  ///< the arrival at which another way was last looked for
    unsigned looks = 0;           ///< arrivals in a row at which one was quicker
    bool is_surveyed = false;     ///< or asked for
    time_point surveyed_at;
    std::set<std::string> asked, ready;  ///< plans, by host and team
    presence_meter presence;

    std::size_t waiting() const;
    std::size_t present() const { return running + waiting(); }
  };
  struct running_turn {
    std::string stream;
    node_list nodes;
    time_point expires;
  };
  struct node_state {
    std::size_t turns = 0;
    double free_at_ms = 0;  ///< as predicted
  };
  using turn_key = std::pair<std::string, std::uint64_t>;

  struct choice {
    const team* who = nullptr;  ///< null: all, for want of ways
    double done_ms = 0;
    bool is_free = false;
  };

  static std::string plan_name(const std::string& host, const node_list& team,
                               const std::string& method);
  bool is_usable(const stream& s, std::size_t which) const;
  void prepare_ways(const std::string& key, stream& s, turn_todo& todo);
  static bool is_confirmed(stream& s, double gain);
  void switch_to(stream& s, std::size_t best, std::size_t present, time_point now, turn_todo& todo);
  void choose_way(const std::string& key, stream& s, time_point now, turn_todo& todo);
  choice team_for(const stream& s, double now_ms) const;
  void begin(const std::string& key, stream& s, const turn_query& query, const team* who,
             time_point now);
  template <class Which>
  static void forget_waiting(stream& s, host_queue& queue, time_point now, const Which& which);
  void end_turns_before(const std::string& host, std::uint64_t oldest, time_point now);
  void end_expired(time_point now);
  void grant_all(time_point now, turn_todo& todo);
  bool asks_first(const stream& s, const std::string& host) const;
  void free_nodes(const node_list& nodes, double now_ms);

  void forget_quiet_streams();
  void end_turn(const turn_key& which, time_point now);

  std::map<std::string, stream> streams_;
  std::map<turn_key, running_turn> running_;
  std::map<std::string, node_state> nodes_;  ///< of those that have turns
  std::set<std::string> workers_;
  double virtual_time_ = 0;  ///< as much was `served` of whoever had the last turn
};

}  // namespace bramble
