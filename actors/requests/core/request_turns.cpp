// Of a request_book: when requests begin, by whom they are computed, and with which wire.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "actors/requests/core/request_book.hpp"
#include "config/defaults_load.hpp"

namespace bramble {

std::string request_book::trial_key(const request& job) {
  return job.identity + ' ' + job.ask.method;
}

/// Refuses what would wait too long.
void request_book::check_queue(const std::string& asked, time_point now) {
  double queue_ms = 0;
  std::map<std::string, std::size_t> count;
  for (const auto& [id, job] : open_) ++count[job.ask.model];
  for (const auto& [model, requests] : count)
    if (const auto* load = loads_.peek(model); load && !load->is_quiet(now))
      queue_ms += load->interval_ms() * static_cast<double>(requests);
  const std::chrono::milliseconds wait{static_cast<std::int64_t>(queue_ms)};
  if (open_.size() < defaults::requests_open && wait <= defaults::queue_most) return;
  loads_[asked].refused();
  const auto after = std::clamp<std::chrono::milliseconds>(wait / 2, defaults::try_again_least,
                                                           defaults::try_again_most);
  throw busy_error(host_ + " is busy: " + std::to_string(open_.size()) +
                       " requests are before this one; ask again in " +
                       std::to_string((after.count() + 999) / 1000) + " s, or ask another node.",
                   after);
}

/// A client that did not wait until now is not owed turns of before: it begins where others are.
void request_book::begin_waiting(const request& job) {
  const bool waits_already = std::ranges::any_of(open_, [&](const auto& each) {
    return &each.second != &job && each.second.waits && each.second.client == job.client;
  });
  if (waits_already) return;
  auto& had = turns_of_[job.client];
  had = std::max(had, turns_reached_);
}

/// Other methods are there to compare with: they are run as they are.
bool request_book::has_to_wait(const request& job) const {
  // While no plan comes, no turn does.
  if (plans_->is_overdue(cache_key(query_of(job)))) return false;
  return asks_first_ || std::ranges::any_of(open_, [&](const auto& each) {
           return &each.second != &job && !each.second.stream.empty();
         });
}

void request_book::wait_or_begin(request_id id, request& job, request_todo& todo) {
  if (job.ask.method != "bramble" || leaving_) return attempt(id, job, todo);
  auto query = query_of(job);
  query.host = host_;
  job.waits = has_to_wait(job);
  if (job.waits) begin_waiting(job);
  job.stream = cache_key(query);
  job.turn = id;
  std::set<std::uint64_t> clients{job.client};
  for (const auto& [other, each] : open_)
    if (each.waits) clients.insert(each.client);
  turn_query ask{std::move(query), id, static_cast<std::uint32_t>(clients.size()), !job.waits, id};
  for (const auto& [other, each] : open_)
    if (each.turn != 0) ask.oldest = std::min(ask.oldest, each.turn);
  if (job.waits) {
    todo.push_back(request_actions::ask_turn{std::move(ask)});
    return;
  }
  todo.push_back(request_actions::tell_turn{std::move(ask)});
  attempt(id, job, todo);
}

/// Whose client had fewest turns, of those the first to come; 0: nobody waits.
request_id request_book::next_in_turn(const std::string& stream) const {
  request_id next = 0;
  std::uint64_t fewest = 0;
  for (const auto& [id, job] : open_) {
    if (!job.waits || job.stream != stream) continue;
    const auto had = turns_of_.find(job.client);
    const auto turns = had == turns_of_.end() ? 0 : had->second;
    if (next != 0 && turns >= fewest) continue;
    next = id;
    fewest = turns;
  }
  return next;
}

request_todo request_book::turned(request_id number, const turn& what, time_point now) {
  request_todo todo;
  asks_first_ = what.ask_first;
  const auto asked = std::ranges::find_if(
      open_, [&](const auto& each) { return each.second.waits && each.second.turn == number; });
  if (asked == open_.end()) return todo;
  const auto id = next_in_turn(asked->second.stream);
  auto& job = open_.at(id);
  std::swap(job.turn, asked->second.turn);
  job.waits = false;
  job.team = what.team;
  job.method = what.method;
  job.queued_ms = std::chrono::duration<double, std::milli>(now - job.began).count();
  auto& turns = turns_of_[job.client];
  turns_reached_ = std::max(turns_reached_, turns);
  ++turns;
  attempt(id, job, todo);
  return todo;
}

request_todo request_book::turn_is_lost(request_id number, time_point now) {
  return turned(number, {}, now);
}

namespace {

/// Divided as the shelf would: alone, or by a part of it, less was rounded on the way.
bool is_by_the_shelf(const plan& p, const std::vector<std::string>& team) {
  return p.method == "bramble" && team.empty();
}

}  // namespace

/// The same inputs once more, with another wire: nobody waits for that.
void request_book::begin_trial(const request& job, const std::vector<host_tensor>& outputs,
                               request_todo& todo) {
  const auto& p = job.current->p;
  if (!is_by_the_shelf(p, job.team) || leaving_) return;
  const auto wire = trials_.answered(trial_key(job), p.wire, p.predicted_ms);
  if (!wire) return;
  request trial;
  trial.ask = job.ask;
  trial.ask.wire = *wire;
  trial.ask.max_error = 0;
  trial.identity = job.identity;
  trial.inputs = job.inputs;
  trial.began = job.began;
  trial.reference = std::make_shared<const std::vector<host_tensor>>(outputs);
  trial.reference_wire = p.wire;
  trial.reference_ms = p.predicted_ms;
  const auto id = ++last_;
  wait_or_begin(id, open_.emplace(id, std::move(trial)).first->second, todo);
}

/// One that was not run as it should shows nothing, and another request will have to.
void request_book::end_trial(request& job, const std::vector<host_tensor>& outputs) {
  const auto& p = job.current->p;
  if (!is_by_the_shelf(p, job.team)) return;
  const auto other = std::exchange(job.reference, nullptr);
  const bool rounds_now = p.wire != wire_type::fp32;
  const auto error = rounds_now ? max_relative_difference(outputs, *other)
                                : max_relative_difference(*other, outputs);
  const auto rounding = rounds_now ? p.wire : job.reference_wire;
  trials_.compared(trial_key(job), rounding, rounds_now ? p.predicted_ms : job.reference_ms, error);
  spdlog::info("{} with {} on the wire differs by {:.2g} of the largest value", job.ask.model,
               name_of(rounding), error);
}

std::vector<model_load> request_book::loads(time_point now) const {
  std::map<std::string, model_load> found;
  for (const auto& [model, meter] : loads_)
    if (!meter.is_quiet(now))
      found[model] = {model,
                      meter.per_second(now),
                      0,
                      0,
                      meter.queued_ms(),
                      meter.queued_ms_of(0.5),
                      meter.queued_ms_of(0.95),
                      meter.refusals()};
  for (const auto& [id, job] : open_) {
    auto& load = found[job.ask.model];
    load.model = job.ask.model;
    const auto waited = std::chrono::duration<double, std::milli>(now - job.began).count();
    if (job.waits) load.queued_ms = std::max(load.queued_ms, waited);
    ++(job.waits ? load.queued : load.running);
  }
  std::vector<model_load> out;
  out.reserve(found.size());
  for (auto& [model, load] : found) out.push_back(std::move(load));
  return out;
}

}  // namespace bramble
