#include "actors/requests/requester.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "actors/requests/requester_plans.hpp"
#include "actors/requests/run_deadline.hpp"
#include "balancer/search/planner.hpp"
#include "config/defaults.hpp"

namespace bramble {
namespace {

using clock = std::chrono::steady_clock;
using job_ptr = request_job_ptr;

std::uint64_t bytes_sent(const plan& p) {
  std::uint64_t sum = 0;
  for (const auto& each : p.verdicts) sum += each.bytes_out;
  return sum;
}

/// Tells every node of the attempt to drop it, so that nothing computes for nobody.
void abort_attempt(requester_pointer self, request_job& job) {
  auto& state = self->state;
  if (job.run == 0) return;
  state.running.erase(job.run);
  self->send(state.config.executor, abort_atom_v, job.run);
  for (const auto& [name, link] : links_to(state, names_of_workers(job.current->p)))
    self->send(link, abort_atom_v, job.run);
  job.run = 0;
}

bool is_open(const requester_state& state, const job_ptr& job) {
  return state.open.count(job) != 0;
}

void tell_if_idle(requester_state& state) {
  if (!state.open.empty() || !state.unconfirmed.empty()) return;
  for (auto& promise : state.awaiting_idle) promise.deliver(true);
  state.awaiting_idle.clear();
}

/// The one answer of a request: a reply or an error. Its client need not be watched any more.
template <class Answer>
void conclude(requester_pointer self, const job_ptr& job, Answer&& answer) {
  auto& state = self->state;
  if (state.open.erase(job) == 0) return;
  if (job->client && state.leaving)
    state.unconfirmed.insert(job->client);
  else if (job->client)
    self->demonitor(job->client);
  job->promise.deliver(std::forward<Answer>(answer));
  tell_if_idle(state);
}

/// Nobody waits for these any more, wherever they are computed.
void cancel_those_of(requester_pointer self, const caf::actor_addr& client) {
  std::vector<job_ptr> gone;
  for (const auto& job : self->state.open)
    if (job->client == client) gone.push_back(job);
  for (const auto& job : gone) {
    spdlog::info("a request on {} is cancelled: its client went away", job->ask.model);
    abort_attempt(self, *job);
    conclude(self, job, failure("The client went away."));
  }
  self->state.unconfirmed.erase(client);
  tell_if_idle(self->state);
}

/// Nobody plans for a node that leaves: its clients ask elsewhere, as soon as it is known where.
void move_on(requester_pointer self, const job_ptr& job) {
  if (self->state.moved) conclude(self, job, self->state.moved);
}

void try_again(requester_pointer self, const job_ptr& job, const std::set<std::string>& suspects,
               const std::string& reason) {
  if (!is_open(self->state, job)) return;
  spdlog::info("attempt {} of a request on {} failed: {}", job->attempts, job->ask.model, reason);
  abort_attempt(self, *job);
  if (job->current) retire_plan(self, job->current->key, reason);
  for (const auto& suspect : suspects) {
    if (suspect.empty() || suspect == self->state.config.self) continue;
    job->suspects.insert(suspect);
    retire_plans_with(self, suspect, reason);
  }
  const bool late = elapsed(self, job->began) > defaults::request_patience;
  if (!self->state.leaving && (job->attempts >= defaults::request_attempts || (late && job->alone)))
    return conclude(self, job,
                    failure("The request failed after " + std::to_string(job->attempts) +
                            " attempts: " + reason));
  if (late) job->alone = true;
  self->delayed_send(self, defaults::retry_pause, retry_atom::value, job);
}

/// All who work on a late run answer us; do they reach each other?
void look_between(requester_pointer self, std::uint64_t id, const job_ptr& job) {
  find_cut(self, links_to(self->state, names_of_workers(job->current->p)),
           [=](const std::set<cut_pair>& cut) {
             if (job->run != id) return;
             if (cut.empty()) {
               self->delayed_send(self, defaults::liveness_interval, late_atom::value, id);
               return;
             }
             avoid_cut(self, cut);
             try_again(
                 self, job, ends_to_avoid(cut),
                 cut.begin()->first + " and " + cut.begin()->second + " do not reach each other.");
           });
}

/// A run takes longer than predicted: is somebody frozen or cut off?
void look_into(requester_pointer self, std::uint64_t id) {
  const auto found = self->state.running.find(id);
  if (found == self->state.running.end()) return;
  const auto job = found->second;
  if (elapsed(self, job->run_began) >= run_deadline(job->current->p)) {
    job->late_plan = job->current->key;
    return try_again(self, job, {}, "It took far longer than predicted.");
  }
  find_silent(self, links_to(self->state, names_of_workers(job->current->p)),
              [=](const std::set<std::string>& silent) {
                if (job->run != id) return;
                if (silent.empty()) return look_between(self, id, job);
                avoid(self, silent);
                try_again(self, job, silent, *silent.begin() + " does not answer.");
              });
}

void run(requester_pointer self, const job_ptr& job, const kept_plan_ptr& by) {
  auto& state = self->state;
  if (!is_open(state, job)) return;
  job->current = by;
  job->run = static_cast<std::uint64_t>(state.config.boot) << 32 | state.next_run++;
  state.running.emplace(job->run, job);
  const auto id = job->run;
  job->run_began = self->clock().now();
  self->delayed_send(self,
                     beyond_prediction(defaults::run_check_base, defaults::run_check_factor, by->p),
                     late_atom::value, id);
  self->request(state.config.executor, caf::infinite, run_atom::value,
                run_order{id, by->key, job->inputs})
      .then(
          [=](run_result& result) {
            if (job->run != id) return;
            self->state.running.erase(id);
            ++self->state.answered;
            const auto& p = by->p;
            infer_reply reply;
            reply.outputs = std::move(result.outputs);
            reply.identity = job->identity;
            reply.host = self->state.config.self;
            reply.method = p.method;
            reply.epoch = p.epoch;
            reply.latency_ms =
                job->attempts == 1
                    ? result.latency_ms
                    : std::chrono::duration<double, std::milli>(self->clock().now() - job->began)
                          .count();
            reply.waited_ms = result.waited_ms;
            reply.predicted_ms = p.predicted_ms;
            reply.bytes = bytes_sent(p);
            reply.attempts = job->attempts;
            reply.nodes = names_of_workers(p);
            self->state.log.measured(job->key, p.epoch, result.latency_ms - result.waited_ms);
            conclude(self, job, std::move(reply));
            review_plan(self, query_of(*job));
          },
          [=](caf::error& e) {
            if (job->run == id) try_again(self, job, {suspect_of(e)}, sentence_of(e));
          });
}

void attempt(requester_pointer self, const job_ptr& job) {
  if (!is_open(self->state, job)) return;
  if (self->state.leaving) return move_on(self, job);
  const auto number = ++job->attempts;
  auto query = query_of(*job);
  // The coordinator has the plan still, and would give it out again as it is.
  query.reviews = std::exchange(job->late_plan, 0);
  // While the plan of the shelf does not come, nobody waits for it a second time.
  if (self->state.overdue.count(cache_key(query)) != 0) {
    job->alone = true;
    plan_once(self, query);
  }
  if (number >= defaults::request_attempts) job->alone = true;
  if (job->alone) query.method = "one";
  job->key = cache_key(query);
  job->planning = number;
  const auto is_awaited = [=] {
    if (job->planning != number) return false;
    job->planning = 0;
    return true;
  };
  with_plan(self, query, job->suspects,
            {[=](const kept_plan_ptr& by) {
               if (is_awaited()) run(self, job, by);
             },
             [=](const caf::error& e) {
               if (is_awaited()) try_again(self, job, {suspect_of(e)}, sentence_of(e));
             }});
  if (job->planning == number && query.method != "one")
    self->delayed_send(self, defaults::plan_patience, overdue_atom::value, job, number);
}

/// The plan does not come: the host answers by itself, and the plan is for a later request.
void go_alone(requester_pointer self, const job_ptr& job, std::uint32_t attempt_number) {
  if (job->planning != attempt_number || !is_open(self->state, job)) return;
  spdlog::warn("no plan of {} was made within {} s: {} answers alone until there is one",
               job->ask.model,
               std::chrono::duration_cast<std::chrono::seconds>(defaults::plan_patience).count(),
               self->state.config.self);
  self->state.overdue.insert(cache_key(query_of(*job)));
  attempt(self, job);
}

void begin(requester_pointer self, const job_ptr& job, const opened_model& model) {
  try {
    check_inputs(model.content.model, *job->inputs);
  } catch (const user_error& e) {
    return conclude(self, job, failure(e.what()));
  }
  job->identity = model.identity;
  attempt(self, job);
}

caf::result<infer_reply> infer(requester_pointer self, infer_request& ask,
                               const caf::strong_actor_ptr& client) {
  try {
    check_method(ask.method);
  } catch (const user_error& e) {
    return failure(e.what());
  }
  auto job = std::make_shared<request_job>();
  job->began = self->clock().now();
  job->inputs = std::make_shared<const std::vector<host_tensor>>(std::move(ask.inputs));
  job->ask = std::move(ask);
  job->ask.inputs.clear();
  job->promise = self->make_response_promise<infer_reply>();
  self->state.open.insert(job);
  if (client) {
    job->client = client->address();
    self->monitor(job->client);
  }
  self->state.models.find(
      self, job->ask.model, [=](const opened_model_ptr& model) { begin(self, job, *model); },
      [=](const caf::error& e) { conclude(self, job, caf::error{e}); });
  return job->promise;
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
        with_plan(self, query, {},
                  {[=](const kept_plan_ptr& by) mutable { promise.deliver(by->p); }, fail});
      },
      fail);
  return promise;
}

void leave(requester_pointer self, const leave_reply& left) {
  auto& state = self->state;
  state.leaving = true;
  state.moved = redirect_of_clients(state.config.self, left);
  const auto open = state.open;
  for (const auto& job : open)
    if (job->run == 0) move_on(self, job);
}

caf::result<bool> await_idle(requester_pointer self) {
  auto& state = self->state;
  if (state.open.empty() && state.unconfirmed.empty()) return true;
  state.awaiting_idle.push_back(self->make_response_promise<bool>());
  return state.awaiting_idle.back();
}

/// There is no time to finish these: their clients ask elsewhere.
void hand_over(requester_pointer self) {
  const auto open = self->state.open;
  for (const auto& job : open) {
    abort_attempt(self, *job);
    conclude(self, job, self->state.moved);
  }
}

}  // namespace

private_requester::behavior_type requester(requester_pointer self, requester_config config) {
  self->state.config = std::move(config);
  self->state.models = model_lookup{self->state.config.models};
  self->set_down_handler([=](caf::down_msg& down) { cancel_those_of(self, down.source); });
  return {
      [=](infer_atom, infer_request& ask, const caf::strong_actor_ptr& client) {
        return infer(self, ask, client);
      },
      [=](draining_atom) { return self->state.leaving = true; },
      [=](send_on_atom, const leave_reply& left) { leave(self, left); },
      [=](idle_atom) { return await_idle(self); },
      [=](hand_over_atom) { hand_over(self); },
      [=](plan_atom, const plan_query& query) { return answer_plan(self, query); },
      [=](live_atom) {
        auto out = self->state.log.report(self->clock().now());
        out.host = self->state.config.self;
        return out;
      },
      [=](failed_atom, const run_failure& what) {
        const auto found = self->state.running.find(what.request);
        if (found == self->state.running.end()) return;
        const auto job = found->second;
        try_again(self, job, {what.suspect}, what.node + ": " + what.reason);
      },
      [=](overdue_atom, const job_ptr& job, std::uint32_t number) { go_alone(self, job, number); },
      [=](late_atom, std::uint64_t id) { look_into(self, id); },
      [=](recheck_atom) { recheck_silent(self); },
      [=](complete_atom, const plan_query& query, std::uint32_t looks) {
        complete_plan(self, query, looks);
      },
      [=](retry_atom, const job_ptr& job) { attempt(self, job); },
      [=](const directory_ptr& peers) { use_directory(self, peers); },
      [=](detail_atom) -> std::string {
        return std::to_string(self->state.running.size()) + " requests running, " +
               std::to_string(self->state.answered) + " answered";
      },
  };
}

}  // namespace bramble
