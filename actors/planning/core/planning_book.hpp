#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "actors/planning/core/planning_question.hpp"
#include "actors/protocol/message_types.hpp"
#include "balancer/policy/policy.hpp"
#include "config/base/recent_map.hpp"
#include "config/defaults.hpp"

namespace bramble {

/// One plan on its way, for all who ask the same.
using round_id = std::uint64_t;

/// What a coordinator has to do about its rounds; see `planning_book`.
namespace planning_actions {

/// Who of these gives no sign of life? Then `found_silent`.
struct look_at_members {
  round_id round = 0;
  std::set<std::string> members;
};
/// Then `reported` or `not_ready`, of each.
struct prepare_members {
  round_id round = 0;
  std::map<std::string, prepare_request> members;
};
/// Then `thought` or `not_thought`.
struct think {
  round_id round = 0;
  planning_question_ptr question;
};
/// Has every one of these build its kernels: a plan is not given out before all have. Then
/// `installed` or `not_installed`, of each.
struct install_plan {
  round_id round = 0;
  plan p;
  std::vector<std::string> nodes;
};
/// The end of a round: a plan, or why there is none and whom the next should do without (empty:
/// nobody).
struct give_out {
  round_id round = 0;
  plan p;
};
struct give_up {
  round_id round = 0;
  std::string sentence;
  std::string suspect;
};

}  // namespace planning_actions

using planning_action =
    std::variant<planning_actions::look_at_members, planning_actions::prepare_members,
                 planning_actions::think, planning_actions::install_plan,
                 planning_actions::give_out, planning_actions::give_up>;

/// What is next; nothing: others have to answer first.
using planning_step = std::optional<planning_action>;

/// The rounds of a coordinator, and what it keeps of earlier ones: all who could work are asked
/// what they can do (collect), and those who compute ops otherwise than others of their kind to do
/// likewise (balancer/shelf/agreement.hpp), a plan is made (think), it takes the place of the one
/// in use or does not (judge), and those who work by it get ready (install). Soft state only: a new
/// coordinator needs nothing from the old one, since members measure themselves and plans are named
/// by content.
///
/// Told what happens and when, says what is to be done. Pure: no actor, no clock, no disk. What
/// comes of a round that has ended changes nothing. Not thread-safe.
class planning_book {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit planning_book(std::string self) : self_{std::move(self)} {}

  /// Who is here now besides this node, and who of all works for its own host only. A member that
  /// came back has lost its installed plans: everything made with it is made again.
  void use_members(std::set<std::string> connected, std::set<std::string> drained);

  struct begun {
    round_id round = 0;
    planning_step next;
  };
  /// A question: it joins the equal one that is on its way, or begins a round.
  begun ask(const plan_query& query);

  planning_step found_silent(round_id round, const std::set<std::string>& silent);
  planning_step reported(round_id round, const std::string& member, capacity_report report);
  planning_step not_ready(round_id round, const std::string& member, const std::string& why);
  planning_step thought(round_id round, const planning_answer& answer, time_point now);
  planning_step not_thought(round_id round, const std::string& why);
  planning_step installed(round_id round);
  planning_step not_installed(round_id round, const std::string& node, const std::string& why);

  /// What the last plan for such a request was made from; null where there was none, or the model
  /// is not known any more.
  planning_question_ptr facts_for(const plan_query& query);

  /// Hears of reviews that kept a plan.
  void tell_to(event_teller teller) { tell_ = std::move(teller); }

  std::size_t plans() const { return plans_.size(); }
  std::uint64_t epoch() const { return epoch_; }

 private:
  enum class stage_t : std::uint8_t { look, collect, think, install };
  struct planning_round {
    plan_query query;
    stage_t stage = stage_t::look;  ///< what it waits for
    std::set<std::string> members;  ///< who could work
    std::size_t outstanding = 0;    ///< answers, of all that were asked
    bool agrees = false;            ///< some were asked to compute as the others do
    std::vector<capacity_report> ready;
    std::map<std::string, std::string> left_out;  ///< member: why
    std::shared_ptr<const graph> model;  ///< kept from when it is known: others may be learned
    planning_question_ptr question;
    std::optional<plan> current;  ///< a review: the plan the host works by
    bool completes = false;       ///< it is provisional, and somebody it lacks is ready by now
    plan result;
  };
  struct reviewed_plan {
    shelf planned_for;  ///< the facts behind the last plan or candidate
    shelf made_for;     ///< the facts behind the plan that its host works by
    policy_history history;
  };

  planning_round* find(round_id round, stage_t stage);
  std::set<std::string> drained_for(const plan_query& query) const;
  std::set<std::string> candidates(const plan_query& query) const;
  void learn_model(planning_round& task, const capacity_report& report);
  planning_step agree_or_think(round_id round, planning_round& task);
  planning_action think(round_id round, planning_round& task);
  planning_action judge(round_id round, planning_round& task, const planning_answer& answer,
                        time_point now);
  planning_action install(round_id round, planning_round& task);
  planning_action replace(round_id round, planning_round& task, const planning_answer& answer,
                          const std::string& reason);
  planning_action keep(round_id round, planning_round& task, double current_ms);
  planning_action finish(round_id round, const planning_round& task);
  planning_action give_up(round_id round, const std::string& why, const std::string& suspect = "");
  void end(round_id round);

  std::string self_;
  recent_map<std::string, bool> asked_to_agree_{
      defaults::agreements_remembered};  ///< by member, model and kernels
  std::set<std::string> connected_;
  std::set<std::string> drained_;
  std::uint64_t epoch_ = 0;
  round_id last_ = 0;
  std::map<round_id, planning_round> rounds_;  ///< each asked for by somebody who waits
  std::map<std::string, round_id> under_way_;  ///< by query
  recent_map<std::string, plan> plans_{defaults::plans_remembered};  ///< by query and members
  recent_map<std::string, std::shared_ptr<const graph>> models_{
      defaults::graphs_remembered};                                               ///< by identity
  recent_map<std::string, reviewed_plan> reviews_{defaults::reviews_remembered};  ///< by query
  event_teller tell_;
};

}  // namespace bramble
