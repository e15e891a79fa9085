#include <algorithm>

#include "config/format.hpp"
#include "console/top/draw.hpp"

namespace bramble {
namespace {

constexpr std::size_t strip_name = 10;

/// Which columns of a strip the bars fill by half at least.
std::vector<bool> columns_in_use(const std::vector<time_bar>& bars, double whole_ms,
                                 std::size_t columns) {
  std::vector<double> filled(columns, 0);
  const auto scale = static_cast<double>(columns) / whole_ms;
  for (const auto& each : bars) {
    const auto begin = std::max(0.0, each.begin_ms * scale);
    const auto end = std::min(static_cast<double>(columns), each.end_ms * scale);
    for (auto n = static_cast<std::size_t>(begin); n < columns && static_cast<double>(n) < end; ++n)
      filled[n] +=
          std::min(end, static_cast<double>(n + 1)) - std::max(begin, static_cast<double>(n));
  }
  std::vector<bool> out(columns);
  std::transform(filled.begin(), filled.end(), out.begin(),
                 [](double share) { return share >= 0.5; });
  return out;
}

void draw_strip(canvas& on, const area& where, const std::vector<bool>& used,
                const std::string& glyph, style look) {
  for (std::size_t i = 0; i < used.size(); ++i)
    if (used[i]) on.put(where.row, where.column + i, glyph, look);
}

/// Both in one row: by halves of a cell.
void draw_both(canvas& on, const area& where, const std::vector<bool>& above,
               const std::vector<bool>& below) {
  const auto& glyphs = glyphs_of(on.utf8());
  for (std::size_t i = 0; i < above.size(); ++i) {
    if (!above[i] && !below[i]) continue;
    const auto& glyph = above[i] && below[i] ? glyphs.both : above[i] ? glyphs.upper : glyphs.lower;
    on.put(where.row, where.column + i, glyph,
           {.front = above[i] && below[i] ? colour::green
                     : above[i]           ? colour::cyan
                                          : colour::yellow});
  }
}

}  // namespace

std::size_t height_of_request(const top_snapshot& now, bool apart) {
  if (!now.request) return 1;
  return 1 + now.request->nodes.size() * (apart ? 2 : 1);
}

void draw_request(canvas& on, const area& where, const top_snapshot& now) {
  if (where.height == 0) return;
  if (!now.request) {
    on.put_cut(where.row, where.column,
               now.request_trouble.empty() ? "No request was answered yet." : now.request_trouble,
               where.width, {.dim = true});
    return;
  }
  const auto& request = *now.request;
  const auto what = request.model + " by " + request.method + " on " + request.host + ", plan " +
                    std::to_string(request.epoch);
  on.put_cut(where.row, where.column,
             "last request: predicted " + format_ms(request.predicted_ms) + " ms (above), took " +
                 format_ms(request.measured_ms) + " ms (below); " +
                 (now.request_trouble.empty() ? what : now.request_trouble),
             where.width, {.bold = true});
  const auto whole = std::max({request.predicted_ms, request.measured_ms, 1e-3});
  if (where.width <= strip_name + 1) return;
  const auto columns = where.width - strip_name - 1;
  const bool apart = where.height >= height_of_request(now, true);
  auto strip = area{where.row + 1, where.column + strip_name + 1, columns, 1};
  for (const auto& each : request.nodes) {
    if (strip.row >= where.row + where.height) return;
    on.put_cut(strip.row, where.column, each.node, strip_name);
    const auto above = columns_in_use(each.predicted, whole, columns);
    const auto below = columns_in_use(each.measured, whole, columns);
    if (apart) {
      const auto& full = glyphs_of(on.utf8()).full;
      draw_strip(on, strip, above, full, {.front = colour::cyan, .dim = true});
      ++strip.row;
      draw_strip(on, strip, below, full, {.front = colour::green});
    } else {
      draw_both(on, strip, above, below);
    }
    ++strip.row;
  }
}

}  // namespace bramble
