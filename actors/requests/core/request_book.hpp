#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "actors/internal/runs.hpp"
#include "actors/protocol/event_report.hpp"
#include "actors/protocol/request_report.hpp"
#include "actors/requests/core/load_meter.hpp"
#include "actors/requests/core/plan_cache.hpp"
#include "actors/requests/core/wire_trials.hpp"
#include "config/base/error.hpp"

namespace bramble {

/// Of a request, on its host and in this life of it.
using request_id = std::uint64_t;

/// There is too much to do: try again after so long.
class busy_error : public user_error {
 public:
  busy_error(const std::string& what, std::chrono::milliseconds after)
      : user_error{what}, after_{after} {}
  std::chrono::milliseconds after() const { return after_; }

 private:
  std::chrono::milliseconds after_;
};

/// What a host has to do about its requests; see `request_book`. Names of nodes are without its
/// own.
namespace request_actions {

/// Find the plan for attempt so-and-so: kept, or asked for. Then `planned` or `not_planned`.
struct find_plan {
  request_id request = 0;
  std::uint32_t attempt = 0;
  plan_query query;
  std::set<std::string> suspects;  ///< plan without them
  bool is_limited =
      false;  ///< `plan_is_overdue` after `defaults::plan_patience`, if it is still awaited
};
/// Ask the coordinator for the turn of a request, then `turned` or `turn_is_lost`; the latter also
/// after `defaults::turn_patience`.
struct ask_turn {
  turn_query query;
};
/// Tell it that a request runs which did not wait for one; what it answers goes to `turn_is_told`.
struct tell_turn {
  turn_query query;
};
/// Tell it that a turn is over, whether it came or not.
struct end_turn {
  std::uint64_t number = 0;
};
/// Have this plan made for a later request, unless it is on its way.
struct plan_ahead {
  plan_query query;
};
/// `run_ended` or `run_failed` follows, and `run_is_late` after so long.
struct start_run {
  run_order order;
  std::chrono::milliseconds late_after{0};
};
/// Nobody waits for it any more: tell this node and the others.
struct drop_run {
  std::uint64_t run = 0;
  std::vector<std::string> workers;
};
/// Who of these gives no sign of life? Then `looked_at`.
struct look_at_workers {
  std::uint64_t run = 0;
  std::vector<std::string> workers;
};
/// Who of these, all of whom do, does not reach another? Then `looked_between`.
struct look_between_workers {
  std::uint64_t run = 0;
  std::vector<std::string> workers;
};
/// `run_is_late` again after so long.
struct look_again {
  std::uint64_t run = 0;
  std::chrono::milliseconds after{0};
};
/// `retry` after `defaults::retry_pause`.
struct retry_later {
  request_id request = 0;
};
/// The one answer of a request, which is forgotten: a reply, a sentence, or where to ask instead.
struct answer {
  request_id request = 0;
  infer_reply reply;
};
struct refuse {
  request_id request = 0;
  std::string sentence;
};
struct send_on {
  request_id request = 0;
};
/// A request was answered by the plan of this: is it still the right one?
struct review_plan {
  plan_query query;
};

}  // namespace request_actions

using request_action =
    std::variant<request_actions::ask_turn, request_actions::tell_turn, request_actions::end_turn,
                 request_actions::find_plan, request_actions::plan_ahead,
                 request_actions::start_run, request_actions::drop_run,
                 request_actions::look_at_workers, request_actions::look_between_workers,
                 request_actions::look_again, request_actions::retry_later, request_actions::answer,
                 request_actions::refuse, request_actions::send_on, request_actions::review_plan>;

/// To be done in this order, before the book is told of anything else but what they lead to.
using request_todo = std::vector<request_action>;

/// The requests of a host: each gets a plan, is run by it, and is run again by another when a node
/// fails under it. A run that is late has its nodes asked for a sign of life: one that gives none
/// is avoided until it does, and so is one of two that do not reach each other, while a slow one is
/// waited for. A request is a pure function, so a second attempt is always right; its caller sees
/// one answer. No request fails that this host could answer with nothing but itself: the last
/// attempt does, and so does one whose plan is not made within `defaults::plan_patience`.
///
/// A request that is alone here begins at once; where others are under way, here or on the shelf,
/// the coordinator says when it is its turn and who works on it
/// (actors/planning/core/turn_book.hpp). Of several clients that wait here the one that had fewest
/// turns is next.
///
/// Told what happens and when, says what is to be done. Pure: no actor, no clock. What comes too
/// late - of an attempt that was given up, of a request that was answered - changes nothing. Not
/// thread-safe.
class request_book {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using inputs_ptr = std::shared_ptr<const std::vector<host_tensor>>;

  /// `boot`: makes numbers of runs of two lives of one node differ. `plans` outlives the book.
  request_book(std::string host, std::uint32_t boot, plan_cache& plans)
      : host_{std::move(host)}, boot_{boot}, plans_{&plans} {}

  /// A request, `ask.inputs` beside it; its model is to be found, and `begin` to be told. `client`:
  /// whoever it is from, by any number. Throws `user_error` for a method that does not exist or a
  /// wish that cannot be, and `busy_error` where there are so many that it would wait too long.
  request_id accept(infer_request ask, inputs_ptr inputs, time_point now, std::uint64_t client = 0);

  /// Its model is this one.
  request_todo begin(request_id id, const std::string& identity, const graph& model);

  /// What the coordinator answered: go on with one request that waits, perhaps another's.
  request_todo turned(request_id number, const turn& what, time_point now);
  request_todo turn_is_lost(request_id number, time_point now);
  void turn_is_told(const turn& what) { asks_first_ = what.ask_first; }

  request_todo planned(request_id id, std::uint32_t attempt, const kept_plan_ptr& by,
                       time_point now);
  /// `suspect`: whom the next plan should do without; empty: nobody.
  request_todo not_planned(request_id id, std::uint32_t attempt, const std::string& suspect,
                           const std::string& sentence, time_point now);
  bool awaits_plan(request_id id, std::uint32_t attempt) const;
  request_todo plan_is_overdue(request_id id, std::uint32_t attempt);

  request_todo run_ended(std::uint64_t run, run_result result, time_point now);
  request_todo run_failed(std::uint64_t run, const std::string& suspect,
                          const std::string& sentence, time_point now);
  request_todo run_is_late(std::uint64_t run, time_point now);
  request_todo looked_at(std::uint64_t run, const std::set<std::string>& silent, time_point now);
  request_todo looked_between(std::uint64_t run, const std::set<cut_pair>& cut, time_point now);
  request_todo retry(request_id id);

  /// Its client went away, or got another answer. True where it was open.
  bool close(request_id id, request_todo& todo);

  /// The node leaves: no attempt begins from now on. Then it is known where clients go on; those
  /// that wait for an attempt go, and at last all.
  void stop_beginning() { leaving_ = true; }
  request_todo send_on_waiting();
  request_todo send_on_all();

  /// The question for the plan by which each run goes, once for equal ones.
  std::vector<plan_query> queries_running() const;
  bool is_leaving() const { return leaving_; }
  bool is_empty() const { return open_.empty(); }
  std::size_t running() const { return runs_.size(); }
  std::uint64_t answered() const { return answered_; }
  std::vector<model_load> loads(time_point now) const;
  /// What is not answered yet, oldest first.
  std::vector<open_request> list(time_point now) const;

  /// Hears of attempts that fail.
  void tell_to(event_teller teller) { tell_ = std::move(teller); }

 private:
  struct request {
    infer_request ask;     ///< without its inputs
    std::string identity;  ///< empty until the model was found
    inputs_ptr inputs;
    time_point began;
    std::uint32_t attempts = 0;
    std::set<std::string> suspects;  ///< peers seen to fail during this request
    bool alone = false;              ///< planned by this node for this node, asking nobody
    std::uint32_t planning = 0;      ///< the attempt that waits for its plan; 0: none
    std::uint64_t run = 0;           ///< the attempt under way; 0: none
    bool pauses = false;             ///< between two attempts
    time_point run_began;
    kept_plan_ptr current;  ///< of the attempt under way, or of the last; null: there was none
    std::uint64_t late_plan = 0;  ///< key of the plan by which it just took too long; 0: none
    std::string key;              ///< of the plan in the cache
    std::uint64_t client = 0;
    std::string stream;      ///< requests that are treated alike; empty: never waits
    bool waits = false;      ///< for its turn
    std::uint64_t turn = 0;  ///< the number by which the coordinator knows it; 0: it does not
    std::vector<std::string> team;  ///< who works on it; empty: all
    std::string method;             ///< of the team's plan; empty: as was asked
    double queued_ms = 0;
    /// Its answer is only to be compared with this one (wire_trials); null: somebody waits for it.
    std::shared_ptr<const std::vector<host_tensor>> reference;
    wire_type reference_wire = wire_type::fp32;
    double reference_ms = 0;  ///< predicted, of its plan
  };

  request* find(request_id id);
  request* find_run(std::uint64_t run, request_id& id);
  static plan_query query_of(const request& job);
  static std::string trial_key(const request& job);  ///< of the wire trials
  void check_queue(const std::string& asked, time_point now);
  void begin_waiting(const request& job);
  bool has_to_wait(const request& job) const;
  void wait_or_begin(request_id id, request& job, request_todo& todo);
  request_id next_in_turn(const std::string& stream) const;
  void attempt(request_id id, request& job, request_todo& todo);
  void begin_trial(const request& job, const std::vector<host_tensor>& outputs, request_todo& todo);
  void end_trial(request& job, const std::vector<host_tensor>& outputs);
  void forget(request_id id, request_todo& todo);
  void try_again(request_id id, request& job, const std::set<std::string>& suspects,
                 const std::string& reason, time_point now, request_todo& todo);
  void drop(request& job, request_todo& todo);
  std::vector<std::string> helpers(const request& job) const;

  std::string host_;
  std::uint32_t boot_;
  plan_cache* plans_;
  std::map<request_id, request> open_;        ///< not answered yet
  std::map<std::uint64_t, request_id> runs_;  ///< under way, of open requests
  bool leaving_ = false;
  bool moved_ = false;
  request_id last_ = 0;
  std::uint32_t next_run_ = 1;
  std::uint64_t answered_ = 0;
  bool asks_first_ = false;                          ///< the shelf has others' requests
  std::map<std::uint64_t, std::uint64_t> turns_of_;  ///< by client that has requests
  std::uint64_t turns_reached_ = 0;                  ///< of whoever had the last turn, before it
  recent_map<std::string, load_meter> loads_{defaults::streams_remembered};  ///< by model's name
  wire_trials trials_;
  event_teller tell_;
};

}  // namespace bramble
