#include "balancer/shelf/agreement.hpp"

#include <algorithm>
#include <tuple>

namespace bramble {
namespace {

using kernel = std::pair<backend, std::string>;

/// How much speaks for a kernel, compared in this order.
struct standing {
  bool parts = false;
  bool bits_of_host = false;
  bool is_hosts = false;
  std::size_t count = 0;

  auto rank() const { return std::tie(parts, bits_of_host, is_hosts, count); }
};

kernel kernel_of(const op_table& table, op_id op) {
  return {table.backends[op], code_of(table, op)};
}

/// Of one op on nodes of one kind.
kernel best_kernel(const std::vector<const measured_node*>& kind, const measured_node* host,
                   op_id op) {
  std::map<kernel, standing> known;
  for (const auto* node : kind) {
    auto& mine = known[kernel_of(*node->table, op)];
    const auto bits = bits_of(*node->table, op);
    ++mine.count;
    mine.parts = mine.parts || bits.parts;
    mine.is_hosts = mine.is_hosts || node == host;
    mine.bits_of_host = mine.bits_of_host || (host != nullptr && bits.whole != 0 &&
                                              bits.whole == bits_of(*host->table, op).whole);
  }
  const auto best = std::max_element(known.begin(), known.end(), [](const auto& a, const auto& b) {
    return a.second.rank() < b.second.rank();
  });
  return best->first;
}

}  // namespace

std::map<std::string, std::vector<kernel_wish>> kernels_to_agree_on(
    const std::string& host, const std::vector<measured_node>& nodes) {
  std::map<std::string, std::vector<const measured_node*>> kinds;
  const measured_node* hosts = nullptr;
  std::size_t ops = 0;
  for (const auto& node : nodes) {
    if (node.processor.empty() || node.table->backends.empty()) continue;
    if (ops == 0) ops = node.table->backends.size();
    if (node.table->backends.size() != ops) continue;  // of another model: whoever says so
    kinds[node.processor].push_back(&node);
    if (node.name == host) hosts = &node;
  }
  std::map<std::string, std::vector<kernel_wish>> out;
  for (const auto& [processor, kind] : kinds) {
    for (op_id op = 0; op < ops; ++op) {
      const auto best = best_kernel(kind, hosts, op);
      for (const auto* node : kind)
        if (kernel_of(*node->table, op) != best)
          out[node->name].push_back({op, best.first, best.second});
    }
  }
  return out;
}

}  // namespace bramble
