#include "model/plan/plan.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "config/base/hash.hpp"
#include "config/defaults.hpp"

namespace bramble {
namespace {

class plan_validator {
 public:
  plan_validator(const plan& p, const graph& g) : plan_{p}, graph_{g} {}

  void run() {
    check_head();
    made_by_.resize(graph_.ops.size());
    for (std::size_t i = 0; i < plan_.pieces.size(); ++i) check_piece(i);
    for (std::size_t op = 0; op < made_by_.size(); ++op) check_cover(static_cast<op_id>(op));
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw user_error("The plan for " + (plan_.model.empty() ? "a model" : plan_.model) +
                     " is broken: " + what + ".");
  }

  void check_head() const {
    if (plan_.nodes.empty()) fail("it names no node");
    if (plan_.nodes.size() > defaults::shelf_nodes_limit) fail("it names too many nodes");
    if (std::set<std::string>(plan_.nodes.begin(), plan_.nodes.end()).size() != plan_.nodes.size())
      fail("it names a node twice");
    if (plan_.host >= plan_.nodes.size()) fail("its host is not among its nodes");
    if (plan_.wire > wire_type::int8) fail("its wire type is unknown");
    if (!plan_.verdicts.empty() && plan_.verdicts.size() != plan_.nodes.size())
      fail("it has not one verdict per node");
    for (double ms : {plan_.predicted_ms, plan_.one_node_ms, plan_.lower_bound_ms, plan_.plan_ms})
      if (!std::isfinite(ms) || ms < 0) fail("one of its times is no time");
    for (const auto& verdict : plan_.verdicts)
      if (!std::isfinite(verdict.busy_ms) || verdict.busy_ms < 0) fail("a busy time is no time");
  }

  void check_piece(std::size_t i) {
    const auto& p = plan_.pieces[i];
    const auto name = "piece " + std::to_string(i);
    if (p.op >= graph_.ops.size()) fail(name + " is of an op that does not exist");
    if (p.node >= plan_.nodes.size()) fail(name + " is for a node that does not exist");
    if (i > 0 &&
        std::pair{p.op, p.node} < std::pair{plan_.pieces[i - 1].op, plan_.pieces[i - 1].node})
      fail(name + " is out of order");
    if (p.out.empty()) fail(name + " is empty");
    const auto& o = graph_.ops[p.op];
    const auto whole = extent(graph_.values[o.outputs[0]]);
    if (!whole.contains(p.out)) fail(name + " is larger than its op");
    if (!splittable(graph_, o) && p.out != whole)
      fail(name + " divides " + o.name + ", which must run whole");
    auto& others = made_by_[p.op];
    if (others.size() == plan_.nodes.size() * defaults::pieces_per_node_limit)
      fail("op " + std::to_string(p.op) + " is in too many pieces");
    for (auto other : others)
      if (plan_.pieces[other].node == p.node && !intersect(plan_.pieces[other].out, p.out).empty())
        fail(name + " makes something a second time on its node");
    others.push_back(i);
  }

  void check_cover(op_id op) const {
    std::vector<region> missing{extent(graph_.values[graph_.ops[op].outputs[0]])};
    for (auto i : made_by_[op]) {
      std::vector<region> rest;
      for (const auto& box : missing) subtract(box, plan_.pieces[i].out, rest);
      missing = std::move(rest);
      if (missing.empty()) return;
    }
    fail("op " + std::to_string(op) + " (" + graph_.ops[op].name + ") is not made completely");
  }

  const plan& plan_;
  const graph& graph_;
  std::vector<std::vector<std::size_t>> made_by_;  // by op: indices into pieces
};

}  // namespace

/// Only what decides who does what goes in: predictions and words may differ between coordinators
/// that measured at different moments, and the executors' work is still the same.
std::uint64_t key_of(const plan& p) {
  byte_vector bytes;
  byte_writer writer{bytes};
  writer(p.identity, p.epoch, p.host, p.nodes, p.pieces, p.wire);
  return sha256_prefix(bytes);
}

std::vector<std::uint16_t> workers(const plan& p) {
  std::vector<bool> works(p.nodes.size());
  for (const auto& each : p.pieces)
    if (each.node < works.size()) works[each.node] = true;
  std::vector<std::uint16_t> out;
  for (std::size_t n = 0; n < works.size(); ++n)
    if (works[n]) out.push_back(static_cast<std::uint16_t>(n));
  return out;
}

std::vector<std::string> names_of_workers(const plan& p) {
  std::vector<std::string> out;
  for (const auto n : workers(p)) out.push_back(p.nodes[n]);
  return out;
}

std::vector<std::uint16_t> participants(const plan& p) {
  auto out = workers(p);
  const auto place = std::lower_bound(out.begin(), out.end(), p.host);
  if (place == out.end() || *place != p.host) out.insert(place, p.host);
  return out;
}

bool works(const plan& p, const std::string& node) {
  const auto all = workers(p);
  return std::any_of(all.begin(), all.end(), [&](auto n) { return p.nodes[n] == node; });
}

bool takes_part(const plan& p, const std::string& node) {
  return works(p, node) || (p.host < p.nodes.size() && p.nodes[p.host] == node);
}

namespace {

/// What the verdict on a node begins with that was not there. That on one that was begins with its
/// name.
constexpr const char* left_out = "left out: ";

}  // namespace

void leave_out(plan& p, const std::string& node, const std::string& why) {
  if (std::find(p.nodes.begin(), p.nodes.end(), node) != p.nodes.end()) return;
  p.nodes.push_back(node);
  p.verdicts.push_back({false, left_out + why, 0, 0});
}

bool was_considered(const plan& p, const std::string& node) {
  const auto found = std::find(p.nodes.begin(), p.nodes.end(), node);
  if (found == p.nodes.end()) return false;
  const auto place = static_cast<std::size_t>(found - p.nodes.begin());
  return place >= p.verdicts.size() || !p.verdicts[place].reason.starts_with(left_out);
}

void validate(const plan& p, const graph& g) {
  plan_validator{p, g}.run();
}

const char* name_of(wire_type wire) {
  switch (wire) {
    case wire_type::fp16:
      return "fp16";
    case wire_type::int8:
      return "int8";
    default:
      return "fp32";
  }
}

}  // namespace bramble
