#include "balancer/shelf/profile.hpp"

#include <cmath>
#include <map>

#include "config/defaults.hpp"
#include "config/parse.hpp"

namespace bramble {
namespace {

/// Two ops with the same look take the same time.
std::string kind_in_profile(const graph& g, const op& o, bool with_residual) {
  byte_vector bytes;
  byte_writer writer{bytes};
  writer(o.kind, g.values[o.outputs[0]].shape);
  if (has_window(o) || o.kind == op_kind::transposed_convolution)
    writer(o.win.kernel, o.win.stride, o.win.padding, o.win.dilation, o.groups);
  if (with_residual) writer(o.inputs.size());
  if (!o.inputs.empty()) writer(g.values[o.inputs[0]].shape);
  return {bytes.begin(), bytes.end()};
}

/// The ops of a profile by their look, handed out in order; the last one again and again.
class pool_of_ops {
 public:
  pool_of_ops(const profiled_model& from, bool with_residual) : with_residual_{with_residual} {
    for (op_id op = 0; op < from.model.ops.size(); ++op)
      if (!from.table.ops[op].empty())
        ops_[kind_in_profile(from.model, from.model.ops[op], with_residual)].ops.push_back(op);
  }

  op_id next(const graph& g, const op& o) {
    const auto found = ops_.find(kind_in_profile(g, o, with_residual_));
    if (found == ops_.end()) return no_id;
    auto& [ops, used] = found->second;
    const auto op = ops[std::min(used, ops.size() - 1)];
    ++used;
    return op;
  }

 private:
  struct entry {
    std::vector<op_id> ops;
    std::size_t used = 0;
  };
  bool with_residual_;
  std::map<std::string, entry> ops_;
};

}  // namespace

op_table times_for(const graph& g, const profiled_model& from, const std::string& where) {
  pool_of_ops exact{from, true}, similar{from, false};
  op_table out;
  out.ops.resize(g.ops.size());
  out.slices.resize(g.ops.size());
  double known = 0;
  std::size_t count = 0;
  for (op_id op = 0; op < g.ops.size(); ++op) {
    auto source = exact.next(g, g.ops[op]);
    if (source == no_id) source = similar.next(g, g.ops[op]);
    if (source == no_id) continue;
    out.ops[op] = from.table.ops[source];
    out.slices[op] = slices_of(from.table, source);
    known += macs(g, op);
    ++count;
  }
  const auto all = total_macs(g);
  const auto coverage =
      all > 0 ? known / all : static_cast<double>(count) / static_cast<double>(g.ops.size());
  if (coverage < defaults::profile_coverage_least)
    throw user_error(where + " is of another model: it knows " + std::to_string(count) +
                     " of the " + std::to_string(g.ops.size()) + " ops of " + printable(g.name) +
                     ", " + std::to_string(std::lround(coverage * 100)) + " % of the work.");
  return out;
}

op_table slowed(op_table table, double scale) {
  table.stretch(1 / scale);
  return table;
}

op_table at_rate(op_table table, const graph& g, double gmacs) {
  double work = 0, ms = 0;
  for (op_id op = 0; op < g.ops.size(); ++op) {
    if (table.ops[op].empty()) continue;
    work += macs(g, op);
    ms += table.ops[op].back().ms;
  }
  if (work > 0 && ms > 0) table.stretch(work / (gmacs * 1e6) / ms);
  return table;
}

void load_profiles(shelf& s, const graph& g, const profiled_model* usual) {
  std::map<std::string, op_table> known;
  for (auto& node : s.nodes) {
    if (node.profile.empty()) {
      if (usual != nullptr && !node.has_table())
        node.table = at_rate(times_for(g, *usual, "The profile"), g, node.gmacs);
      continue;
    }
    auto found = known.find(node.profile);
    if (found == known.end())
      found =
          known.emplace(node.profile, times_for(g, read_profile(node.profile), node.profile)).first;
    node.table = node.gmacs > 0 ? at_rate(found->second, g, node.gmacs)
                                : slowed(found->second, node.profile_scale);
  }
}

}  // namespace bramble
