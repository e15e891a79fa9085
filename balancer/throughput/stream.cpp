#include "balancer/throughput/stream.hpp"

#include <algorithm>
#include <numeric>

#include "balancer/bound/bound.hpp"
#include "balancer/bound/simplex.hpp"
#include "balancer/search/pipeline.hpp"
#include "balancer/search/predict.hpp"
#include "balancer/simulate/memory.hpp"
#include "balancer/simulate/simulate.hpp"
#include "config/defaults.hpp"
#include "config/format.hpp"
#include "config/parse.hpp"

namespace bramble {
namespace {

class stream_search {
 public:
  stream_search(const graph& g, const shelf& s, const stream_request& request)
      : graph_{g},
        shelf_{s},
        request_{request},
        cost_{g, s, request.wire},
        host_{static_cast<std::uint16_t>(s.index_of(s.host))},
        order_(s.nodes.size()) {
    std::iota(order_.begin(), order_.end(), 0);
    std::stable_sort(order_.begin(), order_.end(),
                     [&](auto a, auto b) { return cost_.model_ms(a) < cost_.model_ms(b); });
  }

  stream_plan run() {
    for (auto node : order_) add_pipeline({node});
    for (std::size_t k = 2; k <= order_.size(); ++k)
      add_pipeline({order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(k)});
    const auto most_teams = std::min(defaults::stream_teams, order_.size());
    for (std::size_t device_sets = 1; device_sets <= most_teams; ++device_sets)
      add_teams(device_sets);
    if (candidates_.empty()) refuse();
    return mix();
  }

 private:
  plan empty_plan(const std::string& method) const {
    plan p;
    p.model = graph_.name;
    p.method = method;
    p.wire = request_.wire;
    p.host = host_;
    for (const auto& node : shelf_.nodes) p.nodes.push_back(node.name);
    p.verdicts.resize(p.nodes.size());
    return p;
  }

  /// Consecutive parts; of one node: all of it there.
  void add_pipeline(const std::vector<std::uint16_t>& nodes) {
    auto pieces = pipeline_pieces(cost_, nodes);
    if (!pieces) return;
    auto p = empty_plan(nodes.size() == 1 ? "alone" : "pipeline");
    p.pieces = std::move(*pieces);
    predict(cost_, p);
    offer(std::move(p));
  }

  /// Everyone in so many groups of about the same speed, each of which shares its requests.
  void add_teams(std::size_t count) {
    if (count * 2 > order_.size()) return;
    std::vector<std::vector<std::uint16_t>> device_sets(count);
    for (std::size_t i = 0; i < order_.size(); ++i) device_sets[i % count].push_back(order_[i]);
    for (const auto& device_set : device_sets) {
      try {
        auto p = make_plan(graph_, only(shelf_, device_set), {"bramble", request_.wire});
        predict(cost_, p);
        offer(std::move(p));
      } catch (const user_error&) {
        // Its nodes have no room for the model: others may.
      }
    }
  }

  void offer(plan p) {
    if (!overfull(shelf_, p).empty()) return;
    quickest_ms_ = quickest_ms_ == 0 ? p.predicted_ms : std::min(quickest_ms_, p.predicted_ms);
    if (request_.latency_limit_ms && p.predicted_ms > *request_.latency_limit_ms) return;
    candidates_.push_back(std::move(p));
  }

  [[noreturn]] void refuse() const {
    if (quickest_ms_ > 0)
      throw user_error("No plan answers within " + format_ms(*request_.latency_limit_ms) +
                       " ms: the quickest takes " + format_ms(quickest_ms_) + " ms.");
    // The planner for one request knows the numbers.
    (void)make_plan(graph_, shelf_, {"bramble", request_.wire});
    throw user_error("No plan of the model fits the nodes' memory.");
  }

  /// What one request takes of each processor and each direction of each card, in ms.
  std::vector<double> loads(const plan& p) const {
    const auto nodes = p.nodes.size();
    std::vector<double> out(3 * nodes, 0);
    for (std::size_t n = 0; n < nodes; ++n) out[n] = p.verdicts[n].busy_ms;
    for (const auto& t : derive(graph_, p).transfers) {
      const auto ms = cost_.serialise_ms(t.from, t.to, cost_.wire_bytes(t.value, t.part));
      out[nodes + t.from] += ms;
      out[2 * nodes + t.to] += ms;
    }
    return out;
  }

  std::vector<double> rates() const {
    std::vector<std::vector<double>> use(3 * shelf_.nodes.size());
    std::vector<double> gain;
    double slowest = 0;
    for (const auto& p : candidates_) slowest = std::max(slowest, p.predicted_ms);
    for (const auto& p : candidates_) {
      const auto load = loads(p);
      for (std::size_t r = 0; r < use.size(); ++r) use[r].push_back(load[r]);
      // Of mixes that do as many requests the quicker.
      gain.push_back(1 - defaults::stream_latency_weight * p.predicted_ms / slowest);
    }
    return best_mix(use, gain);
  }

  /// Parts share nodes: their weights together, and the largest buffers of all that are at work.
  std::optional<std::uint16_t> overfull_in_mix(const std::vector<double>& rate) const {
    auto all = empty_plan("mix");
    for (std::size_t c = 0; c < candidates_.size(); ++c) {
      if (rate[c] <= 0) continue;
      const auto& p = candidates_[c];
      all.pieces.insert(all.pieces.end(), p.pieces.begin(), p.pieces.end());
      for (std::size_t n = 0; n < p.nodes.size(); ++n)
        all.verdicts[n].buffer_bytes += p.verdicts[n].buffer_bytes;
    }
    find_weights(graph_, all);
    const auto full = overfull(shelf_, all);
    return full.empty() ? std::nullopt : std::optional{full.front()};
  }

  void drop_least(std::uint16_t node, const std::vector<double>& rate) {
    auto least = candidates_.size();
    for (std::size_t c = 0; c < candidates_.size(); ++c) {
      const auto& v = candidates_[c].verdicts[node];
      if (rate[c] <= 0 || v.weight_bytes + v.buffer_bytes == 0) continue;
      if (least == candidates_.size() || rate[c] < rate[least]) least = c;
    }
    candidates_.erase(candidates_.begin() + static_cast<std::ptrdiff_t>(least));
  }

  stream_plan mix() {
    auto rate = rates();
    const auto sum = std::accumulate(rate.begin(), rate.end(), 0.0);
    for (auto& r : rate)
      if (r < sum * defaults::stream_least_share) r = 0;
    if (const auto full = overfull_in_mix(rate)) {
      drop_least(*full, rate);
      return mix();
    }
    stream_plan out;
    for (std::size_t c = 0; c < candidates_.size(); ++c) {
      if (rate[c] <= 0) continue;
      out.parts.push_back({candidates_[c], rate[c] * 1e3});
      out.per_second += rate[c] * 1e3;
      out.latency_ms = std::max(out.latency_ms, candidates_[c].predicted_ms);
    }
    std::stable_sort(out.parts.begin(), out.parts.end(),
                     [](const auto& a, const auto& b) { return a.per_second > b.per_second; });
    out.one_node_per_second = 1e3 / cost_.model_ms(host_);
    out.most_per_second = 1e3 / work_bound_ms(cost_);
    return out;
  }

  const graph& graph_;
  const shelf& shelf_;
  const stream_request& request_;
  const cost_model cost_;
  std::uint16_t host_;
  std::vector<std::uint16_t> order_;  // fastest first
  std::vector<plan> candidates_;
  double quickest_ms_ = 0;  // of all that fit
};

}  // namespace

stream_plan make_stream_plan(const graph& g, const shelf& s, const stream_request& request) {
  if (request.latency_limit_ms && !(*request.latency_limit_ms > 0))
    throw user_error("The latency limit must be more than 0 ms.");
  return stream_search{g, s, request}.run();
}

}  // namespace bramble
