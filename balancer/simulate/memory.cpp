#include "balancer/simulate/memory.hpp"

#include <algorithm>
#include <set>

#include "config/defaults.hpp"
#include "config/format.hpp"
#include "model/graph/weight_parts.hpp"

namespace bramble {
namespace {

constexpr std::uint64_t megabyte = 1'000'000;

/// First and last step by holding: from the order in which the node runs its list.
std::uint64_t peak_of(const graph& g, const node_program& node, bool is_host) {
  const auto steps = node.steps.size();
  struct life {
    std::size_t first = 0, last = 0;
    bool seen = false;
  };
  std::vector<life> lives(node.holdings.size());
  auto touch = [&](value_id value, std::size_t first, std::size_t last) {
    const auto at = std::lower_bound(node.holdings.begin(), node.holdings.end(), value,
                                     [](const holding& h, value_id id) { return h.value < id; });
    if (at == node.holdings.end() || at->value != value) return;
    auto& l = lives[static_cast<std::size_t>(at - node.holdings.begin())];
    l.first = l.seen ? std::min(l.first, first) : first;
    l.last = std::max(l.last, last);
    l.seen = true;
  };
  for (std::size_t s = 0; s < steps; ++s) {
    const auto& o = g.ops[node.steps[s].op];
    for (auto input : o.inputs) touch(input, s > 0 ? s - 1 : 0, s);
    for (auto output : o.outputs) touch(output, s, s);
  }
  if (is_host) {
    for (auto input : g.inputs) touch(input, 0, 0);
    for (auto output : g.outputs) touch(output, steps, steps);
  }
  std::vector<std::int64_t> change(steps + 2, 0);
  for (std::size_t h = 0; h < lives.size(); ++h) {
    if (!lives[h].seen) continue;
    const auto& held = node.holdings[h];
    const auto bytes = static_cast<std::int64_t>(bytes_of(g.values[held.value], held.part));
    change[lives[h].first] += bytes;
    change[lives[h].last + 1] -= bytes;
  }
  std::int64_t now = 0, most = 0;
  for (auto c : change) most = std::max(most, now += c);
  return static_cast<std::uint64_t>(most);
}

}  // namespace

void find_weights(const graph& g, plan& p) {
  std::vector<std::set<weight_part>> kept(p.nodes.size());
  for (auto& v : p.verdicts) v.weight_bytes = 0;
  for (const auto& each : p.pieces)
    for (const auto& part : weight_parts(g, g.ops[each.op], each.out))
      if (kept[each.node].insert(part).second) p.verdicts[each.node].weight_bytes += part.bytes;
}

void find_memory(const graph& g, const program& prog, plan& p) {
  find_weights(g, p);
  for (std::size_t n = 0; n < p.nodes.size(); ++n)
    p.verdicts[n].buffer_bytes = peak_of(g, prog.nodes[n], n == p.host);
}

std::optional<std::uint64_t> memory_for_models(const shelf_node& node) {
  if (node.memory_mb == 0) return std::nullopt;
  return node.memory_mb > defaults::system_memory_mb
             ? (node.memory_mb - defaults::system_memory_mb) * megabyte
             : 0;
}

std::uint64_t memory_mb_for(std::uint64_t bytes) {
  return (bytes + megabyte - 1) / megabyte + defaults::system_memory_mb;
}

std::vector<std::uint16_t> overfull(const shelf& s, const plan& p) {
  std::vector<std::uint16_t> out;
  for (std::size_t n = 0; n < p.nodes.size(); ++n) {
    const auto& v = p.verdicts[n];
    if (const auto room = memory_for_models(s.nodes[n]);
        room && v.weight_bytes + v.buffer_bytes > *room)
      out.push_back(static_cast<std::uint16_t>(n));
  }
  return out;
}

std::string lack_of_memory(const shelf_node& node, const node_verdict& need) {
  return node.name + " lacks memory: " + format_bytes(need.weight_bytes) + " of weights and " +
         format_bytes(need.buffer_bytes) + " of buffers, and " +
         format_bytes(memory_for_models(node).value_or(0)) + " are free for them";
}

memory_limit::memory_limit(const cost_model& cost, std::uint16_t host)
    : graph_{cost.model()}, host_{host} {
  auto most = all_weight_bytes(graph_);
  for (const auto& value : graph_.values) most += bytes_of(value, extent(value));
  for (const auto& node : cost.devices().nodes) {
    rooms_.push_back(memory_for_models(node));
    binds_ = binds_ || (rooms_.back() && *rooms_.back() < most);
  }
}

std::vector<std::uint64_t> memory_limit::weights_of(const piece_table& pieces) const {
  std::vector<std::uint64_t> bytes(rooms_.size(), 0);
  std::vector<std::vector<weight_part>> kept(rooms_.size());
  for (const auto& op : pieces)
    for (const auto& each : op)
      for (const auto& part : weight_parts(graph_, graph_.ops[each.op], each.out))
        kept[each.node].push_back(part);
  for (std::size_t n = 0; n < kept.size(); ++n) {
    auto& parts = kept[n];
    std::sort(parts.begin(), parts.end());
    parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
    for (const auto& part : parts) bytes[n] += part.bytes;
  }
  return bytes;
}

std::vector<std::uint64_t> memory_limit::buffers_of(const piece_table& pieces) const {
  plan p;
  p.host = host_;
  p.nodes.resize(rooms_.size());
  for (const auto& op : pieces) p.pieces.insert(p.pieces.end(), op.begin(), op.end());
  const auto prog = derive(graph_, p);
  std::vector<std::uint64_t> bytes;
  for (std::size_t n = 0; n < rooms_.size(); ++n)
    bytes.push_back(peak_of(graph_, prog.nodes[n], n == host_));
  return bytes;
}

bool memory_limit::has_room(const std::vector<std::uint64_t>& bytes) const {
  for (std::size_t n = 0; n < bytes.size(); ++n)
    if (rooms_[n] && bytes[n] > *rooms_[n]) return false;
  return true;
}

bool memory_limit::holds(const piece_table& pieces) const {
  if (!binds_) return true;
  auto bytes = weights_of(pieces);
  if (!has_room(bytes)) return false;  // quicker to find out than buffers
  const auto buffers = buffers_of(pieces);
  for (std::size_t n = 0; n < bytes.size(); ++n) bytes[n] += buffers[n];
  return has_room(bytes);
}

shelf only(const shelf& s, const std::vector<std::uint16_t>& nodes) {
  auto out = s;
  for (std::size_t n = 0; n < out.nodes.size(); ++n) {
    if (std::find(nodes.begin(), nodes.end(), n) != nodes.end()) continue;
    out.nodes[n].table = {};
    out.nodes[n].profile.clear();
    out.nodes[n].gmacs = defaults::useless_gmacs;
  }
  return out;
}

}  // namespace bramble
