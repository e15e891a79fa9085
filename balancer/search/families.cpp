#include "balancer/search/families.hpp"

#include <algorithm>
#include <map>

namespace bramble {
namespace {

/// Everything that decides how a stretch behaves, as text.
std::string look_of(const graph& g, const stretch& s) {
  byte_vector bytes;
  byte_writer writer{bytes};
  for (auto op = s.first; op < s.last; ++op) {
    const auto& o = g.ops[op];
    writer(o.kind, o.win, o.groups, g.values[o.outputs[0]].shape, o.call.schema);
    for (auto input : o.inputs) {
      const auto producer = g.values[input].producer;
      const bool inside = producer != no_id && producer >= s.first;
      writer(inside ? producer - s.first : no_id, g.values[input].shape);
    }
  }
  return {bytes.begin(), bytes.end()};
}

}  // namespace

std::vector<family> families_of(const cost_model& cost, std::uint16_t host,
                                const std::vector<stretch>& stretches) {
  const auto& g = cost.model();
  std::vector<family> families;
  std::map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    const auto& [first, last] = stretches[i];
    const auto [at, is_new] = known.emplace(look_of(g, stretches[i]), families.size());
    if (is_new) {
      family f;
      const auto size = last - first;
      f.groups.emplace_back();
      for (op_id offset = 0; offset < size; ++offset) f.groups[0].push_back(offset);
      if (size > 1) {
        const auto branches = branches_of(g, first, static_cast<op_id>(last - 1));
        for (const auto& b : branches) {
          if (branches.size() == 1) break;
          auto& group = f.groups.emplace_back();
          for (auto op : b.ops) group.push_back(op - first);
        }
      }
      f.branch_groups = f.groups.size();
      if (size > 1)
        for (op_id offset = 0; offset < size; ++offset) f.groups.push_back({offset});
      families.push_back(std::move(f));
    }
    auto& f = families[at->second];
    f.members.push_back(i);
    for (auto op = first; op < last; ++op) f.work_ms += cost.whole_ms(host, op);
  }
  return families;
}

search_window window_of(const family& f, const std::vector<stretch>& stretches) {
  // Best judged where the next stretch is of the same family: most are then in that place.
  auto member = f.members.front();
  for (std::size_t i = 0; i + 1 < f.members.size(); ++i)
    if (f.members[i] + 1 == f.members[i + 1]) {
      member = f.members[i];
      break;
    }
  search_window w;
  w.first = stretches[member].first;
  w.starts.push_back(w.first);
  auto next = member + 1;
  if (next < stretches.size()) {
    if (std::find(f.members.begin(), f.members.end(), next) != f.members.end())
      w.starts.push_back(stretches[next].first);
  } else {
    --next;
  }
  w.last = stretches[next].last;
  return w;
}

}  // namespace bramble
