#include <algorithm>
#include <sstream>

#include "config/format.hpp"
#include "console/status.hpp"
#include "console/top/draw.hpp"
#include "console/top/figures.hpp"

namespace bramble {
namespace {

constexpr std::size_t fewest_events = 4;  // with their heading
constexpr std::size_t narrowest_history = 24;

/// Takes lines from the top of what is left.
area take(area& left, std::size_t lines) {
  auto out = left;
  out.height = std::min(lines, left.height);
  left.row += out.height;
  left.height -= out.height;
  return out;
}

/// What is wrong, most of it in one line each.
void draw_troubles(canvas& on, area& left, const top_snapshot& now, std::size_t most) {
  std::istringstream lines{describe_troubles(now.shelf)};
  std::size_t shown = 0;
  for (std::string line; shown < most && left.height > 0 && std::getline(lines, line); ++shown)
    on.put_cut(take(left, 1).row, left.column, "! " + line, left.width, {.front = colour::yellow});
}

/// Links to the left, the last minutes beside them or, where that is too narrow, not at all.
void draw_middle(canvas& on, const area& where, const top_snapshot& now) {
  auto links = where;
  links.width = std::min(width_of_links(now), where.width);
  auto history = where;
  history.column += links.width + 3;
  history.width = where.width > links.width + 3 ? where.width - links.width - 3 : 0;
  if (history.width < narrowest_history) {
    links.width = where.width > narrowest_history + 3 ? where.width - narrowest_history - 3 : 0;
    history.column = where.column + links.width + 3;
    history.width = narrowest_history;
  }
  draw_links(on, links, now);
  draw_history(on, history, now);
}

void draw_events(canvas& on, const area& where, const top_snapshot& now) {
  if (where.height < 2) return;
  on.put(where.row, where.column, "events", {.bold = true});
  const auto shown = std::min(where.height - 1, now.events.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& each = now.events[now.events.size() - 1 - i];
    auto line = describe(each);
    line.pop_back();
    on.put_cut(where.row + 1 + i, where.column, line, where.width, look_of_event(each.what.kind));
  }
}

}  // namespace

void draw_overview(canvas& on, const area& where, const top_state& state, const top_snapshot& now) {
  auto left = where;
  const auto nodes = std::max<std::size_t>(now.shelf.nodes.size(), 1);
  // The nodes first; what is left goes to the others as far as it reaches.
  draw_list(on, take(left, 1 + std::min(nodes, std::max<std::size_t>(4, where.height / 3))), state,
            now);
  draw_troubles(on, left, now, std::max<std::size_t>(1, where.height / 20));
  const auto wanted = [&](bool apart) {
    return nodes + 1 + height_of_request(now, apart) + fewest_events;
  };
  const bool apart = left.height >= wanted(true) + 2;
  const bool spaced = left.height >= wanted(apart) + 2;
  if (spaced) take(left, 1);
  const auto middle = std::max<std::size_t>(nodes + 1, 5);
  // A third more where there is room: the history is the better to read for it.
  const auto spare = left.height > wanted(apart) ? left.height - wanted(apart) : 0;
  draw_middle(on, take(left, std::min(middle + spare / 3, std::max(middle, left.height / 3))), now);
  if (spaced) take(left, 1);
  draw_request(on, take(left, height_of_request(now, apart)), now);
  if (spaced) take(left, 1);
  draw_events(on, left, now);
}

}  // namespace bramble
