#include "console/top/grid.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bramble {
namespace {

constexpr std::size_t between = 2;  // spaces
constexpr std::size_t narrowest = 6;

std::vector<std::size_t> widths_for(const grid& what, std::size_t width) {
  std::vector<std::size_t> out(what.header.size());
  const auto widen = [&](const std::vector<std::string>& cells) {
    out.resize(std::max(out.size(), cells.size()));
    for (std::size_t i = 0; i < cells.size(); ++i) out[i] = std::max(out[i], columns_of(cells[i]));
  };
  widen(what.header);
  for (const auto& each : what.rows) widen(each.cells);
  if (what.flexible >= out.size()) return out;
  const auto used =
      std::accumulate(out.begin(), out.end(), std::size_t{0}) + between * (out.size() - 1);
  auto& flexible = out[what.flexible];
  if (used <= width)
    flexible += width - used;
  else
    flexible -= std::min(used - width, flexible - std::min(flexible, narrowest));
  return out;
}

void draw_cells(canvas& on, const area& where, const grid& what,
                const std::vector<std::size_t>& widths, const std::vector<std::string>& cells,
                style look) {
  auto column = where.column;
  const auto end = where.column + where.width;
  for (std::size_t i = 0; i < cells.size() && column < end; ++i) {
    const auto room = std::min(widths[i], end - column);
    if (std::ranges::count(what.texts, i) != 0)
      on.put_cut(where.row, column, cells[i], room, look);
    else
      on.put_right(where.row, column + room, cut_to(cells[i], room), look);
    column += widths[i] + between;
  }
}

}  // namespace

void draw_grid(canvas& on, const area& where, const grid& what, std::size_t first,
               std::size_t selected) {
  const auto widths = widths_for(what, where.width);
  auto line = where;
  const auto end = std::min(where.row + where.height, on.height());
  if (!what.header.empty() && line.row < end) {
    draw_cells(on, line, what, widths, what.header, {.bold = true});
    ++line.row;
  }
  for (auto i = first; i < what.rows.size() && line.row < end; ++i, ++line.row) {
    auto look = what.rows[i].look;
    look.reverse = i == selected;
    if (look.reverse)
      on.put(line.row, where.column, std::string(where.width, ' '), look, where.width);
    draw_cells(on, line, what, widths, what.rows[i].cells, look);
  }
}

void draw_bars(canvas& on, const area& where, const std::vector<double>& values, style look) {
  const auto& glyphs = glyphs_of(on.utf8());
  const auto steps = glyphs.eighths.size() - 1;
  const auto shown = std::min(values.size(), where.width);
  const auto* from = values.data() + (values.size() - shown);
  double most = 0;
  for (std::size_t i = 0; i < shown; ++i)
    if (!std::isnan(from[i])) most = std::max(most, from[i]);
  if (most <= 0) return;
  for (std::size_t i = 0; i < shown; ++i) {
    if (std::isnan(from[i]) || from[i] <= 0) continue;
    // Something is more than nothing.
    auto level = std::max<std::size_t>(
        1, static_cast<std::size_t>(
               std::lround(from[i] / most * static_cast<double>(steps * where.height))));
    for (std::size_t row = 0; row < where.height && level > 0; ++row) {
      const auto here = std::min(level, steps);
      on.put(where.row + where.height - 1 - row, where.column + where.width - shown + i,
             glyphs.eighths[here], look);
      level -= here;
    }
  }
}

}  // namespace bramble
