#include "balancer/search/pipeline.hpp"

#include <algorithm>
#include <limits>

#include "balancer/simulate/memory.hpp"
#include "model/graph/structure.hpp"
#include "model/graph/weight_parts.hpp"

namespace bramble {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();

/// Dynamic programming over cut vertices: best[k][s] is the longest part when the first k nodes do
/// the first s stretches.
class pipeline_division {
 public:
  pipeline_division(const cost_model& cost, const std::vector<std::uint16_t>& order)
      : cost_{cost}, order_{order}, stretches_{stretches_of(cost.model())} {
    const auto& g = cost.model();
    weights_.assign(1, 0);
    ms_.assign(order.size(), {0});
    for (const auto& s : stretches_) {
      std::uint64_t bytes = 0;
      for (auto op = s.first; op < s.last; ++op)
        for (const auto& part : weight_parts(g, g.ops[op], extent(g.values[g.ops[op].outputs[0]])))
          bytes += part.bytes;
      weights_.push_back(weights_.back() + bytes);
      for (std::size_t k = 0; k < order.size(); ++k) {
        auto sum = ms_[k].back();
        for (auto op = s.first; op < s.last; ++op) sum += cost.whole_ms(order[k], op);
        ms_[k].push_back(sum);
      }
    }
  }

  std::optional<std::vector<piece>> run() {
    const auto count = stretches_.size();
    std::vector<double> best(count + 1, never);
    best[0] = 0;
    std::vector<std::vector<std::size_t>> from(order_.size());
    for (std::size_t k = 0; k < order_.size(); ++k) {
      std::vector<double> next(count + 1, never);
      from[k].assign(count + 1, 0);
      for (std::size_t end = 0; end <= count; ++end) {
        for (std::size_t begin = 0; begin <= end; ++begin) {
          const auto longest = std::max(best[begin], part_ms(k, begin, end));
          if (longest >= next[end]) continue;
          next[end] = longest;
          from[k][end] = begin;
        }
      }
      best = std::move(next);
    }
    if (best[count] == never) return std::nullopt;
    return pieces(from);
  }

 private:
  double part_ms(std::size_t k, std::size_t begin, std::size_t end) const {
    if (begin == end) return 0;
    const auto room = memory_for_models(cost_.devices().nodes[order_[k]]);
    if (room && weights_[end] - weights_[begin] > *room) return never;
    return ms_[k][end] - ms_[k][begin];
  }

  std::vector<piece> pieces(const std::vector<std::vector<std::size_t>>& from) const {
    const auto& g = cost_.model();
    std::vector<std::uint16_t> node(g.ops.size(), 0);
    auto end = stretches_.size();
    for (auto k = order_.size(); k-- > 0;) {
      const auto begin = from[k][end];
      for (auto s = begin; s < end; ++s)
        for (auto op = stretches_[s].first; op < stretches_[s].last; ++op) node[op] = order_[k];
      end = begin;
    }
    std::vector<piece> out;
    for (op_id op = 0; op < g.ops.size(); ++op)
      out.push_back({op, node[op], extent(g.values[g.ops[op].outputs[0]])});
    return out;
  }

  const cost_model& cost_;
  const std::vector<std::uint16_t>& order_;
  std::vector<stretch> stretches_;
  std::vector<std::uint64_t> weights_;   // before stretch s
  std::vector<std::vector<double>> ms_;  // by place in the order: before stretch s
};

}  // namespace

std::optional<std::vector<piece>> pipeline_pieces(const cost_model& cost,
                                                  const std::vector<std::uint16_t>& order) {
  return pipeline_division{cost, order}.run();
}

}  // namespace bramble
