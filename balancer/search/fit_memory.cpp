#include "balancer/search/fit_memory.hpp"

#include <algorithm>

#include "balancer/search/predict.hpp"
#include "balancer/simulate/memory.hpp"
#include "model/graph/weight_parts.hpp"
#include "model/plan/schedule.hpp"

namespace bramble {
namespace {

class relief {
 public:
  relief(const cost_model& cost, plan p)
      : cost_{cost}, graph_{cost.model()}, plan_{std::move(p)}, table_{table_of(plan_, graph_)} {
    full_ = overfull(cost.devices(), plan_);
  }

  std::optional<plan> run() {
    for (auto node : full_)
      if (!fit_memory(node)) return std::nullopt;
    plan_.pieces.clear();
    for (const auto& pieces : table_)
      plan_.pieces.insert(plan_.pieces.end(), pieces.begin(), pieces.end());
    validate(plan_, graph_);
    for (auto& v : plan_.verdicts) v.in = false;
    predict(cost_, plan_);
    if (!overfull(cost_.devices(), plan_).empty()) return std::nullopt;
    return std::move(plan_);
  }

 private:
  struct burden {
    op_id op = 0;
    std::uint64_t bytes = 0;
    double bytes_per_ms = 0;
  };

  bool is_full(std::uint16_t node) const {
    return std::binary_search(full_.begin(), full_.end(), node);
  }

  std::vector<burden> burdens(std::uint16_t node) const {
    std::vector<burden> out;
    for (op_id op = 0; op < table_.size(); ++op) {
      std::uint64_t bytes = 0;
      double ms = 0;
      for (const auto& each : table_[op]) {
        if (each.node != node) continue;
        ms += cost_.piece_ms(node, op, each.out);
        std::uint64_t needs = 0;
        for (const auto& part : weight_parts(graph_, graph_.ops[op], each.out)) needs += part.bytes;
        bytes = std::max(bytes, needs);  // strips of one op share them
      }
      if (bytes > 0 && ms > 0) out.push_back({op, bytes, static_cast<double>(bytes) / ms});
    }
    std::stable_sort(out.begin(), out.end(), [](const burden& a, const burden& b) {
      return a.bytes_per_ms > b.bytes_per_ms;
    });
    return out;
  }

  bool fit_memory(std::uint16_t node) {
    const auto room = *memory_for_models(cost_.devices().nodes[node]);
    const auto& v = plan_.verdicts[node];
    auto weights = v.weight_bytes;
    for (const auto& each : burdens(node)) {
      if (weights + v.buffer_bytes <= room) return true;
      if (give_away(each.op, node)) weights -= std::min(weights, each.bytes);
    }
    return weights + v.buffer_bytes <= room;
  }

  /// All the node's pieces of the op, or none.
  bool give_away(op_id op, std::uint16_t node) {
    auto pieces = table_[op];
    for (auto mine = find_of(pieces, node); mine != pieces.end(); mine = find_of(pieces, node)) {
      const auto taker = neighbour_of(pieces, *mine);
      if (taker == pieces.end()) return false;
      taker->out = hull(taker->out, mine->out);
      pieces.erase(mine);
    }
    table_[op] = std::move(pieces);
    return true;
  }

  static std::vector<piece>::iterator find_of(std::vector<piece>& pieces, std::uint16_t node) {
    return std::find_if(pieces.begin(), pieces.end(),
                        [&](const piece& part) { return part.node == node; });
  }

  /// Someone with room whose piece and this one are a box together.
  std::vector<piece>::iterator neighbour_of(std::vector<piece>& pieces, const piece& mine) const {
    return std::find_if(pieces.begin(), pieces.end(), [&](const piece& other) {
      if (is_full(other.node)) return false;
      const auto both = hull(other.out, mine.out);
      if (both.elements() !=
          other.out.elements() + mine.out.elements() - intersect(other.out, mine.out).elements())
        return false;
      return std::none_of(pieces.begin(), pieces.end(), [&](const piece& third) {
        return &third != &other && third.node == other.node && !intersect(third.out, both).empty();
      });
    });
  }

  const cost_model& cost_;
  const graph& graph_;
  plan plan_;
  piece_table table_;
  std::vector<std::uint16_t> full_;
};

}  // namespace

std::optional<plan> fit_memory(const cost_model& cost, plan p) {
  return relief{cost, std::move(p)}.run();
}

}  // namespace bramble
