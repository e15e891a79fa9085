#include "balancer/simulate/simulate.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "balancer/simulate/simulator.hpp"
#include "config/defaults.hpp"

namespace bramble {
namespace {

constexpr std::uint32_t wake_up = 0, arrival = 1, finish = 2, out_free = 3, in_free = 4, offer = 5;

/// Groups `items` (pairs owner -> item) by owner: begin[o] .. begin[o+1] of `out`.
template <class ForEach>
void group(std::size_t owners, const ForEach& for_each, std::vector<std::uint32_t>& begin,
           std::vector<std::uint32_t>& out) {
  begin.assign(owners + 1, 0);
  for_each([&](std::uint32_t owner, std::uint32_t) { ++begin[owner + 1]; });
  for (std::size_t i = 0; i < owners; ++i) begin[i + 1] += begin[i];
  out.resize(begin[owners]);
  for_each([&](std::uint32_t owner, std::uint32_t item) { out[begin[owner]++] = item; });
  for (std::size_t i = owners; i > 0; --i) begin[i] = begin[i - 1];
  begin[0] = 0;
}

}  // namespace

void simulator::push(double at, std::uint32_t kind, std::uint32_t index) {
  heap_.push_back({at, std::uint64_t{kind} << 32U | index});
  std::push_heap(heap_.begin(), heap_.end(), std::greater<>{});
}

double simulator::piece_ms(op_id op, std::uint16_t node, const region& out) {
  const auto nodes = cost_.devices().nodes.size();
  // A shelf has always the same nodes.
  if (known_pieces_.empty()) known_pieces_.resize(cost_.model().ops.size() * nodes);
  auto& known = known_pieces_[op * nodes + node];
  for (const auto& entry : known)
    if (entry.ms >= 0 && entry.out == out) return entry.ms;
  known[1] = known[0];
  known[0] = {out, cost_.piece_ms(node, op, out)};
  return known[0].ms;
}

void simulator::reset(const schedule& s) {
  heap_.clear();
  result_.makespan_ms = 0;
  result_.busy_ms.assign(s.nodes, 0);
  result_.bytes_out.assign(s.nodes, 0);
  result_.events.clear();
  busy_until_.assign(s.nodes, 0);
  out_free_.assign(s.nodes, 0);
  in_free_.assign(s.nodes, 0);
  out_watched_.assign(s.nodes, false);
  in_watched_.assign(s.nodes, false);
  out_.resize(s.nodes);
  in_.resize(s.nodes);
  for (auto* queues : {&out_, &in_})
    for (auto& queue : *queues) queue.clear();
  running_.assign(s.nodes, schedule::no_step);
  received_.assign(s.transfers.size(), false);
  ready_.resize(s.nodes);
  for (auto& steps_of_node : ready_) steps_of_node.clear();
  pending_.resize(s.steps.size());
  for (std::size_t i = 0; i < pending_.size(); ++i)
    pending_[i] =
        s.after_begin[i + 1] - s.after_begin[i] + s.awaits_begin[i + 1] - s.awaits_begin[i];
  finished_ = begun_ = 0;
  too_long_ = false;
}

/// Who waits for which step or transfer, and which transfers each step sends.
void simulator::find_orders(const schedule& s) {
  const auto steps = s.steps.size();
  const auto transfers = s.transfers.size();
  auto each_of = [steps](const std::vector<std::uint32_t>& begin,
                         const std::vector<std::uint32_t>& items) {
    return [&begin, &items, steps](const auto& visit) {
      for (std::uint32_t i = 0; i < steps; ++i)
        for (auto k = begin[i]; k < begin[i + 1]; ++k) visit(items[k], i);
    };
  };
  group(steps, each_of(s.after_begin, s.after), followers_begin_, followers_);
  group(transfers, each_of(s.awaits_begin, s.awaits), readers_begin_, readers_);
  group(
      steps,
      [&](const auto& visit) {
        for (std::uint32_t t = 0; t < transfers; ++t)
          if (s.source[t] != schedule::no_step) visit(s.source[t], t);
      },
      sends_begin_, sends_);
}

const std::vector<double>& simulator::load(const schedule& s) {
  find_orders(s);
  all_ms_.assign(s.nodes, 0);
  step_ms_.resize(s.steps.size());
  for (std::size_t i = 0; i < s.steps.size(); ++i) {
    const auto& [op, node, out] = s.steps[i];
    step_ms_[i] = piece_ms(op, node, out);
    all_ms_[node] += step_ms_[i];
  }
  messages_.resize(s.transfers.size());
  for (std::size_t t = 0; t < s.transfers.size(); ++t) {
    const auto& [value, part, from, to] = s.transfers[t];
    const auto bytes = cost_.wire_bytes(value, part);
    messages_[t] = {bytes, cost_.sent_ms(from, value, part), cost_.received_ms(to, value, part),
                    cost_.serialise_ms(from, to, bytes)};
    all_ms_[from] += messages_[t].sent_ms;
    if (readers_begin_[t] != readers_begin_[t + 1]) all_ms_[to] += messages_[t].received_ms;
  }
  return all_ms_;
}

void simulator::make_ready(const schedule& s, std::uint32_t step) {
  auto& heap = ready_[s.steps[step].node];
  heap.push_back(step);
  std::push_heap(heap.begin(), heap.end(), std::greater<>{});
}

void simulator::send(const schedule& s, std::uint32_t index) {
  out_[s.transfers[index].from].push_back(index);
  in_[s.transfers[index].to].push_back(index);
}

void simulator::occupy_line(const schedule& s, std::uint32_t index, double now) {
  const auto& t = s.transfers[index];
  const auto end = now + messages_[index].line_ms;
  out_free_[t.from] = in_free_[t.to] = end;
  std::erase(out_[t.from], index);
  std::erase(in_[t.to], index);
  result_.bytes_out[t.from] += messages_[index].bytes;
  if (with_events_)
    result_.events.push_back({timeline_event::kind_t::send, t.from, index, now, end});
  push(end + cost_.latency_ms(t.from, t.to), arrival, index);
}

/// Starts whatever can start of those that wait on one line, always the most urgent, and sees to it
/// that the others are looked at again when the line that they lack becomes free.
void simulator::use_lines(const schedule& s, const std::vector<std::uint32_t>& waiting,
                          double now) {
  while (!waiting.empty()) {
    auto best = schedule::no_step;
    for (auto index : waiting) {
      const auto& t = s.transfers[index];
      if (out_free_[t.from] > now || in_free_[t.to] > now) continue;
      if (best == schedule::no_step ||
          std::pair{s.urgency[index], index} < std::pair{s.urgency[best], best})
        best = index;
    }
    if (best == schedule::no_step) break;
    occupy_line(s, best, now);
  }
  for (auto index : waiting) watch_lines(s, index, now);
}

void simulator::watch_lines(const schedule& s, std::uint32_t index, double now) {
  const auto& t = s.transfers[index];
  if (out_free_[t.from] > now && !out_watched_[t.from]) {
    out_watched_[t.from] = true;
    push(out_free_[t.from], out_free, t.from);
  }
  if (in_free_[t.to] > now && !in_watched_[t.to]) {
    in_watched_[t.to] = true;
    push(in_free_[t.to], in_free, t.to);
  }
}

void simulator::start_next(const schedule& s, std::size_t node, double now) {
  auto& heap = ready_[node];
  if (heap.empty() || running_[node] != schedule::no_step || busy_until_[node] > now) return;
  if (now + left_ms_[node] >= most_ms_) too_long_ = true;
  std::pop_heap(heap.begin(), heap.end(), std::greater<>{});
  const auto step = heap.back();
  heap.pop_back();
  auto ms = step_ms_[step];
  for (auto k = s.awaits_begin[step]; k < s.awaits_begin[step + 1]; ++k) {
    const auto t = s.awaits[k];
    if (received_[t]) continue;
    received_[t] = true;
    ms += messages_[t].received_ms;
  }
  for (auto k = sends_begin_[step]; k < sends_begin_[step + 1]; ++k)
    ms += messages_[sends_[k]].sent_ms;
  ++begun_;
  result_.busy_ms[node] += ms;
  left_ms_[node] -= ms;
  busy_until_[node] = now + ms;
  if (with_events_)
    result_.events.push_back(
        {timeline_event::kind_t::compute, s.steps[step].node, step, now, now + ms});
  running_[node] = step;
  push(now + ms, finish, static_cast<std::uint32_t>(node));
}

/// What is there from the start leaves one after the other, the most urgent first.
void simulator::offer_inputs(const schedule& s) {
  inputs_.clear();
  for (std::uint32_t t = 0; t < s.transfers.size(); ++t)
    if (s.source[t] == schedule::no_step) inputs_.push_back(t);
  std::stable_sort(inputs_.begin(), inputs_.end(),
                   [&](auto a, auto b) { return s.urgency[a] < s.urgency[b]; });
  for (auto t : inputs_) {
    const auto from = s.transfers[t].from;
    const auto ms = messages_[t].sent_ms;
    busy_until_[from] += ms;
    result_.busy_ms[from] += ms;
    left_ms_[from] -= ms;
    push(busy_until_[from], offer, t);
  }
}

void simulator::satisfy(const schedule& s, std::uint32_t step) {
  if (--pending_[step] == 0) make_ready(s, step);
}

void simulator::handle(const schedule& s, const event& e) {
  const auto now = e.at;
  const auto kind = e.kind();
  const auto index = e.index();
  if (kind == wake_up) {
    start_next(s, index, now);
  } else if (kind == arrival) {
    for (auto k = readers_begin_[index]; k < readers_begin_[index + 1]; ++k)
      satisfy(s, readers_[k]);
    start_next(s, s.transfers[index].to, now);
  } else if (kind == offer) {
    send(s, index);
    use_lines(s, out_[s.transfers[index].from], now);
  } else if (kind == out_free) {
    out_watched_[index] = false;
    use_lines(s, out_[index], now);
  } else if (kind == in_free) {
    in_watched_[index] = false;
    use_lines(s, in_[index], now);
  } else {
    ++finished_;
    const auto step = std::exchange(running_[index], schedule::no_step);
    for (auto k = sends_begin_[step]; k < sends_begin_[step + 1]; ++k) send(s, sends_[k]);
    if (sends_begin_[step] != sends_begin_[step + 1]) use_lines(s, out_[index], now);
    for (auto k = followers_begin_[step]; k < followers_begin_[step + 1]; ++k)
      satisfy(s, followers_[k]);
    start_next(s, index, now);
  }
}

/// False when it was given up.
bool simulator::play(const schedule& s, double most_ms) {
  reset(s);
  most_ms_ = most_ms;
  left_ms_ = all_ms_;
  offer_inputs(s);
  for (std::uint32_t i = 0; i < s.steps.size(); ++i)
    if (pending_[i] == 0) make_ready(s, i);
  for (std::uint32_t node = 0; node < s.nodes; ++node) push(busy_until_[node], wake_up, node);
  while (!heap_.empty() && !too_long_) {
    const auto next = heap_.front();
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>{});
    heap_.pop_back();
    result_.makespan_ms = std::max(result_.makespan_ms, next.at);  // ends with a step or an arrival
    handle(s, next);
  }
  if (too_long_ || result_.makespan_ms >= most_ms) return false;
  if (finished_ != s.steps.size())
    throw std::logic_error("a program waits for itself: some of its steps can never run");
  return true;
}

const simulation& simulator::run(const schedule& s, bool with_events) {
  with_events_ = with_events;
  load(s);
  play(s, std::numeric_limits<double>::infinity());
  return result_;
}

std::optional<double> simulator::makespan_below(const schedule& s, double most_ms) {
  with_events_ = false;
  begun_ = 0;
  for (auto ms : all_ms_)
    if (ms >= most_ms) return std::nullopt;
  if (!play(s, most_ms)) return std::nullopt;
  return result_.makespan_ms;
}

simulation simulate(const program& prog, const plan& p, const cost_model& cost, bool with_events) {
  schedule flat;
  flat.nodes = prog.nodes.size();
  flat.host = p.host;
  flat.transfers = prog.transfers;
  flat.source.assign(prog.transfers.size(), schedule::no_step);
  flat.urgency.resize(prog.transfers.size());
  std::iota(flat.urgency.begin(), flat.urgency.end(), 0);
  std::vector<std::uint32_t> base;  // number of each node's first step
  for (std::size_t node = 0; node < prog.nodes.size(); ++node) {
    const auto first = static_cast<std::uint32_t>(flat.steps.size());
    base.push_back(first);
    for (const auto& step : prog.nodes[node].steps) {
      flat.after_begin.push_back(static_cast<std::uint32_t>(flat.after.size()));
      flat.awaits_begin.push_back(static_cast<std::uint32_t>(flat.awaits.size()));
      for (auto before : step.after) flat.after.push_back(first + before);
      flat.awaits.insert(flat.awaits.end(), step.awaits.begin(), step.awaits.end());
      for (auto t : step.sends) flat.source[t] = static_cast<std::uint32_t>(flat.steps.size());
      flat.steps.push_back({step.op, static_cast<std::uint16_t>(node), step.out});
    }
  }
  flat.after_begin.push_back(static_cast<std::uint32_t>(flat.after.size()));
  flat.awaits_begin.push_back(static_cast<std::uint32_t>(flat.awaits.size()));

  simulator sim{cost};
  auto result = sim.run(flat, with_events);
  for (auto& event : result.events)
    if (event.kind == timeline_event::kind_t::compute) event.index -= base[event.node];
  return result;
}

}  // namespace bramble
