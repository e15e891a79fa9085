#include "balancer/search/weight_shares.hpp"

#include <algorithm>
#include <numeric>

#include "balancer/simulate/memory.hpp"
#include "config/defaults.hpp"
#include "model/graph/weight_parts.hpp"

namespace bramble {
namespace {

/// Shares in proportion to `speeds`, but of `weights` bytes none more than there is room for.
std::vector<double> capped(const std::vector<double>& speeds, const std::vector<double>& rooms,
                           double weights) {
  const auto sum = std::accumulate(rooms.begin(), rooms.end(), 0.0);
  if (sum <= weights) return rooms;
  auto shares = speeds;
  std::vector<bool> full(speeds.size(), false);
  for (std::size_t round = 0; round < speeds.size(); ++round) {
    double left = 1, open = 0;
    for (std::size_t i = 0; i < speeds.size(); ++i)
      full[i] ? left -= rooms[i] / weights : open += speeds[i];
    bool again = false;
    for (std::size_t i = 0; i < speeds.size(); ++i) {
      shares[i] = full[i] ? rooms[i] / weights : left * speeds[i] / open;
      if (full[i] || shares[i] * weights <= rooms[i]) continue;
      full[i] = again = true;
    }
    if (!again) break;
  }
  return shares;
}

class division {
 public:
  division(const cost_model& cost, plan_search& search)
      : cost_{cost},
        search_{search},
        host_{static_cast<std::uint16_t>(cost.devices().index_of(cost.devices().host))},
        weights_{static_cast<double>(all_weight_bytes(cost.model()))} {}

  std::optional<device_set> run() {
    std::vector<std::uint16_t> order(cost_.devices().nodes.size());
    std::iota(order.begin(), order.end(), 0);
    std::erase_if(order, [&](auto n) { return search_.memory().room(n) == 0; });
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
      const auto x = cost_.model_ms(a), y = cost_.model_ms(b);
      return x != y ? x < y : a == host_ && b != host_;
    });
    for (auto node : order) consider({{node}, {1}, node, search_.alone(node), 0});
    for (std::size_t k = 2; k <= order.size(); ++k) {
      const auto stride = std::max<std::size_t>(1, order.size() / defaults::tuned_team_size);
      if (k > defaults::tuned_team_size && k % stride != 0 && k != order.size()) continue;
      divide({order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k)});
    }
    return std::move(best_);
  }

 private:
  void consider(device_set t) {
    if (!search_.memory().holds(t.work.pieces)) return;
    t.ms = search_.makespan_ms(t.work);
    if (!best_ || t.ms < best_->ms) best_ = std::move(t);
  }

  /// Ops that cannot be divided run on the host, or where there is most room.
  void divide(std::vector<std::uint16_t> nodes) {
    std::sort(nodes.begin(), nodes.end());
    std::vector<double> speeds;
    speeds.reserve(nodes.size());
    for (auto node : nodes) speeds.push_back(1 / std::max(cost_.model_ms(node), 1e-9));
    const auto rooms = rooms_of(nodes, speeds);
    if (std::accumulate(rooms.begin(), rooms.end(), 0.0) <= 0) return;
    const auto slices = capped(speeds, rooms, weights_);
    const auto roomiest = nodes[static_cast<std::size_t>(
        std::max_element(rooms.begin(), rooms.end()) - rooms.begin())];
    for (auto home : {host_, roomiest}) {
      if (home == host_ && roomiest != host_ && search_.memory().room(host_) == 0) continue;
      if (auto work = search_.lay_out_within(nodes, speeds, slices, home))
        consider({nodes, speeds, home, std::move(*work), 0});
      if (roomiest == host_) break;
    }
  }

  /// What is left for weights, when maps are divided by channels throughout.
  std::vector<double> rooms_of(const std::vector<std::uint16_t>& nodes,
                               const std::vector<double>& speeds) {
    const auto buffers = search_.memory().buffers_of(search_.slices(nodes, speeds, host_).pieces);
    std::vector<double> rooms;
    for (auto node : nodes) {
      const auto room = search_.memory().room(node);
      rooms.push_back(
          room ? std::max(0.0, static_cast<double>(*room) - static_cast<double>(buffers[node]))
               : weights_);
    }
    return rooms;
  }

  const cost_model& cost_;
  plan_search& search_;
  std::uint16_t host_;
  double weights_;
  std::optional<device_set> best_;
};

bool can_divide(const graph& g, const shelf& s, wire_type wire) {
  const cost_model cost{g, s, wire};
  plan_search search{cost, static_cast<std::uint16_t>(s.index_of(s.host))};
  return weights_divided(cost, search).has_value();
}

}  // namespace

std::optional<device_set> weights_divided(const cost_model& cost, plan_search& search) {
  return division{cost, search}.run();
}

shelf with_memory(const shelf& s, std::uint64_t megabytes) {
  auto out = s;
  for (auto& node : out.nodes)
    if (node.memory_mb != 0) node.memory_mb = std::max(node.memory_mb, megabytes);
  return out;
}

std::uint64_t least_memory_mb(const graph& g, const shelf& s, wire_type wire) {
  auto everything = all_weight_bytes(g);
  for (const auto& value : g.values) everything += bytes_of(value, extent(value));
  // With `enough` it is known to fit, with `less` it was seen not to.
  auto less = memory_mb_for(0), enough = memory_mb_for(everything);
  while (less + 1 < enough) {
    const auto between = less + (enough - less) / 2;
    (can_divide(g, with_memory(s, between), wire) ? enough : less) = between;
  }
  return enough;
}

}  // namespace bramble
