#include <algorithm>
#include <cmath>

#include "balancer/search/search.hpp"
#include "config/defaults.hpp"

namespace bramble {

/// Some neighbouring ops here and there take a choice at random.
void plan_search::change_neighbours(candidate& d) {
  const auto ops = static_cast<op_id>(graph_.ops.size());
  for (auto places = 1 + random_() % 3; places > 0; --places) {
    const auto first = static_cast<op_id>(random_() % ops);
    const auto last = std::min<op_id>(ops, first + 1 + random_() % 4);
    const auto choice = random_() % (places_.size() + 3);
    const auto line = random_() % nodes_.size();
    const auto steps = random_() % 2 == 0 ? 1 : -1;
    for (auto op = first; op < last; ++op) {
      if (choice < places_.size())
        place(d, op, places_[choice]);
      else if (choice == places_.size())
        drafting_.move_line(d, op, line, steps);
      else if (choice == places_.size() + 1)
        drafting_.set_grow(d, op, !d.choices[op].grow);
      else
        drafting_.set_border_first(d, op, !d.choices[op].border_first);
    }
  }
}

/// An op takes a choice at random, and so does what stands with it: ops that read each other, all
/// whole on the same node, or all divided.
void plan_search::change_together(candidate& d) {
  const auto ops = static_cast<op_id>(graph_.ops.size());
  const auto start = static_cast<op_id>(random_() % ops);
  const auto& choice = places_[random_() % places_.size()];
  auto where = [&](op_id op) {
    const auto& c = d.choices[op];
    return c.form == op_choice::whole ? static_cast<int>(c.node) : -1;
  };
  const auto at = where(start);
  std::vector<bool> in(ops, false);
  in[start] = true;
  // Ops stand in topological order: forth and back finds all that hangs together closely.
  auto join = [&](op_id op) {
    if (where(op) != at) return;
    for (auto input : graph_.ops[op].inputs) {
      const auto producer = graph_.values[input].producer;
      if (producer == no_id || where(producer) != at) continue;
      if (in[op] || in[producer]) in[op] = in[producer] = true;
    }
  };
  for (op_id op = 0; op < ops; ++op) join(op);
  for (auto op = ops; op-- > 0;) join(op);
  for (op_id op = 0; op < ops; ++op)
    if (in[op]) place(d, op, choice);
}

/// Two nodes change places.
void plan_search::exchange_nodes(candidate& d) {
  const auto count = nodes_.size();
  const auto first = random_() % count;
  const auto a = nodes_[first];
  const auto b = nodes_[(first + 1 + random_() % (count - 1)) % count];
  for (op_id op = 0; op < graph_.ops.size(); ++op) {
    const auto& c = d.choices[op];
    if (c.form == op_choice::whole && (c.node == a || c.node == b))
      drafting_.set_whole(d, op, c.node == a ? b : a);
  }
}

/// What no single change betters, several one after another may, though the first of them cost
/// something: simulated annealing, as long as there is effort left, in rounds that begin with the
/// best so far.
void plan_search::anneal(candidate& d) {
  const auto ops = static_cast<op_id>(graph_.ops.size());
  if (spent()) return;
  places_ = places_in(nodes_, rows_);
  auto now = score(d, 0, ops);
  auto best = d;
  auto best_ms = now;
  const auto length = (limit_ - judge_.effort()) / defaults::shake_rounds + 1;
  auto began = judge_.effort();
  while (!spent()) {
    if (judge_.effort() - began >= length) {
      began += length;
      d = best;
      now = best_ms;
    }
    const auto done = judge_.effort() - began;
    const auto warmth =
        defaults::shake_warmth * (1 - static_cast<double>(done) / static_cast<double>(length));
    drafting_.begin();
    switch (random_() % 4) {
      case 0:
        change_together(d);
        break;
      case 1:
        exchange_nodes(d);
        break;
      default:
        change_neighbours(d);
    }
    const auto luck = static_cast<double>(random_() + 1.0) / 4294967296.0;
    const auto most = now * (1 - warmth * std::log(luck));
    const auto ms = score(d, 0, ops, most);
    if (ms >= most || !fits(d)) {
      drafting_.undo(d);
      continue;
    }
    now = ms;
    if (now < best_ms * (1 - least_gain)) {
      best = d;
      best_ms = now;
    }
  }
  d = std::move(best);
}

}  // namespace bramble
