#include "actors/requester.hpp"

#include <spdlog/spdlog.h>

#include "actors/requester_plans.hpp"
#include "actors/run_deadline.hpp"
#include "balancer/planner.hpp"
#include "config/defaults.hpp"

namespace bramble {
namespace {

using clock = std::chrono::steady_clock;
using self_pointer = requester_pointer;
using job_ptr = std::shared_ptr<request_job>;

using retry_atom = caf::atom_constant<caf::atom("retry")>;
using late_atom = caf::atom_constant<caf::atom("late")>;

std::uint64_t bytes_sent(const plan& p) {
  std::uint64_t sum = 0;
  for (const auto& each : p.verdicts) sum += each.bytes_out;
  return sum;
}

/// Tells every node of the attempt to drop it, so that nothing computes for nobody.
void abort_attempt(self_pointer self, request_job& job) {
  auto& state = self->state;
  if (job.run == 0) return;
  state.running.erase(job.run);
  self->send(state.config.executor, abort_atom_v, job.run);
  for (const auto& [name, link] : links_to(state, workers(job.current)))
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
void conclude(self_pointer self, const job_ptr& job, Answer&& answer) {
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
void cancel_those_of(self_pointer self, const caf::actor_addr& client) {
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
void move_on(self_pointer self, const job_ptr& job) {
  if (self->state.moved) conclude(self, job, self->state.moved);
}

void try_again(self_pointer self, const job_ptr& job, const std::set<std::string>& suspects,
               const std::string& reason) {
  if (!is_open(self->state, job)) return;
  spdlog::info("attempt {} of a request on {} failed: {}", job->attempts, job->ask.model, reason);
  abort_attempt(self, *job);
  retire_plan(self->state, job->current, reason);
  for (const auto& suspect : suspects) {
    if (suspect.empty() || suspect == self->state.config.self) continue;
    job->suspects.insert(suspect);
    retire_plans_with(self->state, suspect, reason);
  }
  if (!self->state.leaving && (job->attempts >= defaults::request_attempts ||
                               elapsed(self, job->began) > defaults::request_patience))
    return conclude(self, job,
                    failure("The request failed after " + std::to_string(job->attempts) +
                            " attempts: " + reason));
  self->delayed_send(self, defaults::retry_pause, retry_atom::value, job);
}

/// All who work on a late run answer us; do they reach each other?
void look_between(self_pointer self, std::uint64_t id, const job_ptr& job) {
  find_cut(self, links_to(self->state, workers(job->current)), [=](const std::set<cut_pair>& cut) {
    if (job->run != id) return;
    if (cut.empty()) {
      self->delayed_send(self, defaults::liveness_interval, late_atom::value, id);
      return;
    }
    avoid_cut(self, cut);
    try_again(self, job, ends_to_avoid(cut),
              cut.begin()->first + " and " + cut.begin()->second + " do not reach each other.");
  });
}

/// A run takes longer than predicted: is somebody frozen or cut off?
void look_into(self_pointer self, std::uint64_t id) {
  const auto found = self->state.running.find(id);
  if (found == self->state.running.end()) return;
  const auto job = found->second;
  if (elapsed(self, job->run_began) >= run_deadline(job->current))
    return try_again(self, job, {}, "It took far longer than predicted.");
  find_silent(self, links_to(self->state, workers(job->current)),
              [=](const std::set<std::string>& silent) {
                if (job->run != id) return;
                if (silent.empty()) return look_between(self, id, job);
                avoid(self, silent);
                try_again(self, job, silent, *silent.begin() + " does not answer.");
              });
}

void run(self_pointer self, const job_ptr& job, const plan& p) {
  auto& state = self->state;
  if (!is_open(state, job)) return;
  job->current = p;
  job->run = static_cast<std::uint64_t>(state.config.boot) << 32 | state.next_run++;
  state.running.emplace(job->run, job);
  const auto id = job->run;
  job->run_began = self->clock().now();
  self->delayed_send(self,
                     beyond_prediction(defaults::run_check_base, defaults::run_check_factor, p),
                     late_atom::value, id);
  self->request(state.config.executor, caf::infinite, run_atom::value,
                run_order{id, key_of(p), job->inputs})
      .then(
          [=](run_result& result) {
            if (job->run != id) return;
            self->state.running.erase(id);
            ++self->state.answered;
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
            reply.predicted_ms = p.predicted_ms;
            reply.bytes = bytes_sent(p);
            reply.attempts = job->attempts;
            reply.nodes = workers(p);
            self->state.log.measured(job->key, p.epoch, result.latency_ms);
            conclude(self, job, std::move(reply));
            review_plan(self, job->ask, p);
          },
          [=](caf::error& e) {
            if (job->run == id) try_again(self, job, {suspect_of(e)}, sentence_of(e));
          });
}

void attempt(self_pointer self, const job_ptr& job) {
  if (!is_open(self->state, job)) return;
  if (self->state.leaving) return move_on(self, job);
  ++job->attempts;
  plan_query query;
  query.model = job->ask.model;
  query.identity = job->identity;
  // The last attempt trusts nobody else.
  query.method = job->attempts < defaults::request_attempts ? job->ask.method : "one";
  query.wire = job->ask.wire;
  job->key = cache_key(query);
  with_plan(self, query, job->suspects,
            {[=](const plan& p) { run(self, job, p); },
             [=](const caf::error& e) { try_again(self, job, {}, sentence_of(e)); }});
}

caf::result<infer_reply> infer(self_pointer self, const infer_request& ask,
                               const caf::strong_actor_ptr& client) {
  auto job = std::make_shared<request_job>();
  try {
    check_method(ask.method);
    job->identity = self->state.config.store.resolve(ask.model);
    auto& model = self->state.models[job->identity];
    if (!model)
      model = std::make_shared<const graph>(self->state.config.store.load(job->identity).model);
    check_inputs(*model, ask.inputs);
  } catch (const std::exception& e) {
    return failure(e.what());
  }
  job->began = self->clock().now();
  job->ask = ask;
  job->ask.inputs.clear();
  job->inputs = std::make_shared<const std::vector<host_tensor>>(ask.inputs);
  job->promise = self->make_response_promise();
  self->state.open.insert(job);
  if (client) {
    job->client = client->address();
    self->monitor(job->client);
  }
  attempt(self, job);
  return caf::delegated<infer_reply>{};
}

caf::result<plan> answer_plan(self_pointer self, plan_query query) {
  try {
    check_method(query.method);
    query.identity = self->state.config.store.resolve(query.model);
  } catch (const std::exception& e) {
    return failure(e.what());
  }
  auto promise = self->make_response_promise<plan>();
  with_plan(self, query, {},
            {[=](const plan& p) mutable { promise.deliver(p); },
             [=](const caf::error& e) mutable { promise.deliver(e); }});
  return promise;
}

void leave(self_pointer self, const leave_reply& left) {
  auto& state = self->state;
  state.leaving = true;
  state.moved = farewell_to_clients(state.config.self, left);
  const auto open = state.open;
  for (const auto& job : open)
    if (job->run == 0) move_on(self, job);
}

caf::result<bool> await_idle(self_pointer self) {
  auto& state = self->state;
  if (state.open.empty() && state.unconfirmed.empty()) return true;
  state.awaiting_idle.push_back(self->make_response_promise());
  return caf::delegated<bool>{};
}

/// There is no time to finish these: their clients ask elsewhere.
void hand_over(self_pointer self) {
  const auto open = self->state.open;
  for (const auto& job : open) {
    abort_attempt(self, *job);
    conclude(self, job, self->state.moved);
  }
}

}  // namespace

caf::behavior requester(caf::stateful_actor<requester_state>* self, requester_config config) {
  self->state.config = std::move(config);
  self->set_down_handler([=](caf::down_msg& down) { cancel_those_of(self, down.source); });
  return {
      [=](infer_atom, const infer_request& ask) { return infer(self, ask, nullptr); },
      [=](infer_atom, const infer_request& ask, const caf::strong_actor_ptr& client) {
        return infer(self, ask, client);
      },
      [=](leave_atom) { return self->state.leaving = true; },
      [=](leave_atom, const leave_reply& left) { leave(self, left); },
      [=](idle_atom) { return await_idle(self); },
      [=](abort_atom) { hand_over(self); },
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
      [=](late_atom, std::uint64_t id) { look_into(self, id); },
      [=](recheck_atom) { recheck_silent(self); },
      [=](retry_atom, const job_ptr& job) { attempt(self, job); },
      [=](const directory_ptr& peers) { use_directory(self, peers); },
      [=](detail_atom) -> std::string {
        return std::to_string(self->state.running.size()) + " requests running, " +
               std::to_string(self->state.answered) + " answered";
      },
  };
}

}  // namespace bramble
