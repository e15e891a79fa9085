#include <algorithm>

#include "config/format.hpp"
#include "console/top/draw.hpp"
#include "console/top/figures.hpp"

namespace bramble {
namespace {

constexpr std::size_t widest_cell = 8;  // "940 100%"
constexpr std::size_t narrow_cell = 4;  // "100%"
constexpr std::size_t longest_name = 12;

std::size_t name_width(const top_snapshot& now) {
  std::size_t out = 12;  // "Mbit/s, used"
  for (const auto& each : now.shelf.nodes) out = std::max(out, columns_of(each.name));
  return std::min(out, longest_name);
}

/// In a narrow cell the share alone, where it is known.
void draw_link(canvas& on, std::size_t row, std::size_t end, const node_status& from,
               const std::string& to, const top_snapshot& now, bool narrow) {
  if (from.name == to) return on.put_right(row, end, ".", {.dim = true});
  if (std::ranges::find(from.report.troubles, to, &link_trouble::to) != from.report.troubles.end())
    return on.put_right(row, end, "none", {.front = colour::red, .bold = true});
  const auto link = std::ranges::find(from.report.links, to, &link_report::to);
  if (from.state != "alive" || link == from.report.links.end())
    return on.put_right(row, end, "-", {.dim = true});
  const auto use = use_of(*link, from.name, now);
  const auto share = use ? fixed(*use * 100, 0) + "%" : "";
  const auto rate = narrow && use ? "" : format_mbit(link->mbit);
  on.put_right(row, end, rate + (rate.empty() || !use ? "" : " ") + share,
               use ? look_of_share(*use) : style{});
}

}  // namespace

std::size_t width_of_links(const top_snapshot& now) {
  return name_width(now) + now.shelf.nodes.size() * (widest_cell + 1);
}

void draw_links(canvas& on, const area& where, const top_snapshot& now) {
  if (where.height == 0 || where.width == 0) return;
  const auto& nodes = now.shelf.nodes;
  const auto names = name_width(now);
  on.put_cut(where.row, where.column, "Mbit/s, used", where.width, {.bold = true});
  const bool narrow = where.width < width_of_links(now);
  const auto cell_width = narrow ? narrow_cell : widest_cell;
  const auto shown =
      where.width > names ? std::min(nodes.size(), (where.width - names) / (cell_width + 1)) : 0;
  const auto end_of = [&](std::size_t n) {
    return where.column + names + (n + 1) * (cell_width + 1);
  };
  for (std::size_t n = 0; n < shown; ++n)
    on.put_right(where.row, end_of(n), cut_to(nodes[n].name, cell_width), {.bold = true});
  if (shown < nodes.size()) on.put(where.row, where.column + where.width, "~");
  for (std::size_t r = 0; r < nodes.size() && r + 1 < where.height; ++r) {
    const auto row = where.row + 1 + r;
    on.put_cut(row, where.column, nodes[r].name, std::min(names, where.width));
    for (std::size_t n = 0; n < shown; ++n)
      draw_link(on, row, end_of(n), nodes[r], nodes[n].name, now, narrow);
  }
}

}  // namespace bramble
