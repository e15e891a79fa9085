#include "actors/execution/branch_executor.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "actors/execution/executor_times.hpp"
#include "actors/observing/counted.hpp"
#include "actors/requests/core/run_deadline.hpp"
#include "actors/transport/data_plane/frames.hpp"
#include "config/defaults.hpp"
#include "config/format.hpp"

namespace bramble {
namespace {

using clock = std::chrono::steady_clock;
using branch_executor_pointer = private_branch_executor::stateful_pointer<branch_executor_state>;

std::deque<active_run>::iterator find_run(branch_executor_state& state, std::uint64_t id) {
  return std::find_if(state.runs.begin(), state.runs.end(),
                      [&](const active_run& run) { return run.id == id; });
}

bool has_ended(const branch_executor_state& state, std::uint64_t id) {
  return std::find(state.ended.begin(), state.ended.end(), id) != state.ended.end();
}

/// Also of a run that was given up: for taking too long, say, which only its pieces explain.
void tell_times(branch_executor_pointer self, active_run& run) {
  if (run.times.empty()) return;
  self->send(self->state.config.meter, observe_atom::value,
             run_times{run.installed->p.identity, std::move(run.times)});
}

void end_run(branch_executor_pointer self, std::uint64_t id) {
  auto& state = self->state;
  if (const auto run = find_run(state, id); run != state.runs.end()) {
    tell_times(self, *run);
    state.runs.erase(run);
  }
  state.ended.push_back(id);
  if (state.ended.size() > defaults::remembered_requests) state.ended.pop_front();
  if (!state.runs.empty()) return;
  for (auto& promise : state.awaiting_idle) promise.deliver(true);
  state.awaiting_idle.clear();
}

/// Gives up a request on this node and tells its host why.
void fail_run(branch_executor_pointer self, std::uint64_t id, const std::string& suspect,
              const std::string& reason) {
  auto& state = self->state;
  const auto run = find_run(state, id);
  if (run == state.runs.end()) return;
  spdlog::debug("request {:x} given up: {}", id, reason);
  const auto& p = run->installed->p;
  auto promise = run->promise;
  run_failure what{id, p.nodes[p.host], state.config.self, suspect, reason};
  end_run(self, id);
  self->send(state.owner, failed_atom_v, std::move(what));
  if (promise) promise->deliver(broken_run(reason, suspect));
}

void keep_working(branch_executor_pointer self) {
  if (self->state.working) return;
  self->state.working = true;
  self->send(self, work_atom::value);
}

/// False when the run had to be given up.
bool send_all(branch_executor_pointer self, active_run& run, const std::vector<outbound>& sends) {
  auto& state = self->state;
  const auto& p = run.installed->p;
  for (const auto& out : sends) {
    const auto header = header_of(
        tensor_frame{run.installed->key, run.id, out.transfer, static_cast<std::uint8_t>(p.wire)});
    const auto& peer = p.nodes[out.to];
    if (state.config.plane->send(peer, header, out.keep, out.data, out.size) !=
        send_result::queued) {
      fail_run(self, run.id, peer, "A tensor could not be sent to " + peer + ".");
      return false;
    }
  }
  return true;
}

/// Starts a request here: with its inputs on the host, without on the others.
active_run* start_run(branch_executor_pointer self, std::uint64_t id,
                      const installed_plan_ptr& installed, const std::vector<host_tensor>& inputs,
                      std::optional<caf::typed_response_promise<run_result>> promise) {
  auto& state = self->state;
  // The word of a host that gave it up may be lost with a link, and then a late tensor begins it
  // here.
  if (!promise) self->delayed_send(self, run_lifetime(installed->p), expire_atom::value, id);
  state.runs.push_back(
      {id, installed, nullptr, std::move(promise), self->clock().now(), {}, {}, 0, {}});
  auto& run = state.runs.back();
  const auto& p = installed->p;
  run.about =
      "a piece of " + p.model + " for " + p.nodes[p.host] + " by plan " + std::to_string(p.epoch);
  try {
    run.installed = state.plans->ready(installed->key);
    run.work = state.config.engine->begin(run.installed->prepared, inputs);
    const auto inputs_away = run.work->start();
    owe_sends(run, inputs_away);
    run.recording.sent(inputs_away, self->clock().now());
    if (!send_all(self, run, inputs_away)) return nullptr;
  } catch (const std::exception& e) {
    fail_run(self, id, "", e.what());
    return nullptr;
  }
  keep_working(self);
  return &run;
}

void expire(branch_executor_pointer self, std::uint64_t id) {
  const auto run = find_run(self->state, id);
  if (run == self->state.runs.end()) return;
  const auto& p = run->installed->p;
  spdlog::info("a request of {} on {} is dropped: nothing was heard of its end", p.nodes[p.host],
               p.model);
  fail_run(self, id, "", "It took far longer than predicted.");
}

void conclude(branch_executor_pointer self, active_run& run) {
  const auto id = run.id;
  auto promise = run.promise;
  run_result result;
  if (promise) {
    result.outputs = run.work->outputs();
    result.latency_ms = ms_between(run.began, self->clock().now());
    result.waited_ms = run.waited_ms;
  }
  self->state.recorder.keep(std::move(run.recording), id, self->state.config.self, run.installed->p,
                            self->clock().now());
  end_run(self, id);
  if (promise) promise->deliver(std::move(result));
}

/// Comes back when nothing ran for a while.
void rest_later(branch_executor_pointer self) {
  auto& state = self->state;
  if (state.rest_is_due) return;
  state.rest_is_due = true;
  self->delayed_send(self, defaults::rest_after, rest_atom::value, state.pieces_done);
}

void rest(branch_executor_pointer self, std::uint64_t pieces_done_then) {
  auto& state = self->state;
  state.rest_is_due = false;
  if (!state.runs.empty() || state.pieces_done != pieces_done_then) return rest_later(self);
  state.config.engine->rest();
}

/// What a piece made goes to those who need it.
void hand_on(branch_executor_pointer self, std::uint64_t id, const step_result& done,
             clock::time_point began, const piece_end& end) {
  auto& state = self->state;
  ++state.pieces_done;
  rest_later(self);
  const auto run = find_run(state, id);
  if (run == state.runs.end()) return;  // given up meanwhile
  const auto now = self->clock().now();
  run->times.push_back({done.op, done.out, ms_between(began, now) - end.messages.ms()});
  run->recording.made(done, began, now, end.messages);
  run->recording.sent(done.sends, now);
  try {
    if (send_all(self, *run, done.sends) && run->work->finished()) conclude(self, *run);
  } catch (const std::exception& e) {
    fail_run(self, id, "", e.what());
  }
}

/// The emulated device is done, too.
void end_pace(branch_executor_pointer self, const paced_piece& piece) {
  auto& state = self->state;
  state.working = false;
  note_end(state, piece.end, self->clock().now());
  hand_on(self, piece.request, piece.result, piece.began, piece.end);
  keep_working(self);
}

/// Runs one ready piece of the oldest request that has one.
void work(branch_executor_pointer self) {
  auto& state = self->state;
  state.working = false;
  for (auto& run : state.runs) {
    const auto step = run.work->next();
    if (!step) continue;
    const auto id = run.id;
    const auto began = self->clock().now();
    end_waiting(run, began);
    note_waiting(state, run, began);
    if (auto* counted = dynamic_cast<counted_actor*>(self))
      counted->counters().is_about(run.about, piece_deadline(run.installed->p, state.config.self));
    try {
      auto done = run.work->execute(*step);
      const auto end = end_of_piece(state, run, began, done);
      const auto now = self->clock().now();
      if (end.due > now) {
        state.working = true;
        self->scheduled_send(
            self, end.due, paced_atom::value,
            std::make_shared<const paced_piece>(paced_piece{id, std::move(done), began, end}));
        return;
      }
      note_end(state, end, now);
      hand_on(self, id, done, began, end);
    } catch (const std::exception& e) {
      fail_run(self, id, "", e.what());
    }
    return keep_working(self);
  }
}

void receive_tensor(branch_executor_pointer self, const data_frame& arrived) {
  auto& state = self->state;
  const auto tensor = read_tensor(arrived.content.header);
  if (has_ended(state, tensor.request)) return;
  auto run = find_run(state, tensor.request);
  active_run* target = run == state.runs.end() ? nullptr : &*run;
  if (target == nullptr) {
    const auto known = state.plans->find(tensor.plan);
    if (!known) {
      // We restarted, or dropped the plan: the sender must not wait for us.
      state.config.plane->send(arrived.peer, header_of(unknown_request_frame{tensor.request}),
                               nullptr, nullptr, 0);
      return;
    }
    const auto& p = known->p;
    if (p.nodes[p.host] == state.config.self) return;  // ours, and already answered or aborted
    target = start_run(self, tensor.request, known, {}, std::nullopt);
    if (target == nullptr) return;
  }
  try {
    target->work->receive(tensor.transfer, arrived.content.bytes());
    owe_receipt(*target, tensor.transfer);
    target->recording.received(tensor.transfer, self->clock().now());
    if (target->work->finished()) return conclude(self, *target);
  } catch (const std::exception& e) {
    return fail_run(self, tensor.request, arrived.peer, e.what());
  }
  keep_working(self);
}

void receive_frame(branch_executor_pointer self, const data_frame& arrived) {
  const auto& header = arrived.content.header;
  if (header.kind == frame_kind::tensor)
    receive_tensor(self, arrived);
  else if (header.kind == frame_kind::error)
    fail_run(self, read_unknown_request(header).request, arrived.peer,
             arrived.peer + " no longer knows the plan.");
}

void lose_peer(branch_executor_pointer self, const data_link_lost& lost) {
  std::vector<std::uint64_t> broken;
  for (const auto& run : self->state.runs)
    if (takes_part(run.installed->p, lost.peer)) broken.push_back(run.id);
  for (auto id : broken)
    fail_run(self, id, lost.peer, "The connection to " + lost.peer + " was lost.");
}

}  // namespace

private_branch_executor::behavior_type branch_executor(branch_executor_pointer self,
                                                       branch_executor_config config) {
  config.engine->enter();
  self->state.plans.emplace(config.self, config.engine.get());
  self->state.config = std::move(config);
  return {
      [=](report_to_atom, const failure_listener& owner) { self->state.owner = owner; },
      [=](install_atom, const plan& p) -> caf::result<std::uint64_t> {
        try {
          const auto key = self->state.plans->install(p);
          rest_later(self);
          return key;
        } catch (const std::exception& e) {
          return failure(e.what());
        }
      },
      [=](slowdown_atom, const std::string& identity, const model_pace& pace) {
        self->state.plans->pace(identity, pace);
      },
      [=](pace_atom, double factor) { self->state.pace_factor = factor; },
      [=](reference_atom) -> caf::result<double> {
        try {
          return time_reference(self->state);
        } catch (const std::exception& e) {
          return failure(e.what());
        }
      },
      [=](run_atom, const run_order& order) -> caf::result<run_result> {
        const auto known = self->state.plans->find(order.plan_key);
        if (!known) return failure("The plan of the request is not installed here.");
        auto promise = self->make_response_promise<run_result>();
        start_run(self, order.id, known, *order.inputs, promise);
        return promise;
      },
      [=](const data_frame& arrived) { receive_frame(self, arrived); },
      [=](const data_link_lost& lost) { lose_peer(self, lost); },
      [=](abort_atom, std::uint64_t request) {
        const auto run = find_run(self->state, request);
        auto promise = run == self->state.runs.end() ? std::nullopt : run->promise;
        end_run(self, request);
        if (promise) promise->deliver(failure("The request was cancelled."));
      },
      [=](work_atom) { work(self); },
      [=](paced_atom, const paced_piece_ptr& piece) { end_pace(self, *piece); },
      [=](rest_atom, std::uint64_t pieces_done) { rest(self, pieces_done); },
      [=](expire_atom, std::uint64_t request) { expire(self, request); },
      [=](idle_atom) -> caf::result<bool> {
        if (self->state.runs.empty()) return true;
        self->state.awaiting_idle.push_back(self->make_response_promise<bool>());
        return self->state.awaiting_idle.back();
      },
      [=](report_atom) { return self->state.plans->report(); },
      [=](trace_atom, const trace_query& query) -> caf::result<run_trace> {
        const auto* known = self->state.recorder.find(query, self->state.config.self);
        if (known == nullptr)
          return failure(self->state.config.self +
                         " does not know such a request (any more): run one, and ask again.");
        return *known;
      },
      [=](detail_atom) -> std::string {
        const auto& state = self->state;
        auto out = std::to_string(state.runs.size()) + " requests running, " +
                   std::to_string(state.pieces_done) + " pieces done, " +
                   std::to_string(state.plans->size()) + " plans installed";
        if (const auto last = state.plans->newest(); last && last->prepared)
          out += ", the last with " + format_bytes(last->prepared->weight_bytes()) + " of weights";
        return out;
      },
  };
}

}  // namespace bramble
