#include "balancer/search/device_set.hpp"

#include <algorithm>
#include <future>
#include <thread>

#include "balancer/bound/bound.hpp"
#include "balancer/search/plan_request.hpp"
#include "config/defaults.hpp"

namespace bramble {

/// A group, and its search when that was begun. Gives it up and waits for its thread when it goes.
struct device_set_search::trial {
  struct found {
    device_set best;
    std::vector<tried_set> seen;
  };

  trial(node_group group, bool opens_a_count) : nodes{std::move(group)}, opens{opens_a_count} {}
  trial(const trial&) = delete;
  trial& operator=(const trial&) = delete;
  ~trial() { stop = true; }

  const node_group nodes;
  const bool opens;             // all of the fastest so many: without hope, so are smaller groups
  std::vector<tried_set> seen;  // while it was chosen
  std::atomic<bool> stop{false};
  std::future<found> search;
};

std::size_t planning_threads() {
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1,
                                 defaults::planning_threads_most);
}

device_set_search::device_set_search(const cost_model& cost, wire_type wire, double effort,
                                     std::size_t threads)
    : cost_{cost},
      wire_{wire},
      effort_{effort},
      threads_{threads},
      kinds_{cost},
      chooser_{cost, kinds_},
      with_(kinds_.count()),
      without_(kinds_.count()) {}

device_set_search::~device_set_search() = default;

void device_set_search::remember(const std::vector<tried_set>& seen) {
  auto keep = [](std::optional<double>& best, double ms) {
    best = best ? std::min(*best, ms) : ms;
  };
  for (const auto& [works, ms] : seen) {
    const bool divided = std::count(works.begin(), works.end(), true) > 1;
    for (std::size_t n = 0; n < works.size(); ++n) {
      if (!works[n])
        keep(without_[n], ms);
      else if (divided)
        keep(with_[n], ms);
    }
  }
}

/// Of single nodes the quickest, and of equally quick ones the host.
device_set device_set_search::best_alone() {
  auto best = chooser_.alone(kinds_.host());
  const auto everyone = kinds_.fastest(kinds_.count());
  const auto first = kinds_.fastest_of(everyone);
  if (kinds_.capacity(first) <= kinds_.capacity(kinds_.host())) return best;
  auto fastest = chooser_.alone(first);
  return fastest.ms < best.ms ? fastest : best;
}

double device_set_search::strips_ms(const node_group& nodes) {
  const auto [at, is_new] = strips_ms_.emplace(kinds_.kind_of(nodes), 0);
  if (is_new) at->second = chooser_.strips(nodes).ms;
  promised_ms_ = std::min(promised_ms_, at->second);
  return at->second;
}

/// Drops whomever strips do best without, while that helps.
node_group device_set_search::without_the_worst(node_group nodes) {
  auto ms = strips_ms(nodes);
  while (nodes.size() > 2) {
    std::optional<node_group> best;
    auto best_ms = ms;
    for (auto node : kinds_.doubtful(nodes)) {
      auto rest = nodes;
      std::erase(rest, node);
      const auto rest_ms = strips_ms(rest);
      if (rest_ms >= best_ms) continue;
      best = std::move(rest);
      best_ms = rest_ms;
    }
    if (!best) break;
    nodes = std::move(*best);
    ms = best_ms;
  }
  return nodes;
}

/// Everyone; on a large shelf, where layouts cost much to compare and not every number of nodes
/// needs a trial, as many of the fastest as do best in strips.
node_group device_set_search::largest() {
  const auto all = kinds_.count();
  auto best = kinds_.fastest(all);
  const auto stride = std::max<std::size_t>(1, all / defaults::tuned_team_size);
  for (auto count = all - all % stride; count > defaults::tuned_team_size; count -= stride)
    if (const auto nodes = kinds_.fastest(count); strips_ms(nodes) < strips_ms(best)) best = nodes;
  return best;
}

/// The host may have to do what cannot be divided, whether it is in the group or not.
double device_set_search::bound_ms(const node_group& nodes) {
  const auto [at, is_new] = bounds_ms_.emplace(kinds_.kind_of(nodes), 0);
  if (is_new) {
    auto involved = nodes;
    involved.push_back(kinds_.host());
    const auto devices = only(cost_.devices(), involved);
    at->second = lower_bound_ms(cost_model{cost_.model(), devices, wire_});
  }
  return at->second;
}

void device_set_search::add(node_group nodes, bool opens) {
  trials_.push_back(std::make_unique<trial>(std::move(nodes), opens));
  trials_.back()->seen = chooser_.take_tried();
}

/// The next groups in the order in which they count.
void device_set_search::line_up() {
  if (next_count_ > defaults::tuned_team_size) {
    add(largest(), false);
    next_count_ = defaults::tuned_team_size;
    return;
  }
  const auto nodes = kinds_.fastest(next_count_--);
  add(nodes, true);
  add(without_the_worst(nodes), false);
}

void device_set_search::begin(trial& which) {
  if (!begun_.insert(kinds_.kind_of(which.nodes)).second) return;
  const auto policy = threads_ > 1 ? std::launch::async : std::launch::deferred;
  which.search = std::async(policy, [this, &which] {
    group_search search{cost_, kinds_, &which.stop};
    auto best = search.searched(which.nodes, effort_for(which.nodes.size(), effort_));
    return trial::found{std::move(best), search.take_tried()};
  });
}

/// Begins searches that will count, unless those before them turn out better than was promised.
void device_set_search::look_ahead() {
  const auto may_count = [&](const node_group& nodes) { return bound_ms(nodes) < promised_ms_; };
  while (true) {
    std::size_t busy = 0;
    for (const auto& each : trials_) {
      if (!each->search.valid() && may_count(each->nodes)) begin(*each);
      if (each->search.valid() && ++busy == threads_) return;
    }
    if (next_count_ < 2 || !may_count(kinds_.fastest(next_count_))) return;
    line_up();
  }
}

/// False when neither this group nor any after it can be better than what was found.
bool device_set_search::settle(trial& which) {
  const bool hopeless = best_ && bound_ms(which.nodes) >= quickest_ms_;
  if (which.opens && hopeless) return false;
  remember(which.seen);
  if (!settled_.insert(kinds_.kind_of(which.nodes)).second || hopeless) return true;
  if (!which.search.valid()) begin(which);
  auto [t, seen] = which.search.get();
  remember(seen);
  if (best_ && t.ms >= best_->ms) return true;
  quickest_ms_ = std::min(quickest_ms_, t.ms);
  promised_ms_ = std::min(promised_ms_, t.ms);
  best_ = std::move(t);
  return true;
}

device_set device_set_search::run() {
  auto single = best_alone();
  remember(chooser_.take_tried());
  quickest_ms_ = promised_ms_ = single.ms;
  next_count_ = kinds_.count();
  if (next_count_ == 1) return single;
  while (!trials_.empty() || next_count_ > 1) {
    if (threads_ > 1) look_ahead();
    if (trials_.empty()) {
      if (best_ && bound_ms(kinds_.fastest(next_count_)) >= quickest_ms_) break;
      line_up();
    }
    const auto first = std::move(trials_.front());
    trials_.pop_front();
    if (!settle(*first)) break;
  }
  for (auto& each : trials_) each->stop = true;  // all of them before one is waited for
  trials_.clear();
  // Less than that is within what a prediction can be wrong by, and dividing has its own risks.
  if (single.ms <= best_->ms * defaults::worth_dividing) return single;
  return std::move(*best_);
}

}  // namespace bramble
