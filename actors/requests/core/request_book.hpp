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
#include "actors/requests/core/plan_cache.hpp"

namespace bramble {

/// Of a request, on its host and in this life of it.
using request_id = std::uint64_t;

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
    std::variant<request_actions::find_plan, request_actions::plan_ahead,
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

  /// A request, `ask.inputs` beside it; its model is to be found, and `begin` to be told. Throws
  /// `user_error` for a method that does not exist, and where `defaults::requests_open` are open.
  request_id accept(infer_request ask, inputs_ptr inputs, time_point now);

  /// Its model is this one.
  request_todo begin(request_id id, const std::string& identity, const graph& model);

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
  };

  request* find(request_id id);
  request* find_run(std::uint64_t run, request_id& id);
  void attempt(request_id id, request& job, request_todo& todo);
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
};

}  // namespace bramble
