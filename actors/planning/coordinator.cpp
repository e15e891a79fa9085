#include "actors/planning/coordinator.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "actors/membership/liveness.hpp"
#include "config/defaults.hpp"

namespace bramble {
namespace {

using coordinator_pointer = coordinator_actor::stateful_pointer<coordinator_state>;

void carry_out(coordinator_pointer self, const planning_step& step);

/// All who wait for a round get the same.
template <class Answer>
void conclude(coordinator_pointer self, round_id round, const Answer& answer) {
  auto found = self->state.waiting.extract(round);
  if (found.empty()) return;
  for (auto& promise : found.mapped()) promise.deliver(answer);
}

/// Does what the book says; what comes of it, the book is told.
struct planning_steps {
  coordinator_pointer self;

  planning_book& book() const { return *self->state.book; }

  void operator()(const planning_actions::look_at_members& what) const {
    find_silent(self, links_to(self->state.peers, what.members),
                [step = *this, round = what.round](const std::set<std::string>& silent) {
                  carry_out(step.self, step.book().found_silent(round, silent));
                });
  }

  void operator()(const planning_actions::prepare_members& what) const {
    for (const auto& [name, request] : what.members) {
      const auto member = name == self->state.config.self
                              ? self->state.config.model_cache
                              : model_preparer{link_to(self->state.peers, name)};
      if (!member) {
        carry_out(self, book().not_ready(what.round, name, "The node went away."));
        continue;
      }
      self->request(member, defaults::prepare_timeout, prepare_atom_v, request)
          .then(
              [step = *this, round = what.round, who = name](capacity_report& report) {
                carry_out(step.self, step.book().reported(round, who, std::move(report)));
              },
              [step = *this, round = what.round, who = name](caf::error& e) {
                carry_out(step.self, step.book().not_ready(round, who, sentence_of(e)));
              });
    }
  }

  void operator()(const planning_actions::think& what) const {
    self->request(self->state.config.planner, defaults::plan_timeout, make_plan_atom::value,
                  what.question)
        .then(
            [step = *this, round = what.round](const planning_answer_ptr& answer) {
              carry_out(step.self, step.book().thought(round, *answer, step.self->clock().now()));
            },
            [step = *this, round = what.round](caf::error& e) {
              carry_out(step.self, step.book().not_thought(round, sentence_of(e)));
            });
  }

  void operator()(const planning_actions::install_plan& what) const {
    for (const auto& name : what.nodes) {
      const auto target = name == self->state.config.self
                              ? self->state.config.executor
                              : plan_installer{link_to(self->state.peers, name)};
      self->request(target, defaults::install_timeout, install_atom_v, what.p)
          .then([step = *this, round = what.round](
                    std::uint64_t) { carry_out(step.self, step.book().installed(round)); },
                [step = *this, round = what.round, who = name](caf::error& e) {
                  carry_out(step.self, step.book().not_installed(round, who, sentence_of(e)));
                });
    }
  }

  void operator()(const planning_actions::give_out& what) const {
    conclude(self, what.round, what.p);
  }
  void operator()(const planning_actions::give_up& what) const {
    conclude(self, what.round, broken_run(what.sentence, what.suspect));
  }
};

void carry_out(coordinator_pointer self, const planning_step& step) {
  if (step) std::visit(planning_steps{self}, *step);
}

caf::result<plan> answer(coordinator_pointer self, const plan_query& query) {
  const auto begun = self->state.book->ask(query);
  auto promise = self->make_response_promise<plan>();
  self->state.waiting[begun.round].push_back(promise);
  carry_out(self, begun.next);
  return promise;
}

void carry_out(coordinator_pointer self, turn_todo todo);

/// Does what the turn_book says; what comes of it, the book is told.
struct turn_steps {
  coordinator_pointer self;

  turn_book& turns() const { return self->state.turns; }
  auto now() const { return self->clock().now(); }

  void operator()(const turn_actions::grant& what) const {
    auto found = self->state.turns_waiting.extract({what.host, what.number});
    if (!found.empty()) found.mapped().deliver(what.what);
  }

  void operator()(const turn_actions::survey& what) const {
    const auto facts = self->state.book->facts_for(what.query);
    if (!facts) return turns().not_surveyed(what.stream);
    self->request(self->state.config.surveyor, defaults::plan_timeout, survey_atom::value, facts)
        .then(
            [step = *this, stream = what.stream](const ways_ptr& ways) {
              carry_out(step.self, step.turns().surveyed(stream, *ways, step.now()));
            },
            [](const caf::error& e) {
              spdlog::debug("no ways of the shelf were found: {}", sentence_of(e));
            });
  }

  void operator()(const turn_actions::tell& what) const {
    const auto text = "requests for " + what.model + ": " + what.how + " from now on; " + what.why;
    spdlog::info("{}", text);
    tell(self->state.config.tell, "plan", what.model, text);
  }

  void operator()(const turn_actions::prepare& what) const {
    const auto told = [step = *this, what](bool is_there) {
      carry_out(step.self, step.turns().prepared(what.stream, what.query, is_there, step.now()));
    };
    self->request(coordinator_actor{self}, defaults::plan_timeout, plan_atom_v, what.query)
        .then([=](const plan&) { told(true); },
              [=](const caf::error& e) {
                spdlog::debug("a team's plan was not made: {}", sentence_of(e));
                told(false);
              });
  }
};

void carry_out(coordinator_pointer self, turn_todo todo) {
  for (const auto& each : todo) std::visit(turn_steps{self}, each);
}

caf::result<turn> take_turn(coordinator_pointer self, const turn_query& query) {
  auto promise = self->make_response_promise<turn>();
  self->state.turns_waiting[{query.what.host, query.number}] = promise;
  carry_out(self, self->state.turns.ask(query, self->clock().now()));
  return promise;
}

void end_turn(coordinator_pointer self, const turn_end& what) {
  self->state.turns_waiting.erase({what.host, what.number});
  carry_out(self, self->state.turns.end(what, self->clock().now()));
}

void update(coordinator_pointer self, const directory_ptr& peers) {
  auto& state = self->state;
  std::set<std::string> connected;
  for (const auto& [name, link] : peers->links) connected.insert(name);
  auto members = connected;
  members.insert(state.config.self);
  state.book->use_members(std::move(connected), peers->drained);
  state.peers = peers;
  auto workers = members;
  for (const auto& name : peers->drained) workers.erase(name);
  std::erase_if(state.turns_waiting,
                [&](const auto& each) { return !members.contains(each.first.first); });
  if (peers->coordinator != state.config.self) carry_out(self, state.turns.give_up());
  carry_out(self, state.turns.use_members(members, workers, self->clock().now()));
}

}  // namespace

coordinator_actor::behavior_type coordinator(coordinator_pointer self, coordinator_config config) {
  self->state.config = std::move(config);
  self->state.book.emplace(self->state.config.self);
  self->state.book->tell_to(self->state.config.tell);
  self->state.turns.use_members({self->state.config.self}, {self->state.config.self},
                                self->clock().now());
  return {
      [=](plan_atom, const plan_query& query) { return answer(self, query); },
      [=](turn_atom, const turn_query& query) { return take_turn(self, query); },
      [=](turn_end_atom, const turn_end& what) { end_turn(self, what); },
      [=](load_atom) { return self->state.turns.report(self->clock().now()); },
      [=](const directory_ptr& peers) { update(self, peers); },
      [=](detail_atom) -> std::string {
        carry_out(self, self->state.turns.pass(self->clock().now()));
        const auto& state = self->state;
        const bool active = !state.peers || state.peers->coordinator == state.config.self;
        return (active ? std::string{"active"} : "standing by for " + state.peers->coordinator) +
               ", " + std::to_string(state.book->plans()) + " plans made, epoch " +
               std::to_string(state.book->epoch()) + ", " + std::to_string(state.turns.running()) +
               " requests have their turn, " + std::to_string(state.turns.waiting()) + " wait";
      },
  };
}

planner_actor::behavior_type planner(planner_actor::stateful_pointer<planner_state>,
                                     double effort) {
  return {
      [=](make_plan_atom,
          const planning_question_ptr& question) -> caf::result<planning_answer_ptr> {
        try {
          return std::make_shared<const planning_answer>(answer_to(*question, effort));
        } catch (const std::exception& e) {
          return failure(e.what());
        }
      },
      [=](survey_atom, const planning_question_ptr& question) -> caf::result<ways_ptr> {
        try {
          return std::make_shared<const std::vector<way>>(ways_of(
              *question->model, question->devices, question->wire, question->exact, effort));
        } catch (const std::exception& e) {
          return failure(e.what());
        }
      },
      [](detail_atom) -> std::string { return "waiting for a plan to make"; },
  };
}

}  // namespace bramble
