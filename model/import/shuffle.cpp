#include "model/import/shuffle.hpp"

#include <algorithm>

#include "config/defaults_import.hpp"

namespace bramble {
namespace {

using of_t = axis_part::of_t;
using parts_t = std::vector<axis_part>;

std::int64_t size_of(const parts_t& parts) {
  std::int64_t size = 1;
  for (const auto& part : parts) size *= part.size;
  return size;
}

/// The parts of this axis of the map among those of an axis of the tensor.
parts_t parts_of(const parts_t& parts, of_t of) {
  parts_t out;
  std::copy_if(parts.begin(), parts.end(), std::back_inserter(out),
               [&](const axis_part& part) { return part.of == of; });
  return out;
}

/// Where the elements of these parts lie along their axis of the map, the last part's first.
std::vector<std::int64_t> places_of(const parts_t& parts) {
  std::vector<std::int64_t> places{0};
  for (const auto& part : parts) {
    std::vector<std::int64_t> finer;
    finer.reserve(places.size() * static_cast<std::size_t>(part.size));
    for (const auto place : places)
      for (std::int64_t i = 0; i < part.size; ++i) finer.push_back(place + i * part.stride);
    places = std::move(finer);
  }
  return places;
}

/// Which of all combinations of `chosen` each element of `parts` belongs to, where those are some
/// of its parts; parts of another axis count for nothing.
std::vector<std::int64_t> numbers_of(parts_t parts, const parts_t& chosen) {
  auto stride = size_of(chosen);
  std::vector<axis_part> numbered;
  for (const auto& part : chosen) {
    stride /= part.size;
    numbered.push_back({part.of, stride, part.size});
  }
  for (auto& part : parts) {
    const auto found = std::find(chosen.begin(), chosen.end(), part);
    part.stride = found == chosen.end()
                      ? 0
                      : numbered[static_cast<std::size_t>(found - chosen.begin())].stride;
  }
  return places_of(parts);
}

/// One map after the other, until its axes are the tensor's.
class shuffle {
 public:
  shuffle(graph_builder& builder, value_id map, const arrangement& how)
      : builder_{builder}, map_{map}, channels_{how.axes[1]}, lines_{how.axes[2], how.axes[3]} {}

  /// Whether it is one: pixels become channels or channels pixels, rows stay rows.
  bool can() const {
    if (!parts_of(lines_[0], of_t::columns).empty() || !parts_of(lines_[1], of_t::rows).empty())
      return false;
    bool any = false;
    for (std::size_t axis : {0, 1}) {
      const auto of = axis == 0 ? of_t::rows : of_t::columns;
      const auto out = parts_of(channels_, of), in = parts_of(lines_[axis], of_t::channels);
      if (out.empty() && in.empty()) continue;
      any = true;
      // Heads of attention are no pixels: some of an axis stays where it is.
      if (parts_of(lines_[axis], of).empty() || size_of(out) > defaults::import_shuffle_most ||
          size_of(in) > defaults::import_shuffle_most)
        return false;
    }
    return any;
  }

  value_id make() {
    // What becomes channels last stands first among them.
    const bool rows_first = channels_.empty() || channels_.front().of != of_t::rows;
    for (const auto columns : {!rows_first, rows_first}) take_lines(columns);
    return selected(builder_, map_, places_of(channels_));
  }

 private:
  /// Puts rows (or columns) where they belong: channels become some of them, and some channels.
  void take_lines(bool columns) {
    const auto of = columns ? of_t::columns : of_t::rows;
    auto& lines = lines_[columns ? 1 : 0];
    const auto leaving = parts_of(channels_, of), coming = parts_of(lines, of_t::channels);
    if (leaving.empty() && coming.empty()) return;
    const auto staying = staying_channels(coming);
    std::vector<value_id> sources;
    const auto own = places_of(staying);
    for (const auto first : places_of(coming)) {
      auto channels = own;
      for (auto& c : channels) c += first;
      sources.push_back(selected(builder_, map_, std::move(channels)));
    }
    const auto numbers = numbers_of(lines, coming);
    auto places = lines;
    for (auto& part : places)
      if (part.of != of) part.stride = 0;
    std::vector<value_id> groups;
    for (const auto first : places_of(leaving))
      groups.push_back(taken(sources, numbers, places_of(places), first, columns));
    map_ = joined(groups);
    renumber(staying, leaving);
    lines.clear();
    const auto size = builder_.shape(map_)[columns ? 3 : 2];
    if (size > 1) lines.push_back({of, 1, size});
  }

  /// Those of the map that stay channels in this step; first what later becomes pixels, so that it
  /// is chosen in runs, the rest as it lies.
  parts_t staying_channels(const parts_t& coming) const {
    parts_t out, rest = parts_of(channels_, of_t::channels);
    for (const auto& axis : lines_)
      for (const auto& part : parts_of(axis, of_t::channels))
        if (std::find(coming.begin(), coming.end(), part) == coming.end()) out.push_back(part);
    std::sort(rest.begin(), rest.end(),
              [](const auto& a, const auto& b) { return a.stride > b.stride; });
    out.insert(out.end(), rest.begin(), rest.end());
    return out;
  }

  value_id taken(const std::vector<value_id>& sources, const std::vector<std::int64_t>& numbers,
                 const std::vector<std::int64_t>& places, std::int64_t first, bool columns) {
    op o;
    o.kind = op_kind::take;
    o.taken.columns = columns;
    auto& runs = o.taken.runs;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto place = first + places[i];
      const auto source = static_cast<std::uint32_t>(numbers[i]);
      if (!runs.empty() && runs.back().source == source &&
          runs.back().first + runs.back().count == place)
        ++runs.back().count;
      else
        runs.push_back({source, place, 1});
    }
    auto shape = builder_.shape(sources[0]);
    auto& size = shape[columns ? 3 : 2];
    if (runs.size() == 1 && runs[0].count == size) return sources[0];
    size = static_cast<std::int64_t>(places.size());
    o.name = builder_.next_name("shuffle");
    o.inputs = sources;
    return builder_.append(std::move(o), std::move(shape));
  }

  value_id joined(const std::vector<value_id>& groups) {
    if (groups.size() == 1) return groups[0];
    op o;
    o.kind = op_kind::concat;
    o.name = builder_.next_name("concat");
    o.inputs = groups;
    auto shape = builder_.shape(groups[0]);
    shape[1] *= static_cast<std::int64_t>(groups.size());
    return builder_.append(std::move(o), std::move(shape));
  }

  /// What left the pixels stands in front of the channels that stayed, in their new order.
  void renumber(const parts_t& staying, const parts_t& leaving) {
    auto before = leaving;
    before.insert(before.end(), staying.begin(), staying.end());
    auto stride = size_of(before);
    parts_t after;
    for (const auto& part : before) {
      stride /= part.size;
      after.push_back({of_t::channels, stride, part.size});
    }
    const auto change = [&](parts_t& parts) {
      for (auto& part : parts)
        if (const auto found = std::find(before.begin(), before.end(), part); found != before.end())
          part = after[static_cast<std::size_t>(found - before.begin())];
    };
    change(channels_);
    for (auto& axis : lines_) change(axis);
  }

  graph_builder& builder_;
  value_id map_;
  parts_t channels_;              // of the tensor: parts of the map at hand
  std::array<parts_t, 2> lines_;  // likewise its rows and columns
};

}  // namespace

std::optional<value_id> shuffled(graph_builder& builder, value_id map, const arrangement& how,
                                 const std::vector<std::int64_t>& shape) {
  if (shape.size() != 4 || shape[0] != 1 || how.axes.size() != 4) return {};
  const auto own = with_own_channels(how);
  if (!shuffle{builder, map, own}.can()) return {};
  return shuffle{builder, selected(builder, map, channels_of(how)), own}.make();
}

}  // namespace bramble
