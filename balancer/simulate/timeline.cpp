#include "balancer/simulate/timeline.hpp"

#include <algorithm>

namespace bramble {
namespace {

using event_t = timeline_event::kind_t;

/// Times that are sums of the same terms in another order.
constexpr double rounding_ms = 1e-6;

/// Goes back from what ended last to whatever each event waited for.
class critical_walk {
 public:
  critical_walk(const timeline& t, const cost_model& cost) : t_{t}, cost_{cost} {
    const auto& events = t.run.events;
    computes_.resize(t.prog.nodes.size());
    for (std::size_t n = 0; n < computes_.size(); ++n)
      computes_[n].resize(t.prog.nodes[n].steps.size());
    sends_.resize(t.prog.transfers.size());
    source_.resize(sends_.size(), none);
    for (std::size_t i = 0; i < events.size(); ++i)
      (events[i].kind == event_t::compute ? computes_[events[i].node] : sends_)[events[i].index] =
          i;
    for (std::size_t i = 0; i < events.size(); ++i)
      if (events[i].kind == event_t::compute)
        for (auto sent : step_of(i).sends) source_[sent] = i;
  }

  std::vector<std::size_t> run() const {
    std::vector<std::size_t> path;
    if (t_.run.events.empty()) return path;
    auto at = last();
    while (at != none) {
      path.push_back(at);
      at = before(at);
    }
    std::reverse(path.begin(), path.end());
    return path;
  }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  const timeline_event& event(std::size_t i) const { return t_.run.events[i]; }
  const step& step_of(std::size_t i) const {
    return t_.prog.nodes[event(i).node].steps[event(i).index];
  }
  /// When others can go on.
  double done(std::size_t i) const {
    const auto& e = event(i);
    if (e.kind == event_t::compute) return e.end_ms;
    const auto& t = t_.prog.transfers[e.index];
    return e.end_ms + cost_.latency_ms(t.from, t.to);
  }

  std::size_t last() const {
    std::size_t best = 0;
    for (std::size_t i = 1; i < t_.run.events.size(); ++i)
      if (done(i) > done(best)) best = i;
    return best;
  }

  std::size_t before(std::size_t i) const {
    std::size_t best = none;
    double latest = -1;
    auto offer = [&](std::size_t other, double at) {
      // Events come in order of their beginnings: nothing waits for one that begins after it.
      if (other == none || other == i || at > event(i).begin_ms + rounding_ms || at <= latest)
        return;
      if (event(other).begin_ms > event(i).begin_ms) return;
      best = other;
      latest = at;
    };
    if (event(i).kind == event_t::compute) {
      for (auto awaited : step_of(i).awaits) offer(sends_[awaited], done(sends_[awaited]));
      for (auto step : step_of(i).after) {
        const auto other = computes_[event(i).node][step];
        offer(other, done(other));
      }
      offer_busy(i, offer);
    } else {
      const auto source = source_[event(i).index];
      if (source != none) offer(source, event(source).end_ms);
      offer_busy(i, offer);
    }
    return best;
  }

  /// Whoever kept the node's processor, or either card, busy until then.
  template <class Offer>
  void offer_busy(std::size_t i, const Offer& offer) const {
    const auto& e = event(i);
    const bool sends = e.kind == event_t::send;
    for (std::size_t other = 0; other < t_.run.events.size(); ++other) {
      const auto& o = event(other);
      if (o.kind != e.kind || o.end_ms > e.begin_ms + rounding_ms) continue;
      const bool same_card =
          sends && t_.prog.transfers[o.index].to == t_.prog.transfers[e.index].to;
      // Only what ended just then kept it waiting.
      if ((o.node == e.node || same_card) && o.end_ms > e.begin_ms - rounding_ms)
        offer(other, o.end_ms);
    }
  }

  const timeline& t_;
  const cost_model& cost_;
  std::vector<std::vector<std::size_t>> computes_;  // node x step: event
  std::vector<std::size_t> sends_;                  // transfer: event
  std::vector<std::size_t> source_;                 // transfer: event of the step that made it
};

}  // namespace

timeline timeline_of(const plan& p, const cost_model& cost) {
  timeline t;
  t.prog = derive(cost.model(), p);
  t.run = simulate(t.prog, p, cost, true);
  const auto nodes = p.nodes.size();
  t.send_ms.assign(nodes, 0);
  t.link_bytes.assign(nodes * nodes, 0);
  for (auto busy : t.run.busy_ms) t.idle_ms.push_back(std::max(0.0, t.run.makespan_ms - busy));
  for (const auto& transfer : t.prog.transfers)
    t.link_bytes[transfer.from * nodes + transfer.to] +=
        cost.wire_bytes(transfer.value, transfer.part);
  for (const auto& event : t.run.events)
    if (event.kind == event_t::send) t.send_ms[event.node] += event.end_ms - event.begin_ms;
  t.critical = critical_walk{t, cost}.run();
  for (auto i : t.critical) {
    const auto& event = t.run.events[i];
    (event.kind == event_t::compute ? t.critical_compute_ms : t.critical_wire_ms) +=
        event.end_ms - event.begin_ms;
  }
  t.critical_latency_ms =
      std::max(0.0, t.run.makespan_ms - t.critical_compute_ms - t.critical_wire_ms);
  return t;
}

}  // namespace bramble
