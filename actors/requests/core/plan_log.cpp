#include "actors/requests/core/plan_log.hpp"

#include <algorithm>

#include "config/base/median.hpp"
#include "config/defaults.hpp"
#include "config/defaults_measuring.hpp"
#include "config/format.hpp"

namespace bramble {
namespace {

double seconds(std::chrono::steady_clock::duration since) {
  return std::chrono::duration<double>(since).count();
}

/// With what it gained by the prediction, on the facts of the moment before.
std::string sentence_of(const plan_switch& what) {
  auto out =
      "plan " + std::to_string(what.from_epoch) + " of " + what.model + " gave way to plan " +
      std::to_string(what.to_epoch) + (what.why.empty() ? "" : ": " + what.why) + "; predicted " +
      format_ms(what.predicted_after_ms) + " ms, before " + format_ms(what.predicted_before_ms);
  if (what.measured_before_ms > 0) out += " (measured " + format_ms(what.measured_before_ms) + ")";
  return out;
}

}  // namespace

void plan_log::retire(const std::string& key, const std::string& why, time_point now) {
  const auto known = plans_.find(key);
  // The first reason is the cause; what follows from it is not.
  if (known == plans_.end() || !known->second.retired.empty()) return;
  known->second.retired = why.ends_with('.') ? why.substr(0, why.size() - 1) : why;
  known->second.retired_at = now;
}

void plan_log::adopt(const std::string& key, const plan& p, const std::string& why,
                     time_point now) {
  if (plans_.count(key) == 0) make_room();
  auto& mine = plans_[key];
  const bool first = mine.p.nodes.empty();
  const bool same = !first && key_of(mine.p) == key_of(p);
  auto reason = why.empty() ? mine.retired : why;
  // The next request may come long after what happened.
  if (why.empty() && !reason.empty() && now - mine.retired_at >= defaults::reason_is_news)
    reason += ", " + format_duration(seconds(now - mine.retired_at)) + " before";
  if (!first && !same) {
    plan_switch what;
    what.model = p.model;
    what.method = p.method;
    what.from_epoch = mine.p.epoch;
    what.to_epoch = p.epoch;
    what.why = reason;
    what.predicted_before_ms = mine.p.predicted_ms;
    what.measured_before_ms = median(mine.last_ms);
    what.predicted_after_ms = p.predicted_ms;
    tell(tell_, "plan", p.model, sentence_of(what));
    switches_.push_back({key, std::move(what), now});
    if (switches_.size() > defaults::plan_log_switches) switches_.pop_front();
  }
  if (first)
    tell(tell_, "plan", p.model,
         "plan " + std::to_string(p.epoch) + " of " + p.model + " by " + p.method +
             " is in use, predicted " + format_ms(p.predicted_ms) + " ms, one node " +
             format_ms(p.one_node_ms));
  if (same)
    mine.retired.clear();
  else
    mine = {p, first ? "" : reason, "", {}, now, 0, {}};
}

/// The plan that came first goes, of those that are in use last.
void plan_log::make_room() {
  if (plans_.size() < defaults::plans_remembered) return;
  plans_.erase(std::min_element(plans_.begin(), plans_.end(), [](const auto& a, const auto& b) {
    const auto when = [](const used_plan& each) {
      return std::pair{each.retired.empty(), each.since};
    };
    return when(a.second) < when(b.second);
  }));
}

void plan_log::measured(const std::string& key, std::uint64_t epoch, double ms) {
  const auto known = plans_.find(key);
  if (known == plans_.end() || known->second.p.epoch != epoch) return;
  auto& mine = known->second;
  ++mine.runs;
  mine.last_ms.push_back(ms);
  if (mine.last_ms.size() > defaults::plan_log_runs) mine.last_ms.pop_front();
  const auto last = std::find_if(switches_.rbegin(), switches_.rend(),
                                 [&](const past_switch& each) { return each.key == key; });
  if (last != switches_.rend() && last->what.to_epoch == epoch)
    last->what.measured_after_ms = median(mine.last_ms);
}

double plan_log::measured_ms(const std::string& key) const {
  const auto known = plans_.find(key);
  return known == plans_.end() ? 0 : median(known->second.last_ms);
}

live_report plan_log::report(time_point now) const {
  live_report out;
  for (const auto& [key, each] : plans_)
    if (each.retired.empty())
      out.plans.push_back(
          {each.p, each.why, seconds(now - each.since), each.runs, median(each.last_ms)});
  for (const auto& each : switches_) {
    out.switches.push_back(each.what);
    out.switches.back().seconds_ago = seconds(now - each.when);
  }
  return out;
}

}  // namespace bramble
