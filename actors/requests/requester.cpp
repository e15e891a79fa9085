#include "actors/requests/requester.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "actors/membership/liveness.hpp"
#include "actors/requests/requester_plans.hpp"
#include "balancer/search/plan_request.hpp"
#include "config/defaults.hpp"
#include "config/defaults_balancer.hpp"
#include "config/defaults_load.hpp"

namespace bramble {
namespace {

void tell_if_idle(requester_state& state) {
  if (!state.waiting.empty() || !state.unconfirmed.empty()) return;
  for (auto& promise : state.awaiting_idle) promise.deliver(true);
  state.awaiting_idle.clear();
}

/// The one answer of a request: a reply or an error. Its client need not be watched any more.
template <class Answer>
void conclude(requester_pointer self, request_id id, Answer&& answer) {
  auto& state = self->state;
  auto found = state.waiting.extract(id);
  if (found.empty()) return;
  auto& [promise, client] = found.mapped();
  if (client && state.book->is_leaving())
    state.unconfirmed.insert(client);
  else if (client)
    self->demonitor(client);
  promise.deliver(std::forward<Answer>(answer));
  tell_if_idle(state);
}

void carry_out(requester_pointer self, request_todo todo);

/// Does what the book says; what comes of it, the book is told.
struct request_steps {
  requester_pointer self;

  request_book& book() const { return *self->state.book; }
  auto now() const { return self->clock().now(); }

  void operator()(const request_actions::find_plan& what) const {
    const auto id = what.request;
    const auto number = what.attempt;
    with_plan(self, what.query, what.suspects,
              {[step = *this, id, number](const kept_plan_ptr& by) {
                 carry_out(step.self, step.book().planned(id, number, by, step.now()));
               },
               [step = *this, id, number](const caf::error& e) {
                 carry_out(step.self, step.book().not_planned(id, number, suspect_of(e),
                                                              sentence_of(e), step.now()));
               }});
    if (what.is_limited && book().awaits_plan(id, number))
      self->delayed_send(self, defaults::plan_patience, overdue_atom::value, id, number);
  }

  void operator()(const request_actions::ask_turn& what) const {
    const auto number = what.query.number;
    self->request(turns_of(self->state), defaults::turn_patience, turn_atom_v, what.query)
        .then(
            [step = *this, number](const turn& given) {
              carry_out(step.self, step.book().turned(number, given, step.now()));
            },
            [step = *this, number](const caf::error& e) {
              spdlog::debug("there is no turn for a request: {}", sentence_of(e));
              carry_out(step.self, step.book().turn_is_lost(number, step.now()));
            });
  }

  void operator()(const request_actions::tell_turn& what) const {
    self->request(turns_of(self->state), defaults::turn_patience, turn_atom_v, what.query)
        .then([step = *this](const turn& given) { step.book().turn_is_told(given); },
              [](const caf::error& e) {
                spdlog::debug("nobody counts a request: {}", sentence_of(e));
              });
  }

  void operator()(const request_actions::end_turn& what) const {
    // Nobody's: an error in answer would end this actor.
    caf::anon_send(turns_of(self->state), turn_end_atom_v,
                   turn_end{self->state.config.self, what.number});
  }

  void operator()(const request_actions::plan_ahead& what) const { plan_once(self, what.query); }

  void operator()(const request_actions::start_run& what) const {
    const auto run = what.order.id;
    self->delayed_send(self, what.late_after, late_atom::value, run);
    self->request(self->state.config.executor, caf::infinite, run_atom::value, what.order)
        .then(
            [step = *this, run](run_result& result) {
              carry_out(step.self, step.book().run_ended(run, std::move(result), step.now()));
            },
            [step = *this, run](caf::error& e) {
              carry_out(step.self,
                        step.book().run_failed(run, suspect_of(e), sentence_of(e), step.now()));
            });
  }

  void operator()(const request_actions::drop_run& what) const {
    self->send(self->state.config.executor, abort_atom_v, what.run);
    for (const auto& [name, link] : links_to(self->state.peers, what.workers))
      self->send(link, abort_atom_v, what.run);
  }

  void operator()(const request_actions::look_at_workers& what) const {
    find_silent(self, links_to(self->state.peers, what.workers),
                [step = *this, run = what.run](const std::set<std::string>& silent) {
                  carry_out(step.self, step.book().looked_at(run, silent, step.now()));
                });
  }

  void operator()(const request_actions::look_between_workers& what) const {
    find_cut(self, links_to(self->state.peers, what.workers),
             [step = *this, run = what.run](const std::set<cut_pair>& cut) {
               carry_out(step.self, step.book().looked_between(run, cut, step.now()));
             });
  }

  void operator()(const request_actions::look_again& what) const {
    self->delayed_send(self, what.after, late_atom::value, what.run);
  }

  void operator()(const request_actions::retry_later& what) const {
    self->delayed_send(self, defaults::retry_pause, retry_atom::value, what.request);
  }

  void operator()(request_actions::answer& what) const {
    conclude(self, what.request, std::move(what.reply));
  }
  void operator()(const request_actions::refuse& what) const {
    tell(self->state.config.tell, "request", "",
         "request " + std::to_string(what.request) + " was refused: " + what.sentence);
    conclude(self, what.request, failure(what.sentence));
  }
  void operator()(const request_actions::send_on& what) const {
    conclude(self, what.request, self->state.moved);
  }

  void operator()(const request_actions::review_plan& what) const { review_plan(self, what.query); }
};

void carry_out(requester_pointer self, request_todo todo) {
  for (auto& each : todo) std::visit(request_steps{self}, each);
  recheck_later(self);
}

/// Its answer is no matter of the book any more.
template <class Answer>
void close(requester_pointer self, request_id id, Answer&& answer) {
  request_todo todo;
  if (!self->state.book->close(id, todo)) return;
  carry_out(self, std::move(todo));
  conclude(self, id, std::forward<Answer>(answer));
}

/// Nobody waits for these any more, wherever they are computed.
void cancel_those_of(requester_pointer self, const caf::actor_addr& client) {
  auto& state = self->state;
  std::vector<request_id> gone;
  for (const auto& [id, each] : state.waiting)
    if (each.client == client) gone.push_back(id);
  if (!gone.empty()) spdlog::info("{} requests are cancelled: their client went away", gone.size());
  for (const auto id : gone) close(self, id, failure("The client went away."));
  state.unconfirmed.erase(client);
  tell_if_idle(state);
}

caf::result<infer_reply> infer(requester_pointer self, infer_request& ask,
                               const caf::strong_actor_ptr& client) {
  auto& state = self->state;
  auto inputs = std::make_shared<const std::vector<host_tensor>>(std::move(ask.inputs));
  ask.inputs.clear();
  const auto name = ask.model;
  request_id id = 0;
  try {
    // A client's process: it has an actor for each question.
    const auto from = client ? std::hash<caf::node_id>{}(client->node()) : 0;
    id = state.book->accept(std::move(ask), std::move(inputs), self->clock().now(), from);
  } catch (const busy_error& e) {
    tell(state.config.tell, "request", name, "a request on " + name + " was refused: " + e.what());
    return too_busy(e.what(), e.after());
  } catch (const user_error& e) {
    return failure(e.what());
  }
  auto promise = self->make_response_promise<infer_reply>();
  auto& mine = state.waiting[id];
  mine.promise = promise;
  if (client) {
    mine.client = client->address();
    self->monitor(mine.client);
  }
  state.models.find(
      self, name,
      [=](const opened_model_ptr& model) {
        carry_out(self, self->state.book->begin(id, model->identity, model->content.model));
      },
      [=](const caf::error& e) { close(self, id, caf::error{e}); });
  return promise;
}

caf::result<plan> answer_plan(requester_pointer self, plan_query query) {
  try {
    check_method(query.method);
  } catch (const user_error& e) {
    return failure(e.what());
  }
  auto promise = self->make_response_promise<plan>();
  const auto fail = [=](const caf::error& e) mutable { promise.deliver(e); };
  self->state.models.find(
      self, query.model,
      [=](const opened_model_ptr& model) mutable {
        query.identity = model->identity;
        query.method = self->state.plans->method_for(query.model, query.method);
        with_plan(self, query, {},
                  {[=](const kept_plan_ptr& by) mutable { promise.deliver(by->p); }, fail});
      },
      fail);
  return promise;
}

caf::result<bool> await_idle(requester_pointer self) {
  auto& state = self->state;
  if (state.waiting.empty() && state.unconfirmed.empty()) return true;
  state.awaiting_idle.push_back(self->make_response_promise<bool>());
  return state.awaiting_idle.back();
}

live_report report(requester_pointer self) {
  auto out = self->state.plans->report(self->clock().now());
  out.host = self->state.config.self;
  out.loads = self->state.book->loads(self->clock().now());
  return out;
}

}  // namespace

private_requester::behavior_type requester(requester_pointer self, requester_config config) {
  auto& state = self->state;
  state.config = std::move(config);
  state.models = model_lookup{state.config.models};
  state.plans.emplace(state.config.self);
  state.book.emplace(state.config.self, state.config.boot, *state.plans);
  state.plans->tell_to(state.config.tell);
  state.book->tell_to(state.config.tell);
  self->set_down_handler([=](caf::down_msg& down) { cancel_those_of(self, down.source); });
  const auto book = [self]() -> request_book& { return *self->state.book; };
  const auto now = [self] { return self->clock().now(); };
  return {
      [=](infer_atom, infer_request& ask, const caf::strong_actor_ptr& client) {
        return infer(self, ask, client);
      },
      [=](draining_atom) {
        book().stop_beginning();
        return true;
      },
      [=](send_on_atom, const leave_reply& left) {
        self->state.moved = redirect_of_clients(self->state.config.self, left);
        carry_out(self, book().send_on_waiting());
      },
      [=](idle_atom) { return await_idle(self); },
      [=](hand_over_atom) { carry_out(self, book().send_on_all()); },
      [=](plan_atom, const plan_query& query) { return answer_plan(self, query); },
      [=](live_atom) { return report(self); },
      [=](replan_atom, const std::string& model) { return replan(self, model); },
      [=](pins_atom, const std::vector<method_pin>& in_force) {
        self->state.plans->use_pins(in_force, now());
      },
      [=](load_atom) { return book().loads(now()); },
      [=](requests_atom) {
        return request_list{self->state.config.self, book().list(now())};
      },
      [=](abort_atom, std::uint64_t id) {
        const bool open = self->state.waiting.contains(id);
        if (open) {
          tell(self->state.config.tell, "request", "",
               "request " + std::to_string(id) + " was cancelled by hand");
          close(self, id, failure("The request was cancelled by hand."));
        }
        return open;
      },
      [=](failed_atom, const run_failure& what) {
        carry_out(self, book().run_failed(what.request, what.suspect,
                                          what.node + ": " + what.reason, now()));
      },
      [=](overdue_atom, request_id id, std::uint32_t attempt) {
        carry_out(self, book().plan_is_overdue(id, attempt));
      },
      [=](late_atom, std::uint64_t run) { carry_out(self, book().run_is_late(run, now())); },
      [=](recheck_atom) { recheck_silent(self); },
      [=](complete_atom, const completion& due) { complete_plan(self, due); },
      [=](retry_atom, request_id id) { carry_out(self, book().retry(id)); },
      [=](const directory_ptr& peers) { use_directory(self, peers); },
      [=](detail_atom) -> std::string {
        return std::to_string(book().running()) + " requests running, " +
               std::to_string(book().answered()) + " answered";
      },
  };
}

}  // namespace bramble
