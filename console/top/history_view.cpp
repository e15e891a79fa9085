#include <cmath>
#include <limits>

#include "config/format.hpp"
#include "console/top/draw.hpp"
#include "console/top/history.hpp"

namespace bramble {
namespace {

std::string latency_text(const top_snapshot& now) {
  for (auto each = now.history.rbegin(); each != now.history.rend(); ++each)
    if (each->latency_ms) return format_ms(*each->latency_ms) + " ms";
  return "-";
}

/// Below the bars: where the plan changed.
void draw_marks(canvas& on, const area& where, const top_snapshot& now) {
  const auto shown = std::min(now.history.size(), where.width);
  const auto from = now.history.size() - shown;
  for (std::size_t i = 0; i < shown; ++i)
    if (now.history[from + i].plan_changed)
      on.put(where.row, where.column + where.width - shown + i, glyphs_of(on.utf8()).mark,
             {.front = colour::cyan, .bold = true});
}

}  // namespace

void draw_history(canvas& on, const area& where, const top_snapshot& now) {
  if (where.height < 4 || where.width == 0) return;
  std::vector<double> rates, latencies;
  rates.reserve(now.history.size());
  latencies.reserve(now.history.size());
  for (const auto& each : now.history) {
    rates.push_back(each.requests);
    latencies.push_back(each.latency_ms.value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  // A heading and bars twice, and the marks.
  const auto tall = (where.height - 3) / 2;
  auto line = where;
  const auto part = [&](const std::string& heading, const std::vector<double>& values, style look,
                        std::size_t height) {
    on.put_cut(line.row, line.column, heading, line.width, {.bold = true});
    line.row += 1;
    line.height = height;
    draw_bars(on, line, values, look);
    line.row += height;
  };
  const auto room = where.height - 3;
  if (tall == 0) {  // no room for both: what users wait for
    part("latency " + latency_text(now) + ", " + fixed(requests_a_second(now.shelf), 1) +
             " requests/s",
         latencies, {.front = colour::green}, where.height - 2);
  } else {
    part("requests/s " + fixed(requests_a_second(now.shelf), 1), rates, {.front = colour::blue},
         room - tall);
    part("latency " + latency_text(now), latencies, {.front = colour::green}, tall);
  }
  draw_marks(on, line, now);
}

}  // namespace bramble
