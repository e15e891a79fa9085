#include "actors/observing/core/actor_counters.hpp"

#include <algorithm>
#include <utility>

#include "config/defaults_observing.hpp"
#include "config/format.hpp"

namespace bramble {
namespace {

constexpr std::uint64_t outside = ~std::uint64_t{0};  // a talker that is no actor of this node
constexpr std::uint64_t other_kinds = ~std::uint64_t{0};
constexpr std::uint64_t other_talkers = outside - 1;

double ms_of(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

std::string talker_name(std::uint64_t id) {
  if (id == outside) return "other nodes";
  if (id == other_talkers) return "others";
  return id == 0 ? "" : "#" + std::to_string(id);
}

/// The count of `key`, or of all that there is no room for.
template <class Map>
auto& count_of(Map& counts, std::uint64_t key, std::uint64_t others, std::size_t limit) {
  const auto found = counts.find(key);
  if (found != counts.end()) return found->second;
  return counts[counts.size() < limit ? key : others];
}

}  // namespace

std::chrono::milliseconds usual_deadline(const actor_identity& who) {
  if (who.name == "capacity_meter") return defaults::calibration_deadline;
  if (who.name == "planner" || who.name == "surveyor") return defaults::planner_deadline;
  if (who.name == "branch_executor") return defaults::executor_deadline;
  return who.own_thread ? defaults::own_thread_deadline
                        : std::chrono::milliseconds{defaults::shared_thread_deadline};
}

std::string warning_of(const actor_info& info) {
  if (!info.ended.empty()) return {};
  if (info.is_stuck())
    return info.name + " is stuck: about one message (" + info.current + ") for " +
           fixed(info.current_ms / 1000, 1) + " s, " + std::to_string(info.mailbox) + " wait";
  if (info.grows)
    return info.name + " has more to do than it can: " + std::to_string(info.mailbox) +
           " messages wait, and they become more";
  return {};
}

actor_counters::actor_counters(actor_identity who, time_point now)
    : who_{std::move(who)}, began_{now}, deadline_{usual_deadline(who_)} {}

/// Called when the length has changed, and when it is asked for.
void actor_counters::note_length(time_point now) const {
  const auto stretch = static_cast<std::int64_t>(now.time_since_epoch() / defaults::mailbox_growth);
  const std::uint64_t length = waiting_.size();
  if (stretch != stretch_) {
    // Where nothing happened in between the length was what it is.
    const auto least = stretch == stretch_ + 1 ? least_ : length;
    grows_ = least >= defaults::mailbox_that_grows && least_before_ > 0 && least > least_before_;
    least_before_ = least;
    least_ = length;
    stretch_ = stretch;
  }
  least_ = std::min(least_, length);
}

void actor_counters::arrived(const void* message, time_point now) {
  const std::lock_guard lock{mutex_};
  note_length(now);
  waiting_[message] = now;
}

std::chrono::nanoseconds actor_counters::begins(const void* message, const message_key& key,
                                                const name_maker& name, time_point now) {
  const std::lock_guard lock{mutex_};
  auto arrival = now;
  if (const auto found = waiting_.find(message); found != waiting_.end()) {
    arrival = found->second;
    note_length(now);
    waiting_.erase(found);
    note_length(now);
  }
  auto& kind = count_of(kinds_, key.kind, other_kinds, defaults::message_kinds_limit);
  if (kind.name.empty()) kind.name = kinds_.contains(key.kind) ? name() : std::string{"others"};
  current_ =
      work{message, kinds_.contains(key.kind) ? key.kind : other_kinds, arrival, now, {}, {}};
  ++count_of(talkers_, key.from_outside ? outside : key.sender, other_talkers,
             defaults::talkers_limit);
  return now - arrival;
}

void actor_counters::is_about(std::string what, std::chrono::milliseconds deadline) {
  const std::lock_guard lock{mutex_};
  if (!current_) return;
  current_->about = std::move(what);
  current_->deadline = deadline;
}

std::chrono::milliseconds actor_counters::deadline_of_current() const {
  return current_ && current_->deadline ? *current_->deadline : deadline_;
}

void actor_counters::ends(bool stays, time_point now) {
  const std::lock_guard lock{mutex_};
  if (!current_) return;
  const auto done = *std::exchange(current_, std::nullopt);
  if (stays) {
    waiting_[done.message] = done.arrival;
    return;
  }
  const auto took = now - done.since;
  wait_.add(done.since - done.arrival, now);
  work_.add(took, now);
  ++handled_;
  auto& kind = kinds_[done.kind];
  ++kind.count;
  kind.total += took;
  kind.longest = std::max<std::chrono::nanoseconds>(kind.longest, took);
}

void actor_counters::answered_error() {
  const std::lock_guard lock{mutex_};
  ++errors_;
}

void actor_counters::got_error() {
  const std::lock_guard lock{mutex_};
  ++refused_;
}

void actor_counters::closed(const std::string& why, time_point now) {
  const std::lock_guard lock{mutex_};
  if (end_) return;
  end_ = now;
  ended_ = why;
  waiting_.clear();
}

void actor_counters::set_deadline(std::chrono::milliseconds deadline) {
  const std::lock_guard lock{mutex_};
  deadline_ = deadline;
}

std::optional<actor_counters::time_point> actor_counters::end() const {
  const std::lock_guard lock{mutex_};
  return end_;
}

std::string actor_counters::warning(time_point now) const {
  {
    const std::lock_guard lock{mutex_};
    if (end_) return {};
    note_length(now);
    const bool stuck = current_ && now - current_->since > deadline_of_current();
    if (!stuck && !grows_) return {};
  }
  return warning_of(report(now));
}

actor_info actor_counters::report(time_point now) const {
  const std::lock_guard lock{mutex_};
  actor_info out;
  out.name = who_.name;
  out.id = who_.id;
  out.parent = who_.parent;
  out.own_thread = who_.own_thread;
  out.restarts = who_.restarts;
  out.ended = ended_;
  out.age_s = ms_of(end_.value_or(now) - began_) / 1000;
  out.mailbox = waiting_.size();
  out.handled = handled_;
  out.last_minute = work_.count(now);
  out.errors = errors_;
  out.refused = refused_;
  out.wait = wait_.figures(now);
  out.work = work_.figures(now);
  out.deadline_ms = ms_of(deadline_of_current());
  if (current_ && !end_) {
    out.current = kinds_.at(current_->kind).name;
    if (!current_->about.empty()) out.current += ": " + current_->about;
    out.current_ms = ms_of(now - current_->since);
  }
  note_length(now);
  out.grows = grows_ && !end_;
  out.kinds.reserve(kinds_.size());
  for (const auto& [key, kind] : kinds_)
    out.kinds.push_back({kind.name, kind.count, ms_of(kind.total), ms_of(kind.longest)});
  std::ranges::sort(out.kinds, [](const auto& a, const auto& b) {
    return a.count != b.count ? a.count > b.count : a.kind < b.kind;
  });
  out.talkers.reserve(talkers_.size());
  for (const auto& [id, count] : talkers_) out.talkers.push_back({talker_name(id), count});
  std::ranges::sort(out.talkers, [](const auto& a, const auto& b) {
    return a.count != b.count ? a.count > b.count : a.name < b.name;
  });
  return out;
}

}  // namespace bramble
