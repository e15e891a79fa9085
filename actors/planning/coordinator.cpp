#include "actors/planning/coordinator.hpp"

#include <utility>

#include "actors/membership/liveness.hpp"
#include "config/defaults.hpp"

namespace bramble {
namespace {

using coordinator_pointer = coordinator_actor::stateful_pointer<coordinator_state>;

void carry_out(coordinator_pointer self, const planning_step& step);

/// Null where it went away.
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

void update(coordinator_state& state, const directory_ptr& peers) {
  std::set<std::string> connected;
  for (const auto& [name, link] : peers->links) connected.insert(name);
  state.book->use_members(std::move(connected), peers->drained);
  state.peers = peers;
}

}  // namespace

coordinator_actor::behavior_type coordinator(coordinator_pointer self, coordinator_config config) {
  self->state.config = std::move(config);
  self->state.book.emplace(self->state.config.self);
  return {
      [=](plan_atom, const plan_query& query) { return answer(self, query); },
      [=](const directory_ptr& peers) { update(self->state, peers); },
      [=](detail_atom) -> std::string {
        const auto& state = self->state;
        const bool active = !state.peers || state.peers->coordinator == state.config.self;
        return (active ? std::string{"active"} : "standing by for " + state.peers->coordinator) +
               ", " + std::to_string(state.book->plans()) + " plans made, epoch " +
               std::to_string(state.book->epoch());
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
      [](detail_atom) -> std::string { return "waiting for a plan to make"; },
  };
}

}  // namespace bramble
