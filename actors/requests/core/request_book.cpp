#include "actors/requests/core/request_book.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "actors/requests/core/run_deadline.hpp"
#include "balancer/search/plan_request.hpp"
#include "config/defaults_balancer.hpp"
#include "config/defaults_load.hpp"

namespace bramble {

namespace {

std::uint64_t bytes_sent(const plan& p) {
  std::uint64_t sum = 0;
  for (const auto& each : p.verdicts) sum += each.bytes_out;
  return sum;
}

void check_wishes(const infer_request& ask) {
  check_method(ask.method);
  if (!(ask.max_error >= 0 && ask.max_error < 1))
    throw user_error(
        "The error that is allowed must be a share of the largest value, from 0 to 1.");
  if (ask.exact) check_exact_wire(ask.wire);
  if (ask.exact && ask.max_error > 0)
    throw user_error("An answer can be exact, or differ by an allowed error, not both.");
}

}  // namespace

request_book::request* request_book::find(request_id id) {
  const auto found = open_.find(id);
  return found == open_.end() ? nullptr : &found->second;
}

request_book::request* request_book::find_run(std::uint64_t run, request_id& id) {
  const auto found = runs_.find(run);
  if (found == runs_.end()) return nullptr;
  id = found->second;
  return &open_.at(id);
}

std::vector<std::string> request_book::helpers(const request& job) const {
  auto out = names_of_workers(job.current->p);
  std::erase(out, host_);
  return out;
}

/// What is asked for this request while nothing has failed.
plan_query request_book::query_of(const request& job) {
  plan_query query;
  query.model = job.ask.model;
  query.identity = job.identity;
  query.method = job.method.empty() ? job.ask.method : job.method;
  query.wire = job.ask.wire;
  query.exact = job.ask.exact;
  query.team = job.team;
  return query;
}

request_id request_book::accept(infer_request ask, inputs_ptr inputs, time_point now,
                                std::uint64_t client) {
  check_wishes(ask);
  check_queue(ask.model, now);
  loads_[ask.model].arrived(now);
  request job;
  job.client = client;
  job.ask = std::move(ask);
  job.inputs = std::move(inputs);
  job.began = now;
  open_.emplace(++last_, std::move(job));
  return last_;
}

request_todo request_book::begin(request_id id, const std::string& identity, const graph& model) {
  request_todo todo;
  auto* job = find(id);
  if (!job) return todo;
  try {
    check_inputs(model, *job->inputs);
  } catch (const user_error& e) {
    forget(id, todo);
    todo.push_back(request_actions::refuse{id, e.what()});
    return todo;
  }
  job->identity = identity;
  job->ask.method = plans_->method_for(job->ask.model, job->ask.method);
  if (job->ask.max_error > 0) job->ask.wire = trials_.choose(trial_key(*job), job->ask.max_error);
  wait_or_begin(id, *job, todo);
  return todo;
}

void request_book::forget(request_id id, request_todo& todo) {
  const auto found = open_.find(id);
  if (found == open_.end()) return;
  const auto client = found->second.client;
  if (found->second.turn != 0) todo.push_back(request_actions::end_turn{found->second.turn});
  if (found->second.reference) trials_.not_compared(trial_key(found->second));
  open_.erase(found);
  const bool has_more =
      std::ranges::any_of(open_, [&](const auto& each) { return each.second.client == client; });
  if (!has_more) turns_of_.erase(client);
}

void request_book::attempt(request_id id, request& job, request_todo& todo) {
  if (leaving_) {
    // Nobody plans for a node that leaves: its clients ask elsewhere, as soon as it is known where.
    if (!moved_) return;
    forget(id, todo);
    todo.push_back(request_actions::send_on{id});
    return;
  }
  const auto number = ++job.attempts;
  // Who was to work on it may be the ones who failed.
  if (number > 1) {
    job.team.clear();
    job.method.clear();
  }
  auto query = query_of(job);
  // The coordinator has the plan still, and would give it out again as it is.
  query.reviews = std::exchange(job.late_plan, 0);
  // While the plan of the shelf does not come, nobody waits for it a second time.
  if (plans_->is_overdue(cache_key(query))) {
    job.alone = true;
    todo.push_back(request_actions::plan_ahead{query});
  }
  if (number >= defaults::request_attempts) job.alone = true;
  if (job.alone) query.method = "one";
  job.key = cache_key(query);
  job.planning = number;
  const bool is_limited = query.method != "one";
  todo.push_back(
      request_actions::find_plan{id, number, std::move(query), job.suspects, is_limited});
}

request_todo request_book::planned(request_id id, std::uint32_t attempt_number,
                                   const kept_plan_ptr& by, time_point now) {
  request_todo todo;
  if (!awaits_plan(id, attempt_number)) return todo;
  auto& job = open_.at(id);
  job.planning = 0;
  job.current = by;
  job.run = static_cast<std::uint64_t>(boot_) << 32 | next_run_++;
  job.run_began = now;
  runs_.emplace(job.run, id);
  todo.push_back(request_actions::start_run{
      {job.run, by->key, job.inputs},
      beyond_prediction(defaults::run_check_base, defaults::run_check_factor, by->p)});
  return todo;
}

request_todo request_book::not_planned(request_id id, std::uint32_t attempt_number,
                                       const std::string& suspect, const std::string& sentence,
                                       time_point now) {
  request_todo todo;
  if (!awaits_plan(id, attempt_number)) return todo;
  auto& job = open_.at(id);
  job.planning = 0;
  try_again(id, job, {suspect}, sentence, now, todo);
  return todo;
}

bool request_book::awaits_plan(request_id id, std::uint32_t attempt_number) const {
  const auto found = open_.find(id);
  return found != open_.end() && found->second.planning == attempt_number;
}

request_todo request_book::plan_is_overdue(request_id id, std::uint32_t attempt_number) {
  request_todo todo;
  if (!awaits_plan(id, attempt_number)) return todo;
  auto& job = open_.at(id);
  spdlog::warn(
      "no plan of {} was made within {} s: {} answers alone until there is one", job.ask.model,
      std::chrono::duration_cast<std::chrono::seconds>(defaults::plan_patience).count(), host_);
  plans_->set_overdue(cache_key(query_of(job)));
  attempt(id, job, todo);
  return todo;
}

request_todo request_book::run_ended(std::uint64_t run, run_result result, time_point now) {
  request_todo todo;
  request_id id = 0;
  auto* job = find_run(run, id);
  if (!job) return todo;
  const auto& p = job->current->p;
  infer_reply reply;
  reply.outputs = std::move(result.outputs);
  reply.identity = job->identity;
  reply.host = host_;
  reply.method = p.method;
  reply.epoch = p.epoch;
  reply.latency_ms = job->attempts == 1
                         ? result.latency_ms
                         : std::chrono::duration<double, std::milli>(now - job->began).count();
  reply.waited_ms = result.waited_ms;
  reply.predicted_ms = p.predicted_ms;
  reply.bytes = bytes_sent(p);
  reply.attempts = job->attempts;
  reply.nodes = names_of_workers(p);
  reply.exact = p.exact;
  reply.exactness = p.exactness;
  reply.wire = p.wire;
  reply.queued_ms = job->queued_ms;
  plans_->measured(job->key, p.epoch, result.latency_ms - result.waited_ms);
  const auto query = query_of(*job);
  if (job->reference) {
    end_trial(*job, reply.outputs);
  } else {
    ++answered_;
    loads_[job->ask.model].answered(job->began, job->queued_ms, now);
    reply.wire_error = trials_.error_of(trial_key(*job), p.wire);
    if (job->ask.max_error > 0) begin_trial(*job, reply.outputs, todo);
  }
  runs_.erase(run);
  forget(id, todo);
  todo.push_back(request_actions::answer{id, std::move(reply)});
  todo.push_back(request_actions::review_plan{query});
  return todo;
}

request_todo request_book::run_failed(std::uint64_t run, const std::string& suspect,
                                      const std::string& sentence, time_point now) {
  request_todo todo;
  request_id id = 0;
  if (auto* job = find_run(run, id)) try_again(id, *job, {suspect}, sentence, now, todo);
  return todo;
}

request_todo request_book::run_is_late(std::uint64_t run, time_point now) {
  request_todo todo;
  request_id id = 0;
  auto* job = find_run(run, id);
  if (!job) return todo;
  if (now - job->run_began >= run_deadline(job->current->p)) {
    job->late_plan = job->current->key;
    try_again(id, *job, {}, "It took far longer than predicted.", now, todo);
  } else {
    todo.push_back(request_actions::look_at_workers{run, helpers(*job)});
  }
  return todo;
}

request_todo request_book::looked_at(std::uint64_t run, const std::set<std::string>& silent,
                                     time_point now) {
  request_todo todo;
  request_id id = 0;
  auto* job = find_run(run, id);
  if (!job) return todo;
  if (silent.empty()) {
    todo.push_back(request_actions::look_between_workers{run, helpers(*job)});
  } else {
    plans_->avoid(silent, now);
    try_again(id, *job, silent, *silent.begin() + " does not answer.", now, todo);
  }
  return todo;
}

request_todo request_book::looked_between(std::uint64_t run, const std::set<cut_pair>& cut,
                                          time_point now) {
  request_todo todo;
  request_id id = 0;
  auto* job = find_run(run, id);
  if (!job) return todo;
  if (cut.empty()) {
    todo.push_back(request_actions::look_again{run, defaults::liveness_interval});
  } else {
    plans_->avoid_cut(cut, now);
    try_again(id, *job, ends_to_avoid(cut),
              cut.begin()->first + " and " + cut.begin()->second + " do not reach each other.", now,
              todo);
  }
  return todo;
}

request_todo request_book::retry(request_id id) {
  request_todo todo;
  auto* job = find(id);
  if (job && std::exchange(job->pauses, false)) attempt(id, *job, todo);
  return todo;
}

void request_book::try_again(request_id id, request& job, const std::set<std::string>& suspects,
                             const std::string& reason, time_point now, request_todo& todo) {
  spdlog::info("attempt {} of a request on {} failed: {}", job.attempts, job.ask.model, reason);
  tell(tell_, "request", job.ask.model,
       "attempt " + std::to_string(job.attempts) + " of request " + std::to_string(id) + " on " +
           job.ask.model + " failed: " + reason);
  drop(job, todo);
  if (job.current) plans_->retire(job.current->key, reason, now);
  for (const auto& suspect : suspects) {
    if (suspect.empty() || suspect == host_) continue;
    job.suspects.insert(suspect);
    plans_->retire_with(suspect, reason, now);
  }
  const bool late = now - job.began > defaults::request_patience;
  if (!leaving_ && (job.attempts >= defaults::request_attempts || (late && job.alone))) {
    todo.push_back(request_actions::refuse{
        id, "The request failed after " + std::to_string(job.attempts) + " attempts: " + reason});
    return forget(id, todo);
  }
  if (late) job.alone = true;
  job.pauses = true;
  todo.push_back(request_actions::retry_later{id});
}

void request_book::drop(request& job, request_todo& todo) {
  if (job.run == 0) return;
  runs_.erase(job.run);
  todo.push_back(request_actions::drop_run{std::exchange(job.run, 0), helpers(job)});
}

bool request_book::close(request_id id, request_todo& todo) {
  auto* job = find(id);
  if (!job) return false;
  drop(*job, todo);
  forget(id, todo);
  return true;
}

request_todo request_book::send_on_waiting() {
  leaving_ = true;
  moved_ = true;
  request_todo todo;
  std::vector<request_id> waiting;
  for (const auto& [id, job] : open_)
    if (job.run == 0) waiting.push_back(id);
  for (const auto id : waiting) {
    todo.push_back(request_actions::send_on{id});
    forget(id, todo);
  }
  return todo;
}

request_todo request_book::send_on_all() {
  request_todo todo;
  while (!open_.empty()) {
    auto& [id, job] = *open_.begin();
    drop(job, todo);
    todo.push_back(request_actions::send_on{id});
    forget(id, todo);
  }
  return todo;
}

std::vector<plan_query> request_book::queries_running() const {
  std::map<std::string, plan_query> queries;
  for (const auto& [run, id] : runs_) {
    const auto& job = open_.at(id);
    auto query = query_of(job);
    queries.emplace(cache_key(query), std::move(query));
  }
  std::vector<plan_query> out;
  out.reserve(queries.size());
  for (auto& [key, query] : queries) out.push_back(std::move(query));
  return out;
}

}  // namespace bramble
