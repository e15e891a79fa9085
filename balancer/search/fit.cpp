#include "balancer/search/fit.hpp"

#include <algorithm>
#include <numeric>

#include "balancer/search/fit_memory.hpp"
#include "balancer/search/pipeline.hpp"
#include "balancer/search/predict.hpp"
#include "balancer/search/weight_shares.hpp"
#include "balancer/simulate/memory.hpp"
#include "config/defaults.hpp"
#include "config/format.hpp"
#include "model/graph/weight_parts.hpp"

namespace bramble {
namespace {

/// Called with no shelf: there is nothing that has to be made to fit.
const std::function<plan(const shelf&)> no_plan;

class fitting {
 public:
  fitting(const graph& g, const shelf& s, const plan_request& request,
          const std::function<plan(const shelf&)>& make)
      : graph_{g}, shelf_{s}, request_{request}, make_{make}, lack_(s.nodes.size()) {}

  plan run() {
    auto p = make_(shelf_);
    const auto full = overfull(shelf_, p);
    if (full.empty()) return p;
    note(p, full);
    if (request_.method != "bramble" && request_.method != "latency") refuse(memory_for(p));
    const cost_model cost{graph_, shelf_, request_.wire};
    auto best = fit_memory(cost, p);
    if (best) explain_relief(*best, full);
    const auto consider = [&](std::optional<plan> other) {
      if (other && (!best || other->predicted_ms < best->predicted_ms)) best = std::move(other);
    };
    consider(leaving_out(cost, full));
    consider(divided(cost));
    return best ? std::move(*best) : in_parts(cost);
  }

  plan in_parts() { return in_parts({graph_, shelf_, request_.wire}); }

 private:
  void note(const plan& p, const std::vector<std::uint16_t>& full) {
    for (auto n : full) lack_[n] = lack_of_memory(shelf_.nodes[n], p.verdicts[n]);
  }

  /// `megabytes`: with so much in every node it would.
  [[noreturn]] void refuse(std::uint64_t megabytes) const {
    std::string all;
    for (const auto& lack : lack_)
      if (!lack.empty()) all += (all.empty() ? ": " : "; ") + lack;
    throw user_error(printable_name() + " does not fit" + all + ". It fits when each node has " +
                     std::to_string(megabytes) + " MB of memory, " +
                     std::to_string(defaults::system_memory_mb) + " of them for the system.");
  }

  /// For the plan as it is.
  std::uint64_t memory_for(const plan& p) const {
    std::uint64_t most = 0;
    for (auto n : overfull(shelf_, p))
      most = std::max(most, p.verdicts[n].weight_bytes + p.verdicts[n].buffer_bytes);
    return memory_mb_for(most);
  }

  std::string printable_name() const { return graph_.name.empty() ? "The model" : graph_.name; }

  /// The shares that `make` gave as reasons are not those any more.
  static void explain_relief(plan& p, const std::vector<std::uint16_t>& full) {
    std::string relieved_nodes;
    for (auto n : full) relieved_nodes += (relieved_nodes.empty() ? "" : " and ") + p.nodes[n];
    for (std::size_t n = 0; n < p.nodes.size(); ++n) {
      auto& v = p.verdicts[n];
      if (!v.in) continue;
      v.reason =
          std::binary_search(full.begin(), full.end(), n)
              ? p.nodes[n] + " works on the layers whose " + format_bytes(v.weight_bytes) +
                    " of weights it has room for"
              : p.nodes[n] + " works, also on layers that " + relieved_nodes + " has no room for";
    }
  }

  /// Those without room do nothing, as often as it takes; none when nobody is left.
  std::optional<plan> leaving_out(const cost_model& cost, std::vector<std::uint16_t> full) {
    std::vector<std::uint16_t> rest(shelf_.nodes.size());
    std::iota(rest.begin(), rest.end(), 0);
    while (true) {
      const auto before = rest.size();
      std::erase_if(rest, [&](auto n) { return std::binary_search(full.begin(), full.end(), n); });
      if (rest.empty() || rest.size() == before) return std::nullopt;
      auto p = make_(only(shelf_, rest));
      full = overfull(shelf_, p);
      note(p, full);
      if (!full.empty()) continue;
      predict(cost, p);
      for (std::size_t n = 0; n < p.nodes.size(); ++n)
        if (!lack_[n].empty()) p.verdicts[n].reason = lack_[n];
      return p;
    }
  }

  /// Each node keeps slices of the weights, or those of some layers.
  std::optional<plan> divided(const cost_model& cost) {
    auto p = empty_plan(graph_, shelf_, request_);
    plan_search search{cost, p.host};
    auto best = weights_divided(cost, search);
    if (!best) return std::nullopt;
    if (best->nodes.size() > 1)
      search.improve(best->work, best->nodes, best->weights,
                     effort_for(shelf_.nodes.size(), request_.effort));
    for (const auto& pieces : best->work.pieces)
      p.pieces.insert(p.pieces.end(), pieces.begin(), pieces.end());
    validate(p, graph_);
    predict(cost, p);
    if (!overfull(shelf_, p).empty()) return std::nullopt;
    explain_parts(p);
    return p;
  }

  void explain_parts(plan& p) const {
    const auto all = all_weight_bytes(graph_);
    bool fits_nowhere = true;
    for (const auto& node : shelf_.nodes) {
      const auto room = memory_for_models(node);
      fits_nowhere = fits_nowhere && room && *room < all;
    }
    for (std::size_t n = 0; n < p.nodes.size(); ++n) {
      auto& v = p.verdicts[n];
      if (v.in)
        v.reason = p.nodes[n] + " works: keeps " + format_bytes(v.weight_bytes) +
                   " of the weights" +
                   (fits_nowhere ? ", which fit no node as a whole" : ", for which it has room");
      else
        v.reason = lack_[n].empty() ? p.nodes[n] + " left out: the others hold all of the model"
                                    : lack_[n];
    }
  }

  /// Nobody has room for all weights: each node keeps those of a part.
  plan in_parts(const cost_model& cost) {
    std::vector<std::uint16_t> order(shelf_.nodes.size());
    std::iota(order.begin(), order.end(), 0);
    const auto host = shelf_.index_of(shelf_.host);
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
      if ((a == host) != (b == host)) return a == host;
      return cost.model_ms(a) < cost.model_ms(b);
    });
    const auto refuse_all = [&] { refuse(least_memory_mb(graph_, shelf_, request_.wire)); };
    const auto pieces = pipeline_pieces(cost, order);
    if (!pieces) refuse_all();
    auto p = empty_plan(graph_, shelf_, request_);
    p.pieces = *pieces;
    predict(cost, p);
    const auto full = overfull(shelf_, p);
    note(p, full);
    if (!full.empty()) refuse_all();
    explain_parts(p);
    return p;
  }

  const graph& graph_;
  const shelf& shelf_;
  const plan_request& request_;
  const std::function<plan(const shelf&)>& make_;
  std::vector<std::string> lack_;  // by node; empty: it has room, or was not asked
};

}  // namespace

plan empty_plan(const graph& g, const shelf& s, const plan_request& request) {
  plan p;
  p.model = g.name;
  p.method = request.method;
  p.wire = request.wire;
  p.host = static_cast<std::uint16_t>(s.index_of(s.host));
  for (const auto& node : s.nodes) p.nodes.push_back(node.name);
  p.verdicts.resize(s.nodes.size());
  return p;
}

plan fitting_plan(const graph& g, const shelf& s, const plan_request& request,
                  const std::function<plan(const shelf&)>& make) {
  return fitting{g, s, request, make}.run();
}

plan pipeline_plan(const graph& g, const shelf& s, const plan_request& request) {
  return fitting{g, s, request, no_plan}.in_parts();
}

}  // namespace bramble
