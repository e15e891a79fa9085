#include "balancer/search/device_set.hpp"

#include <algorithm>
#include <numeric>

#include "config/defaults.hpp"

namespace bramble {

device_set_search::device_set_search(const cost_model& cost, std::uint64_t effort)
    : cost_{cost},
      effort_{effort},
      host_{static_cast<std::uint16_t>(cost.devices().index_of(cost.devices().host))},
      search_{cost, host_} {
  const auto nodes = cost.devices().nodes.size();
  for (std::size_t n = 0; n < nodes; ++n) {
    const auto ms = cost.model_ms(n);
    capacity_.push_back(ms > 0 ? 1 / ms : 1);
  }
  by_capacity_.resize(nodes);
  std::iota(by_capacity_.begin(), by_capacity_.end(), 0);
  // Of equal nodes the host first: it has the input.
  std::stable_sort(by_capacity_.begin(), by_capacity_.end(), [&](auto a, auto b) {
    return capacity_[a] != capacity_[b] ? capacity_[a] > capacity_[b] : a == host_ && b != host_;
  });
  with_.resize(nodes);
  without_.resize(nodes);
  find_classes();
}

/// Nodes that are as fast and as well linked as each other, the host apart: which of them is in a
/// group makes no difference.
void device_set_search::find_classes() {
  const auto nodes = static_cast<std::uint16_t>(capacity_.size());
  auto alike = [&](std::uint16_t a, std::uint16_t b) {
    if (a == host_ || b == host_ || capacity_[a] != capacity_[b]) return false;
    for (std::uint16_t c = 0; c < nodes; ++c)
      if (c != a && c != b &&
          (cost_.mbit(a, c) != cost_.mbit(b, c) ||
           cost_.latency_ms(a, c) != cost_.latency_ms(b, c)))
        return false;
    return true;
  };
  for (std::uint16_t node = 0; node < nodes; ++node) {
    auto first = node;
    for (std::uint16_t other = 0; other < node && first == node; ++other)
      if (class_[other] == other && alike(other, node)) first = other;
    class_.push_back(first);
  }
}

/// False when a group just like this one was asked about before.
bool device_set_search::is_new(const std::vector<std::uint16_t>& nodes) {
  std::vector<std::uint16_t> classes;
  classes.reserve(nodes.size());
  for (auto node : nodes) classes.push_back(class_[node]);
  std::sort(classes.begin(), classes.end());
  return tried_.insert(std::move(classes)).second;
}

void device_set_search::remember(const device_set& t) {
  auto keep = [&](std::optional<double>& best) { best = best ? std::min(*best, t.ms) : t.ms; };
  // A search may leave a member without work, or give some to another.
  std::vector<bool> works(with_.size(), false);
  for (const auto& pieces : t.work.pieces)
    for (const auto& part : pieces) works[part.node] = true;
  const bool divided = std::count(works.begin(), works.end(), true) > 1;
  for (std::size_t n = 0; n < with_.size(); ++n) {
    if (!works[n])
      keep(without_[n]);
    else if (divided)
      keep(with_[n]);
  }
}

device_set device_set_search::alone(std::uint16_t node) {
  device_set t{{node}, {1}, node, search_.alone(node), 0};
  t.ms = search_.makespan_ms(t.work);
  remember(t);
  return t;
}

/// Strips in proportion to capacity: what a group can be expected to do.
device_set device_set_search::strips(const std::vector<std::uint16_t>& nodes) {
  if (nodes.size() == 1) return alone(nodes[0]);
  device_set t{nodes, {}, host_, {}, 0};
  for (auto node : nodes) t.weights.push_back(capacity_[node]);
  t.work = search_.strips(nodes, t.weights, host_);
  t.ms = search_.makespan_ms(t.work);
  remember(t);
  return t;
}

/// The best layouts. What cannot be divided runs where the answer is wanted, or on the fastest.
void device_set_search::lay_out(device_set& t) {
  if (t.nodes.size() == 1) return;
  auto consider = [&](std::uint16_t home) {
    auto work = search_.lay_out(t.nodes, t.weights, home);
    const auto ms = search_.makespan_ms(work);
    if (ms >= t.ms) return;
    t.work = std::move(work);
    t.ms = ms;
    t.home = home;
  };
  consider(host_);
  const auto fastest = *std::max_element(
      t.nodes.begin(), t.nodes.end(), [&](auto a, auto b) { return capacity_[a] < capacity_[b]; });
  if (capacity_[fastest] > capacity_[host_]) consider(fastest);
  remember(t);
}

/// A share more or less for one kind of node at a time: who has a slow link, or the input, does
/// best with another one than its speed's.
void device_set_search::tune(device_set& t) {
  if (t.nodes.size() == 1) return;
  std::set<std::uint16_t> classes;
  for (auto node : t.nodes) classes.insert(class_[node]);
  for (auto which : classes) {
    for (const double factor : {0.8, 1.25}) {
      auto weights = t.weights;
      for (std::size_t i = 0; i < weights.size(); ++i)
        if (class_[t.nodes[i]] == which) weights[i] *= factor;
      auto work = search_.strips(t.nodes, weights, t.home);
      const auto ms = search_.makespan_ms(work);
      if (ms >= t.ms) continue;
      t.ms = ms;
      t.work = std::move(work);
      t.weights = std::move(weights);
    }
  }
}

void device_set_search::improve(device_set& t, std::uint64_t effort) {
  if (t.nodes.size() == 1) return;
  search_.improve(t.work, t.nodes, t.weights, effort);
  t.ms = search_.makespan_ms(t.work);
  remember(t);
}

void device_set_search::add_fastest(std::vector<device_set>& device_sets) {
  const auto all = by_capacity_.size();
  for (std::size_t k = 1; k <= all; ++k) {
    // On a large shelf not every number of nodes needs a trial.
    const auto stride = std::max<std::size_t>(1, all / defaults::tuned_team_size);
    if (k > defaults::tuned_team_size && k % stride != 0 && k != all) continue;
    std::vector<std::uint16_t> nodes(by_capacity_.begin(),
                                     by_capacity_.begin() + static_cast<std::ptrdiff_t>(k));
    std::sort(nodes.begin(), nodes.end());
    if (is_new(nodes)) device_sets.push_back(strips(nodes));
  }
  if (is_new({host_})) device_sets.push_back(alone(host_));
}

/// Those whom it may be better to leave out: the slowest, and those with the slowest links.
std::vector<std::uint16_t> device_set_search::doubtful(const device_set& t) const {
  if (t.nodes.size() <= defaults::tuned_team_size) return t.nodes;
  auto best_link = [&](std::uint16_t node) {
    double best = 0;
    for (auto other : t.nodes)
      if (other != node) best = std::max(best, cost_.mbit(node, other));
    return best;
  };
  auto slowest = t.nodes;
  std::stable_sort(slowest.begin(), slowest.end(),
                   [&](auto a, auto b) { return capacity_[a] < capacity_[b]; });
  auto worst_linked = t.nodes;
  std::stable_sort(worst_linked.begin(), worst_linked.end(),
                   [&](auto a, auto b) { return best_link(a) < best_link(b); });
  std::vector<std::uint16_t> out{slowest[0], worst_linked[0]};
  if (out[0] == out[1]) out.pop_back();
  return out;
}

/// Drops whomever it is best to drop, while that helps.
void device_set_search::add_by_dropping(std::vector<device_set>& device_sets, device_set current) {
  while (current.nodes.size() > 2) {
    std::optional<device_set> best;
    for (auto node : doubtful(current)) {
      auto nodes = current.nodes;
      nodes.erase(std::find(nodes.begin(), nodes.end(), node));
      if (!is_new(nodes)) continue;
      auto t = strips(nodes);
      if (!best || t.ms < best->ms) best = std::move(t);
    }
    if (!best || best->ms >= current.ms) return;
    current = std::move(*best);
    device_sets.push_back(current);
  }
}

/// True when someone who was left out turned out to help after all.
bool device_set_search::add_left_out(device_set& best) {
  const auto left = by_capacity_.size() - best.nodes.size();
  const auto tries = std::min(left, defaults::left_out_tries);
  std::optional<device_set> better;
  std::set<std::uint16_t> classes;
  std::size_t tried = 0;
  for (auto node : by_capacity_) {
    if (tried == tries) break;
    if (std::binary_search(best.nodes.begin(), best.nodes.end(), node)) continue;
    if (!classes.insert(class_[node]).second) continue;
    ++tried;
    auto nodes = best.nodes;
    nodes.insert(std::lower_bound(nodes.begin(), nodes.end(), node), node);
    auto t = strips(nodes);
    lay_out(t);
    improve(t, effort_ / (8 * tries));
    if (t.ms < (better ? better->ms : best.ms)) better = std::move(t);
  }
  if (!better) return false;
  best = std::move(*better);
  return true;
}

/// Strips as they stand do not say who gains most from the search; everyone together often does.
std::vector<device_set> device_set_search::choose_finalists(std::vector<device_set>& device_sets) {
  const auto everyone = *std::max_element(
      device_sets.begin(), device_sets.end(),
      [](const device_set& a, const device_set& b) { return a.nodes.size() < b.nodes.size(); });
  add_by_dropping(device_sets, everyone);
  std::stable_sort(device_sets.begin(), device_sets.end(),
                   [](const device_set& a, const device_set& b) { return a.ms < b.ms; });
  // Layouts of many nodes cost much to compare: there the best strips must do.
  const bool large = everyone.nodes.size() > defaults::tuned_team_size;
  std::vector<device_set> finalists{large ? device_sets.front() : everyone};
  for (const auto& t : device_sets) {
    if (large || finalists.size() == defaults::finalists) break;
    const bool known = std::any_of(finalists.begin(), finalists.end(),
                                   [&](const device_set& f) { return f.nodes == t.nodes; });
    if (!known && t.nodes.size() > 1) finalists.push_back(t);
  }
  const auto best_ms = std::min_element(finalists.begin(), finalists.end(), [](auto& a, auto& b) {
                         return a.ms < b.ms;
                       })->ms;
  for (auto& t : finalists) {
    if (t.ms > best_ms * defaults::finalist_promise) continue;
    tune(t);
    lay_out(t);
  }
  return finalists;
}

device_set device_set_search::run() {
  std::vector<device_set> device_sets;
  add_fastest(device_sets);
  auto finalists = choose_finalists(device_sets);
  std::stable_sort(finalists.begin(), finalists.end(),
                   [](const device_set& a, const device_set& b) { return a.ms < b.ms; });
  auto best = finalists.front();
  improve(best, effort_ / 4);
  for (std::size_t i = 1; i < finalists.size(); ++i) {
    auto& t = finalists[i];
    if (t.ms > best.ms * defaults::finalist_promise) continue;
    improve(t, effort_ / 8);
    if (t.ms < best.ms) best = t;
  }
  for (int round = 0; round < 2; ++round)
    if (!add_left_out(best)) break;
  improve(best, effort_ > search_.effort() ? effort_ - search_.effort() : 0);
  // Less than that is within what a prediction can be wrong by, and dividing has its own risks. Of
  // single nodes the quickest, which comes first by now: one that is hardly slower is slower.
  const auto single = std::find_if(device_sets.begin(), device_sets.end(),
                                   [](const device_set& t) { return t.nodes.size() == 1; });
  if (single->ms <= best.ms * defaults::worth_dividing) return *single;
  return best;
}

}  // namespace bramble
