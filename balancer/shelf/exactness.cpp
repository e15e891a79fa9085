#include "balancer/shelf/exactness.hpp"

#include <algorithm>

namespace bramble {
namespace {

bool has_the_hosts_bits(const graph& g, const shelf& s, const plan& p, const piece& part) {
  const auto table_of = [&](std::uint16_t n) -> const op_table& {
    return s.nodes[s.index_of(p.nodes[n])].table;
  };
  const bool whole = part.out == extent(g.values[g.ops[part.op].outputs[0]]);
  if (whole && part.node == p.host) return true;
  const auto there = bits_of(table_of(part.node), part.op);
  if (!whole && !there.parts) return false;
  return part.node == p.host ||
         (there.whole != 0 && there.whole == bits_of(table_of(p.host), part.op).whole);
}

std::string sentence(const graph& g, const std::vector<op_id>& ops) {
  auto text = "within 1e-5 of one node's answer: " + std::to_string(ops.size()) +
              (ops.size() == 1 ? " op" : " ops") + " of " + std::to_string(g.ops.size()) +
              " may be added up in another order (";
  constexpr std::size_t named = 3;
  for (std::size_t i = 0; i < std::min(named, ops.size()); ++i)
    text += (i > 0 ? ", " : "") + std::to_string(ops[i]) + " " + g.ops[ops[i]].name;
  return text + (ops.size() > named ? ", ...)" : ")");
}

}  // namespace

exactness exactness_of(const graph& g, const shelf& s, const plan& p) {
  exactness found;
  for (const auto& part : p.pieces)
    if ((found.ops.empty() || found.ops.back() != part.op) && !has_the_hosts_bits(g, s, p, part))
      found.ops.push_back(part.op);
  const bool divided = std::any_of(p.pieces.begin(), p.pieces.end(),
                                   [&](const piece& part) { return part.node != p.host; });
  if (divided && p.wire != wire_type::fp32) {
    found.kind = exactness::kind_t::lossy_wire;
    found.text = "close to one node's answer: tensors are rounded for the wire";
  } else if (found.ops.empty()) {
    found.kind = exactness::kind_t::promised;
    found.text = "bit for bit one node's answer";
  } else if (std::any_of(s.nodes.begin(), s.nodes.end(),
                         [](const shelf_node& n) { return n.table.bits.empty(); })) {
    found.text =
        "within 1e-5 of one node's answer; whether bit for bit is not known without a "
        "calibration of every node";
  } else {
    found.text = sentence(g, found.ops);
  }
  return found;
}

exact_problem only_exact(const graph& g, const shelf& s) {
  exact_problem out{g, {s.host, {}, {}}, {}};
  const auto& host = s.nodes[s.index_of(s.host)];
  for (const auto& node : s.nodes) {
    std::vector<op_id> other;
    for (op_id op = 0; op < g.ops.size(); ++op) {
      const auto bits = bits_of(node.table, op).whole;
      if (node.name != s.host && (bits == 0 || bits != bits_of(host.table, op).whole))
        other.push_back(op);
    }
    if (other.empty())
      out.devices.nodes.push_back(node);
    else
      out.left_out[node.name] = "Its bits of " + std::to_string(other.size()) +
                                (other.size() == 1 ? " op (" : " ops (") + g.ops[other[0]].name +
                                (other.size() == 1 ? "" : ", ...") +
                                ") are not known to be those of " + s.host + "'s.";
  }
  for (const auto& link : s.links)
    if (out.devices.has(link.a) && out.devices.has(link.b)) out.devices.links.push_back(link);
  for (op_id op = 0; op < g.ops.size(); ++op)
    for (const auto& node : out.devices.nodes)
      if (!bits_of(node.table, op).parts) out.model.ops[op].kind = op_kind::atom;
  return out;
}

}  // namespace bramble
