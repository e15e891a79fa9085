#include "balancer/search/candidate.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "config/defaults.hpp"

namespace bramble {
namespace {

interval& along(region& r, map_axis axis) {
  return axis == map_axis::rows ? r.rows : axis == map_axis::columns ? r.columns : r.channels;
}

constexpr std::array all_axes{map_axis::rows, map_axis::columns, map_axis::channels};

}  // namespace

tiling grid_form(const std::vector<std::uint16_t>& nodes, const std::vector<double>& weights,
                 std::size_t groups, map_axis inner) {
  const auto total = std::accumulate(weights.begin(), weights.end(), 0.0);
  const auto rows = static_cast<std::size_t>(map_axis::rows);
  const auto across = static_cast<std::size_t>(inner);
  tiling form;
  double above = 0;
  std::int16_t upper = tiling::edge;
  for (std::size_t group = 0, next = 0; group < groups; ++group) {
    const auto end = (group + 1) * nodes.size() / groups;
    const auto height = std::accumulate(weights.begin() + static_cast<std::ptrdiff_t>(next),
                                        weights.begin() + static_cast<std::ptrdiff_t>(end), 0.0);
    above += height;
    std::int16_t lower = tiling::edge;
    if (group + 1 < groups) {
      lower = static_cast<std::int16_t>(form.lines.size());
      form.lines.push_back({map_axis::rows, above / total});
    }
    double beside = 0;
    std::int16_t left = tiling::edge;
    for (; next < end; ++next) {
      tiling::cell cell;
      cell.node = nodes[next];
      cell.from[rows] = upper;
      cell.to[rows] = lower;
      beside += weights[next];
      if (next + 1 < end) {
        cell.to[across] = static_cast<std::int16_t>(form.lines.size());
        form.lines.push_back({inner, beside / height});
      }
      if (left != tiling::edge) cell.from[across] = left;
      left = cell.to[across];
      form.cells.push_back(cell);
    }
    upper = lower;
  }
  // Tables of pieces ascend by node.
  std::sort(form.cells.begin(), form.cells.end(),
            [](const auto& a, const auto& b) { return a.node < b.node; });
  return form;
}

candidate_editor::candidate_editor(const graph& g) : graph_{g}, readers_(g.ops.size()) {
  for (op_id op = 0; op < g.ops.size(); ++op) {
    const auto& o = g.ops[op];
    extents_.push_back(extent(g.values[o.outputs[0]]));
    divisible_.push_back(splittable(g, o));
    for (auto input : o.inputs) {
      const auto producer = g.values[input].producer;
      if (producer != no_id && (readers_[producer].empty() || readers_[producer].back() != op))
        readers_[producer].push_back(op);
    }
  }
}

std::int16_t candidate_editor::add_form(tiling form) {
  forms_.push_back(std::move(form));
  return static_cast<std::int16_t>(forms_.size() - 1);
}

std::int32_t candidate_editor::size(op_id op, map_axis axis) const {
  auto whole = extents_[op];
  return static_cast<std::int32_t>(along(whole, axis).end);
}

/// Lines across channels keep to whole vectors of the kernels and to groups of convolutions.
std::int32_t candidate_editor::grain(op_id op, map_axis axis) const {
  if (axis != map_axis::channels) return 1;
  const auto channels = size(op, axis);
  const auto& o = graph_.ops[op];
  const bool has_groups =
      o.kind == op_kind::convolution || o.kind == op_kind::transposed_convolution;
  if (has_groups && o.groups > 1) return static_cast<std::int32_t>(channels / o.groups);
  return channels % defaults::channel_grain == 0 ? defaults::channel_grain : 1;
}

region candidate_editor::region_of(op_id op, const op_choice& choice,
                                   const tiling::cell& cell) const {
  auto out = extents_[op];
  for (std::size_t axis = 0; axis < all_axes.size(); ++axis) {
    auto& part = along(out, all_axes[axis]);
    if (cell.from[axis] != tiling::edge)
      part.begin = choice.lines[static_cast<std::size_t>(cell.from[axis])];
    if (cell.to[axis] != tiling::edge)
      part.end = choice.lines[static_cast<std::size_t>(cell.to[axis])];
  }
  return out;
}

bool candidate_editor::in_order(op_id op, const op_choice& choice) const {
  const auto& f = form(choice.form);
  return std::all_of(f.cells.begin(), f.cells.end(), [&](const tiling::cell& cell) {
    const auto r = region_of(op, choice, cell);
    return r.rows.begin <= r.rows.end && r.columns.begin <= r.columns.end &&
           r.channels.begin <= r.channels.end;
  });
}

void candidate_editor::make_pieces(candidate& d, op_id op) {
  const auto& choice = d.choices[op];
  auto& pieces = d.pieces[op];
  pieces.clear();
  if (choice.form == op_choice::whole) {
    pieces.push_back({op, choice.node, extents_[op]});
    return;
  }
  if (choice.grow || choice.border_first) find_uses(d, op);
  for (const auto& cell : form(choice.form).cells) {
    auto out = region_of(op, choice, cell);
    // What is too small to divide, all who read it may make: it need not be sent.
    if (choice.grow) out = grown(cell.node, out.empty() ? region{} : out);
    if (out.empty()) continue;
    pieces.push_back({op, cell.node, out});
  }
  if (choice.border_first) cut_borders(pieces);
}

/// What each piece of its readers reads of the op's first output: asked once, not by every piece.
void candidate_editor::find_uses(const candidate& d, op_id op) {
  uses_.clear();
  const auto value = graph_.ops[op].outputs[0];
  for (auto reader : readers_[op]) {
    const auto& inputs = graph_.ops[reader].inputs;
    for (const auto& next : d.pieces[reader]) {
      needed_inputs(graph_, graph_.ops[reader], next.out, needs_);
      for (std::size_t i = 0; i < inputs.size(); ++i)
        if (inputs[i] == value) uses_.push_back({next.node, needs_[i]});
    }
  }
}

region candidate_editor::grown(std::uint16_t node, region out) const {
  for (const auto& use : uses_)
    if (use.reader == node) out = hull(out, use.part);
  return out;
}

/// Cuts what others read of a piece's first and last rows off the rest, which comes last: it is
/// computed while they fly. As it reads its own borders only, it does not wait for those of others
/// either. A piece of which others read rows in the middle stays whole.
void candidate_editor::cut_borders(std::vector<piece>& pieces) {
  cut_.clear();
  for (const auto& p : pieces) {
    const auto rows = p.out.rows;
    auto inner = rows;
    for (const auto& use : uses_) {
      if (use.reader == p.node) continue;
      const auto read = intersect(use.part, p.out);
      if (read.empty()) continue;
      if (read.rows.begin == rows.begin) inner.begin = std::max(inner.begin, read.rows.end);
      if (read.rows.end == rows.end) inner.end = std::min(inner.end, read.rows.begin);
      if (read.rows.begin != rows.begin && read.rows.end != rows.end) inner = {rows.end, rows.end};
    }
    const bool has_inner = inner.begin < inner.end;
    for (const auto part :
         {interval{rows.begin, inner.begin}, interval{inner.end, rows.end}, inner})
      if (has_inner && part.begin < part.end) {
        cut_.push_back(p);
        cut_.back().out.rows = part;
      }
    if (!has_inner) cut_.push_back(p);
  }
  pieces.assign(cut_.begin(), cut_.end());
}

candidate candidate_editor::divided(std::int16_t form_id, std::uint16_t home) {
  candidate d;
  d.choices.resize(graph_.ops.size());
  d.pieces.resize(graph_.ops.size());
  for (op_id op = 0; op < graph_.ops.size(); ++op) {
    d.choices[op].node = home;
    if (divisible_[op])
      set_form(d, op, form_id);
    else
      make_pieces(d, op);
  }
  begin();
  return d;
}

/// In memory of earlier changes: thousands of candidates are tried.
void candidate_editor::save(const candidate& d, op_id op) {
  if (saved_count_ == saved_.size()) saved_.emplace_back();
  auto& s = saved_[saved_count_++];
  s.op = op;
  s.choice = d.choices[op];
  s.pieces = d.pieces[op];
}

void candidate_editor::undo(candidate& d) {
  while (saved_count_ > 0) {
    auto& s = saved_[--saved_count_];
    std::swap(d.choices[s.op], s.choice);
    std::swap(d.pieces[s.op], s.pieces);
  }
}

/// Makes the op's pieces anew, and those of ops before it that depend on them: each once, after all
/// its readers, however many ways lead to it.
void candidate_editor::rebuild(candidate& d, op_id op) {
  due_.assign(1, op);
  while (!due_.empty()) {
    const auto next = due_.front();
    std::pop_heap(due_.begin(), due_.end());
    due_.pop_back();
    make_pieces(d, next);
    for (auto input : graph_.ops[next].inputs) {
      const auto producer = graph_.values[input].producer;
      if (producer == no_id) continue;
      const auto& before = d.choices[producer];
      if (!before.grow && !before.border_first) continue;
      if (std::find(due_.begin(), due_.end(), producer) != due_.end()) continue;
      due_.push_back(producer);
      std::push_heap(due_.begin(), due_.end());
      save(d, producer);
    }
  }
}

void candidate_editor::set_whole(candidate& d, op_id op, std::uint16_t node) {
  save(d, op);
  d.choices[op] = {op_choice::whole, node, {}};
  rebuild(d, op);
}

void candidate_editor::set_form(candidate& d, op_id op, std::int16_t form_id) {
  if (!divisible_[op]) return;
  save(d, op);
  auto& choice = d.choices[op];
  choice.form = form_id;
  choice.grow = false;
  choice.border_first = false;
  choice.lines.clear();
  for (const auto& line : form(form_id).lines) {
    const auto step = grain(op, line.axis);
    const auto steps = std::lround(line.at * size(op, line.axis) / step);
    choice.lines.push_back(static_cast<std::int32_t>(steps) * step);
  }
  rebuild(d, op);
}

bool candidate_editor::move_line(candidate& d, op_id op, std::size_t line, std::int32_t steps) {
  auto& choice = d.choices[op];
  if (choice.form == op_choice::whole || line >= choice.lines.size()) return false;
  const auto axis = form(choice.form).lines[line].axis;
  const auto before = choice.lines[line];
  const auto to = before + steps * grain(op, axis);
  if (to < 0 || to > size(op, axis)) return false;
  choice.lines[line] = to;
  const bool right = in_order(op, choice);
  choice.lines[line] = before;
  if (!right) return false;
  save(d, op);
  choice.lines[line] = to;
  rebuild(d, op);
  return true;
}

void candidate_editor::set_grow(candidate& d, op_id op, bool grow) {
  if (d.choices[op].form == op_choice::whole) return;
  save(d, op);
  d.choices[op].grow = grow;
  rebuild(d, op);
}

void candidate_editor::set_border_first(candidate& d, op_id op, bool border_first) {
  if (d.choices[op].form == op_choice::whole) return;
  save(d, op);
  d.choices[op].border_first = border_first;
  rebuild(d, op);
}

void candidate_editor::copy_choice(candidate& d, op_id op, const op_choice& choice) {
  save(d, op);
  d.choices[op] = choice;
  rebuild(d, op);
}

}  // namespace bramble
