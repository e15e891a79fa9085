#include <algorithm>
#include <numeric>

#include "balancer/search/search.hpp"
#include "config/defaults_images.hpp"

namespace bramble {
namespace {

/// The same ops in the same order, on values of the same sizes.
bool are_alike(const graph& g, const branch& a, const branch& b) {
  return std::equal(a.ops.begin(), a.ops.end(), b.ops.begin(), b.ops.end(), [&](op_id x, op_id y) {
    const auto &one = g.ops[x], &other = g.ops[y];
    return one.kind == other.kind && one.weights == other.weights &&
           g.values[one.outputs[0]].shape == g.values[other.outputs[0]].shape;
  });
}

bool reads_inputs(const graph& g, const op& o) {
  return std::any_of(o.inputs.begin(), o.inputs.end(),
                     [&](value_id id) { return g.values[id].producer == no_id; });
}

}  // namespace

/// The branches that are most of the model's work and all alike, as the images of a batch are; none
/// where there are no such.
std::vector<branch> plan_search::images() const {
  const auto all = cost_.model_ms(host_);
  for (const auto& s : stretches_) {
    if (s.last - s.first < 2) continue;
    auto branches = branches_of(graph_, s.first, static_cast<op_id>(s.last - 1));
    if (branches.size() < 2 || branches[0].ops.size() < 2) continue;
    const bool alike = std::all_of(branches.begin(), branches.end(), [&](const branch& b) {
      return are_alike(graph_, branches[0], b);
    });
    if (!alike) continue;
    double work = 0;
    for (const auto& b : branches)
      for (auto op : b.ops) work += cost_.whole_ms(host_, op);
    if (work >= defaults::images_share_least * all) return branches;
  }
  return {};
}

/// Images whole on nodes, in proportion to their weights; those left over in rows, as `rows` has
/// them. With more nodes than images each image is in rows on nodes of its own.
candidate plan_search::images_apart(const candidate& rows, const std::vector<branch>& images,
                                    const std::vector<std::uint16_t>& nodes,
                                    const std::vector<double>& weights) {
  auto out = rows;
  drafting_.begin();
  // What cuts an image out of the batch stays where the batch is.
  const auto place = [&](const branch& image, const auto& put) {
    for (auto op : image.ops)
      if (!reads_inputs(graph_, graph_.ops[op])) put(op);
  };
  if (images.size() < nodes.size()) {
    for (std::size_t i = 0; i < images.size(); ++i) {
      const auto begin = static_cast<std::ptrdiff_t>(i * nodes.size() / images.size());
      const auto end = static_cast<std::ptrdiff_t>((i + 1) * nodes.size() / images.size());
      const std::vector<std::uint16_t> mine{nodes.begin() + begin, nodes.begin() + end};
      const std::vector<double> shares{weights.begin() + begin, weights.begin() + end};
      const auto form = drafting_.add_form(grid_form(mine, shares, mine.size(), map_axis::columns));
      place(images[i], [&](op_id op) {
        if (drafting_.divisible(op))
          drafting_.set_form(out, op, form);
        else
          drafting_.set_whole(out, op, mine.front());
      });
    }
  } else {
    const auto total = std::accumulate(weights.begin(), weights.end(), 0.0);
    std::size_t next = 0;
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      const auto share = static_cast<double>(images.size()) * weights[n] / total;
      // As rounding goes, four quarters of four may be a little less than four.
      for (auto left = static_cast<std::size_t>(share + defaults::images_rounding);
           left > 0 && next < images.size(); --left)
        place(images[next++], [&](op_id op) { drafting_.set_whole(out, op, nodes[n]); });
    }
  }
  drafting_.begin();
  return out;
}

}  // namespace bramble
