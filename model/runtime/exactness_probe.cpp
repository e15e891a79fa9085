#include "model/runtime/exactness_probe.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "config/base/error.hpp"
#include "config/base/hash.hpp"
#include "config/defaults_balancer.hpp"
#include "config/defaults_runtime.hpp"

namespace bramble {
namespace {

std::size_t floats_in(const region& box) {
  return static_cast<std::size_t>(box.elements());
}

/// As a node holds it for a piece: the rows that are needed, of all columns and channels.
std::vector<region> held_for(const graph& g, const op& o, const std::vector<region>& needs) {
  auto boxes = needs;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (boxes[i].empty()) continue;
    const auto whole = extent(g.values[o.inputs[i]]);
    boxes[i].columns = whole.columns;
    boxes[i].channels = whole.channels;
  }
  return boxes;
}

part_bits compare(const tensor_view& part, const tensor_view& whole) {
  part_bits found{true, 0};
  double largest = 0;
  const auto& box = part.box;
  const auto n = box.channels.size();
  for (auto row = box.rows.begin; row < box.rows.end; ++row)
    for (auto column = box.columns.begin; column < box.columns.end; ++column) {
      const auto* a = part.pixel(row, column);
      const auto* b = whole.pixel(row, column) + (box.channels.begin - whole.box.channels.begin);
      for (std::int64_t c = 0; c < n; ++c) largest = std::max<double>(largest, std::abs(b[c]));
      if (std::memcmp(a, b, static_cast<std::size_t>(n) * sizeof(float)) == 0) continue;
      found.same = false;
      for (std::int64_t c = 0; c < n; ++c)
        found.difference = std::max<double>(found.difference, std::abs(a[c] - b[c]));
    }
  if (largest > 0) found.difference /= largest;
  return found;
}

void add_new(std::vector<region>& out, const region& part) {
  if (std::find(out.begin(), out.end(), part) == out.end()) out.push_back(part);
}

/// In the middle of the map, and where `borders` says so at its top and bottom.
void add_strips(std::vector<region>& out, const region& whole, std::int64_t rows, bool borders) {
  const auto all = whole.rows.size();
  if (rows < 1 || rows >= all) return;
  std::vector<std::int64_t> begins{(all - rows) / 2};
  if (borders) begins.insert(begins.end(), {0, all - rows});
  for (const auto begin : begins) {
    auto strip = whole;
    strip.rows = {begin, begin + rows};
    add_new(out, strip);
  }
}

void add_slices(std::vector<region>& out, const region& whole, std::int64_t channels) {
  const auto all = whole.channels.size();
  if (channels < 1 || channels >= all) return;
  for (const auto begin : {std::int64_t{0}, all - channels}) {
    auto slice = whole;
    slice.channels = {begin, begin + channels};
    add_new(out, slice);
  }
}

/// Tiles: some rows of some columns or of some channels, at two opposite corners of the whole.
void add_tiles(std::vector<region>& out, const region& whole) {
  const auto ends = [](const interval& all, std::int64_t size) {
    return std::array<interval, 2>{{{all.begin, all.begin + size}, {all.end - size, all.end}}};
  };
  const auto add = [&](std::int64_t rows, std::int64_t columns, std::int64_t channels) {
    const bool within = rows >= 1 && columns >= 1 && channels >= 1;
    for (std::size_t end = 0; within && end < 2; ++end) {
      const region tile{ends(whole.channels, channels)[end], ends(whole.rows, rows)[end],
                        ends(whole.columns, columns)[end]};
      if (tile != whole) add_new(out, tile);
    }
  };
  const auto rows = whole.rows.size(), columns = whole.columns.size(),
             channels = whole.channels.size();
  const auto grain = std::int64_t{defaults::channel_grain};
  const auto half_of_channels = channels / (2 * grain) * grain;
  add(rows / 2, columns / 2, channels);
  add(rows / 4, columns / 2, channels);
  add(rows / 2, columns / 4, channels);
  add(rows / 2, columns, half_of_channels);
  add(rows / 4, columns, half_of_channels);
  add(rows / 2, columns / 2, half_of_channels);
}

}  // namespace

std::vector<region> parts_to_try(const graph& g, const op& o) {
  std::vector<region> out;
  if (!splittable(g, o)) return out;
  const auto whole = extent(g.values[o.outputs[0]]);
  const auto of = [](std::int64_t all, double share) {
    return std::llround(static_cast<double>(all) * share);
  };
  for (double share : {1. / 2, 1. / 4, 1. / 8})
    add_strips(out, whole, of(whole.rows.size(), share), true);
  for (double share : {7. / 8, 3. / 4, 1. / 3})
    add_strips(out, whole, of(whole.rows.size(), share), false);
  for (std::int64_t rows : {1, 2, 3}) add_strips(out, whole, rows, false);
  constexpr auto grain = defaults::channel_grain;
  for (double share : {1. / 2, 1. / 4, 1. / 8})
    add_slices(out, whole, of(whole.channels.size() / grain, share) * grain);
  add_tiles(out, whole);
  return out;
}

std::vector<region> all_parts(const graph& g, const op& o) {
  std::vector<region> out;
  if (!splittable(g, o)) return out;
  const auto whole = extent(g.values[o.outputs[0]]);
  for (std::int64_t rows = 1; rows < whole.rows.size(); ++rows) add_strips(out, whole, rows, true);
  for (std::int64_t n = defaults::channel_grain; n < whole.channels.size();
       n += defaults::channel_grain)
    add_slices(out, whole, n);
  add_tiles(out, whole);
  return out;
}

int rounds_for(const graph& g, const op& o) {
  if (!splittable(g, o)) return 1;
  const auto elements = std::max<std::int64_t>(1, extent(g.values[o.outputs[0]]).elements());
  const auto rounds = (defaults::exactness_sure_elements + elements - 1) / elements;
  return static_cast<int>(std::min(rounds, defaults::exactness_rounds));
}

exactness_probe::exactness_probe(device_model& device) : device_{device}, g_{device.model()} {}

std::vector<tensor_view> exactness_probe::inputs_for(const std::vector<region>& boxes) const {
  std::vector<tensor_view> views;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const auto whole = extent(g_.values[g_.ops[op_].inputs[i]]);
    const auto view = dense_view(inputs_[i].get(), whole);
    views.push_back(boxes[i].empty() || boxes[i] == whole ? view : part_of(view, boxes[i]));
    if (boxes[i].empty()) views.back() = tensor_view{};
  }
  return views;
}

any_kernel exactness_probe::kernel(const region& out, const std::vector<region>& available) {
  return by_ ? device_.kernel_by(*by_, op_, out, available)
             : device_.kernel_for(op_, out, available);
}

std::uint64_t exactness_probe::make_whole(op_id id, std::optional<kernel_choice> by, int round) {
  const auto& o = g_.ops[id];
  op_ = id;
  by_ = by;
  code_.clear();
  inputs_.clear();
  for (std::size_t i = 0; i < o.inputs.size(); ++i) {
    const auto& value = g_.values[o.inputs[i]];
    const auto size = static_cast<std::size_t>(bytes_of(value, extent(value)));
    inputs_.push_back(device_.pool()->take(size));
    if (value.type != element_type::f32) {
      std::fill_n(inputs_.back().get(), size, std::uint8_t{0});
      continue;
    }
    auto* to = reinterpret_cast<float*>(inputs_.back().get());
    for (std::size_t k = 0; k < size / sizeof(float); ++k)
      to[k] = made_up_number(k + (std::uint64_t{i + 1} << 40U) +
                             (static_cast<std::uint64_t>(round) << 50U));
  }
  const auto& value = g_.values[o.outputs[0]];
  const auto out = extent(value);
  const auto needs = needed_inputs(g_, o, out);
  const auto held = held_for(g_, o, needs);
  const auto hash = [](const buffer& made, std::uint64_t bytes) {
    return std::max<std::uint64_t>(1, sha256_prefix({made.get(), static_cast<std::size_t>(bytes)}));
  };
  auto with = kernel(out, held);
  if (const auto* part = std::get_if<std::shared_ptr<region_kernel>>(&with)) {
    made_ = device_.pool()->take(floats_in(out) * sizeof(float));
    (*part)->run(inputs_for(held), dense_view(made_.get(), out));
    code_ = (*part)->code();
    return hash(made_, bytes_of(value, out));
  }
  try {
    const auto made = std::get<std::shared_ptr<whole_kernel>>(with)->run(inputs_for(held));
    return hash(made.at(0), bytes_of(value, out));
  } catch (const user_error&) {
    return 0;  // says the header: it decides by its data
  }
}

part_bits exactness_probe::make_part(const region& out) {
  const auto& o = g_.ops[op_];
  const auto held = held_for(g_, o, needed_inputs(g_, o, out));
  auto with = kernel(out, held);
  const auto made = device_.pool()->take(floats_in(out) * sizeof(float));
  const auto view = dense_view(made.get(), out);
  std::get<std::shared_ptr<region_kernel>>(with)->run(inputs_for(held), view);
  return compare(view, dense_view(made_.get(), extent(g_.values[o.outputs[0]])));
}

op_bits exactness_probe::bits_of(op_id id, std::optional<kernel_choice> by) {
  op_bits found;
  const auto parts = parts_to_try(g_, g_.ops[id]);
  const auto rounds = rounds_for(g_, g_.ops[id]);
  // The first round last: its hash is what devices compare.
  for (int round = rounds - 1; round >= 0; --round) {
    found.whole = make_whole(id, by, round);
    found.parts =
        found.whole != 0 && std::all_of(parts.begin(), parts.end(),
                                        [&](const auto& part) { return make_part(part).same; });
    if (!found.parts && round > 0) {
      found.whole = make_whole(id, by);
      break;
    }
  }
  return found;
}

}  // namespace bramble
