#include <algorithm>
#include <numeric>

#include "balancer/bound/bound.hpp"
#include "config/defaults.hpp"

namespace bramble {
namespace {

/// How many input rows (or columns) every output row can be said to read for itself: disjoint
/// blocks of a stride's size, wherever in the window the padding takes least of the outermost.
std::int64_t own_rows(const graph& g, const op& o, std::size_t axis) {
  const auto size = g.values[o.inputs[0]].shape[2 + axis];
  const auto last = g.values[o.outputs[0]].shape[2 + axis] - 1;
  const auto kernel = o.win.kernel[axis], stride = o.win.stride[axis];
  const auto dilation = o.win.dilation[axis];
  // Taps with gaps between them: one tap of each window.
  const auto block = dilation > 1 ? 1 : std::min(kernel, stride);
  std::int64_t best = 0;
  for (std::int64_t tap = 0; tap + block <= kernel; ++tap) {
    const auto from = tap * dilation - o.win.padding[axis];
    auto inside = [&](std::int64_t at) {
      return std::max<std::int64_t>(0, std::min(at + block, size) - std::max<std::int64_t>(at, 0));
    };
    best = std::max(best, std::min(inside(from), inside(from + last * stride)));
  }
  return best;
}

/// Whoever makes a fraction y of the op's output reads at least this times y of its input number
/// `input`, whichever part it is. 0 where nothing is known.
double least_read(const graph& g, const op& o, std::size_t input) {
  const auto& made = g.values[o.outputs[0]].shape;
  const auto& read = g.values[o.inputs[input]].shape;
  if (o.kind == op_kind::reshape || o.kind == op_kind::atom) return 1;
  if (has_window(o) && input == 0) {
    double fraction = 1;
    for (std::size_t axis = 0; axis < 2; ++axis)
      fraction *= static_cast<double>(own_rows(g, o, axis) * made[2 + axis]) /
                  static_cast<double>(read[2 + axis]);
    return std::min(fraction, 1.0);
  }
  const bool in_step =
      has_window(o) || o.kind == op_kind::elementwise || o.kind == op_kind::per_pixel;
  return in_step && made == read ? 1 : 0;
}

/// True when nothing of the op can be made without reading something.
bool always_reads(const graph& g, const op& o) {
  if (o.inputs.empty() || o.kind == op_kind::transposed_convolution) return false;
  if (o.kind == op_kind::take && !o.weights.empty()) return false;
  return !has_window(o) || least_read(g, o, 0) > 0;
}

/// By op: how many bytes of it all must leave the host at least for all of it to be made elsewhere;
/// for a part, that part of them. With x bytes of value u sent, others make at most the sum over u
/// of a[u] * x[u] of an op, and that is at most max(a) * (bytes sent).
std::vector<double> bytes_to_leave(const cost_model& cost) {
  const auto& g = cost.model();
  std::vector<std::vector<double>> known(g.values.size());  // a, by value; empty: no limit
  std::vector<op_id> last_reader(g.values.size(), 0);
  for (op_id op = 0; op < g.ops.size(); ++op)
    for (auto input : g.ops[op].inputs) last_reader[input] = op;
  for (auto input : g.inputs) known[input].assign(g.values.size(), 0);

  auto with_sent = [&](value_id value, double times, std::vector<double>& sum) {
    const auto& a = known[value];
    if (sum.empty()) sum.assign(g.values.size(), 0);
    for (std::size_t u = 0; u < a.size(); ++u) sum[u] += times * a[u];
    const auto bytes = cost.wire_bytes(value, extent(g.values[value]));
    sum[value] += times / static_cast<double>(bytes);
  };
  auto worst = [](const std::vector<double>& a) { return *std::max_element(a.begin(), a.end()); };

  std::vector<double> bytes(g.ops.size(), 0);
  for (op_id op = 0; op < g.ops.size(); ++op) {
    const auto& o = g.ops[op];
    std::vector<double> best;
    if (o.kind == op_kind::concat) {
      // Channels come from one input each: what is made elsewhere is the sum over all inputs.
      const auto all = static_cast<double>(element_count(g.values[o.outputs[0]].shape));
      const bool limited = std::none_of(o.inputs.begin(), o.inputs.end(),
                                        [&](auto input) { return known[input].empty(); });
      if (limited)
        for (auto input : o.inputs)
          with_sent(input, static_cast<double>(element_count(g.values[input].shape)) / all, best);
    } else {
      for (std::size_t i = 0; i < o.inputs.size(); ++i) {
        const auto fraction = least_read(g, o, i);
        if (fraction <= 0 || known[o.inputs[i]].empty()) continue;
        std::vector<double> a;
        with_sent(o.inputs[i], 1 / fraction, a);
        if (best.empty() || worst(a) < worst(best)) best = std::move(a);
      }
    }
    if (!best.empty()) bytes[op] = 1 / worst(best);
    for (auto input : o.inputs)
      if (last_reader[input] == op) known[input] = {};
    for (auto output : o.outputs) known[output] = best;
  }
  return bytes;
}

/// What all nodes can do at most in a given time.
class crossing_bound {
 public:
  explicit crossing_bound(const cost_model& cost)
      : cost_{cost},
        graph_{cost.model()},
        nodes_{cost.devices().nodes.size()},
        host_{cost.devices().index_of(cost.devices().host)},
        bytes_{bytes_to_leave(cost)} {
    least_.resize(nodes_);
    for (std::size_t n = 0; n < nodes_; ++n)
      for (op_id op = 0; op < graph_.ops.size(); ++op) least_[n].push_back(cost.least_ms(n, op));
    find_arrivals();
    share_out();
  }

  double run() const {
    auto below = 0.0, above = alone();
    if (nodes_ == 1) return above;
    for (int i = 0; i < 50; ++i) {
      const auto middle = (below + above) / 2;
      (enough(middle) ? above : below) = middle;
    }
    return below;
  }

 private:
  double alone() const { return std::accumulate(least_[host_].begin(), least_[host_].end(), 0.0); }

  /// Before anything can run elsewhere, a message has been sent, has travelled, and was taken in.
  void find_arrivals() {
    const bool waits = std::all_of(graph_.ops.begin(), graph_.ops.end(),
                                   [&](const op& o) { return always_reads(graph_, o); });
    start_.assign(nodes_, 0);
    in_rate_.assign(nodes_, 0);
    for (std::size_t n = 0; n < nodes_; ++n) {
      if (n == host_) continue;
      auto soonest = cost_.least_exchange_ms(host_, n);
      for (std::size_t from = 0; from < nodes_; ++from) {
        if (from == n) continue;
        soonest = std::min(soonest, cost_.least_exchange_ms(from, n));
        in_rate_[n] = std::max(in_rate_[n], cost_.mbit(from, n) * 1e3 / 8);
      }
      out_rate_ = std::max(out_rate_, cost_.mbit(host_, n) * 1e3 / 8);
      if (waits) start_[n] = soonest;
    }
  }

  /// What each op takes at least of the others as a whole, as in the bound of all work.
  void share_out() {
    weight_.assign(nodes_, 0);
    double sum = 0;
    for (std::size_t n = 0; n < nodes_; ++n) {
      if (n == host_) continue;
      const auto ms = std::accumulate(least_[n].begin(), least_[n].end(), 0.0);
      weight_[n] = ms > 0 ? 1 / ms : 1;
      sum += weight_[n];
    }
    shared_.assign(graph_.ops.size(), 0);
    for (op_id op = 0; op < graph_.ops.size(); ++op) {
      auto least = -1.0;
      for (std::size_t n = 0; n < nodes_; ++n) {
        if (n == host_) continue;
        const auto ms = weight_[n] / sum * least_[n][op];
        least = least < 0 ? ms : std::min(least, ms);
      }
      shared_[op] = std::max(least, 0.0);
    }
    for (auto& weight : weight_) weight /= sum > 0 ? sum : 1;
    // What relieves the host most for what it costs the others goes first.
    order_.resize(graph_.ops.size());
    std::iota(order_.begin(), order_.end(), 0);
    std::stable_sort(order_.begin(), order_.end(), [&](op_id a, op_id b) {
      return least_[host_][a] * shared_[b] > least_[host_][b] * shared_[a];
    });
  }

  /// The part of an op that can be made elsewhere when so many bytes came.
  double part(op_id op, double bytes) const { return bytes >= bytes_[op] ? 1 : bytes / bytes_[op]; }

  bool enough(double ms) const {
    double others = 0;
    for (std::size_t n = 0; n < nodes_; ++n) {
      if (n == host_) continue;
      double possible = 0;
      for (op_id op = 0; op < graph_.ops.size(); ++op)
        possible += least_[n][op] * part(op, in_rate_[n] * ms);
      others += weight_[n] * std::min(possible, std::max(0.0, ms - start_[n]));
    }
    auto left = alone();
    for (auto op : order_) {
      auto given = part(op, out_rate_ * ms);
      if (shared_[op] > 0) given = std::min(given, others / shared_[op]);
      others -= given * shared_[op];
      left -= given * least_[host_][op];
    }
    return left <= ms;
  }

  const cost_model& cost_;
  const graph& graph_;
  std::size_t nodes_, host_;
  std::vector<double> bytes_;               // by op
  std::vector<std::vector<double>> least_;  // by node and op
  std::vector<double> start_;               // by node: not before
  std::vector<double> in_rate_;             // by node, bytes per ms: its quickest link
  double out_rate_ = 0;                     // of the host
  std::vector<double> weight_;              // by node, of the others; together 1
  std::vector<double> shared_;              // by op
  std::vector<op_id> order_;
};

}  // namespace

double crossing_bound_ms(const cost_model& cost) {
  return crossing_bound{cost}.run();
}

}  // namespace bramble
