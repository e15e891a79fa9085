#include "console/top/draw.hpp"

#include <algorithm>
#include <sstream>

#include "console/local_time.hpp"
#include "console/terminal.hpp"

namespace bramble {
namespace {

const std::vector<std::string> help_lines{
    "1 2 3 4, Tab      overview, actors, requests, events",
    "up down, j k      select; PgUp PgDn Home End further",
    "Enter             of a node its actors; of an actor all that is known",
    "/                 show only lines with this text; Esc shows all again",
    "s                 sort actors: as begun, by mailbox, rate, time",
    "d, r              drain the selected node, resume it: y carries it out",
    "q, Ctrl-C         leave",
    "",
    "load              share of its time that a node is asked to compute",
    "GMAC/s            reached in the last request, and what was measured",
    "queue/run         requests of its clients that wait, that are under way",
    "links             Mbit/s from row to column, and how much of it is used",
    "request           who computed when: predicted above, measured below",
    "history           a column a second; a mark where the plan changed",
};

constexpr std::size_t narrowest_with_time = 40;

std::string title_of(const top_snapshot& now) {
  const auto alive = std::ranges::count(now.shelf.nodes, "alive", &node_status::state);
  return " bramble top  " + now.shelf.cluster + ": " + std::to_string(alive) + " of " +
         std::to_string(now.shelf.nodes.size()) + " nodes, coordinator " + now.shelf.coordinator +
         ", seen from " + now.shelf.self;
}

void draw_title(canvas& on, const top_snapshot& now, std::time_t at) {
  const style look{.bold = true, .reverse = true};
  on.put(0, 0, std::string(on.width(), ' '), look);
  const auto time = local_time(static_cast<std::uint64_t>(at) * 1000) + " ";
  const bool has_time = on.width() >= narrowest_with_time;
  on.put_cut(0, 0, title_of(now), has_time ? on.width() - time.size() - 2 : on.width(), look);
  if (has_time) on.put_right(0, on.width(), time, look);
}

/// Where one is, and what is left out there.
void draw_tabs(canvas& on, const top_state& state, const top_snapshot& now) {
  std::size_t column = 1;
  for (std::size_t i = 0; i < top_pages; ++i) {
    const auto page = static_cast<top_page>(i);
    const bool here = page == state.page;
    column = on.put(1, column, std::to_string(i + 1) + " " + name_of(page),
                    {.bold = here, .reverse = here}) +
             2;
  }
  static constexpr std::array orders{"as begun", "mailbox", "rate", "time"};
  if (state.page == top_page::actors)
    column = on.put(1, column,
                    std::string{"sorted: "} + orders.at(static_cast<std::size_t>(state.order))) +
             2;
  const auto& filter = state.place().filter;
  if (!filter.empty() || state.filtering)
    column = on.put(1, column, "/" + filter + (state.filtering ? "_" : ""),
                    {.front = colour::yellow, .bold = true}) +
             2;
  if (!now.trouble.empty())
    on.put_cut(1, column, now.trouble, on.width(), {.front = colour::red, .bold = true});
  else if (!now.said.empty())
    on.put_cut(1, column, now.said, on.width(), {.front = colour::cyan});
}

std::string keys_of(const top_state& state) {
  if (state.help) return "any key goes back";
  if (state.filtering) return "type what lines are to have  Enter keep it  Esc show all";
  if (!state.inspected.empty()) return "Esc back  up down scroll  q quit";
  std::string out = "1-4 pages  arrows  ";
  if (state.page == top_page::overview) out += "Enter actors  d drain  r resume  ";
  if (state.page == top_page::actors) out += "Enter inspect  s sort  ";
  return out + "/ filter  ? help  q quit";
}

void draw_keys(canvas& on, const top_state& state) {
  const auto row = on.height() - 1;
  if (state.question) {
    on.put_cut(row, 0, " " + text_of(*state.question) + " (y/n)", on.width(),
               {.front = colour::yellow, .bold = true, .reverse = true});
    return;
  }
  on.put_cut(row, 0, " " + keys_of(state), on.width(), {.dim = true});
}

std::vector<std::string> plain_lines(const std::string& styled) {
  std::string text;
  for (std::size_t i = 0; i < styled.size(); ++i) {
    if (styled[i] == '\033')
      while (i < styled.size() && styled[i] != 'm') ++i;
    else
      text += styled[i];
  }
  std::vector<std::string> out;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) out.push_back(line);
  return out;
}

void draw_inspected(canvas& on, const area& where, const top_state& state,
                    const top_snapshot& now) {
  std::string node;
  const auto* actor = find_inspected(now, state.inspected, &node);
  if (actor == nullptr) {
    on.put_cut(where.row, where.column, "This actor is not there any more.", where.width,
               {.front = colour::yellow});
    return;
  }
  const auto lines = plain_lines(fit_lines(describe_actor(node, *actor), where.width));
  const auto first =
      lines.size() > where.height ? std::min(state.scrolled, lines.size() - where.height) : 0;
  for (std::size_t i = 0; i < where.height && first + i < lines.size(); ++i)
    on.put_cut(where.row + i, where.column, lines[first + i], where.width,
               {.bold = first + i == 0});
}

void draw_page(canvas& on, const area& where, const top_state& state, const top_snapshot& now) {
  if (state.help) {
    for (std::size_t i = 0; i < help_lines.size() && i < where.height; ++i)
      on.put_cut(where.row + i, where.column, help_lines[i], where.width);
    return;
  }
  if (!state.inspected.empty()) return draw_inspected(on, where, state, now);
  if (state.page == top_page::overview) return draw_overview(on, where, state, now);
  draw_list(on, where, state, now);
}

}  // namespace

void draw_list(canvas& on, const area& where, const top_state& state, const top_snapshot& now) {
  const auto list = list_of(state, now);
  const auto lines =
      where.height - std::min<std::size_t>(where.height, list.header.empty() ? 0 : 1);
  const auto selected = selected_in(list, state.place());
  // As far up as it can be with the selected line in the middle.
  const auto most = list.rows.size() > lines ? list.rows.size() - lines : 0;
  const auto first = std::min(selected > lines / 2 ? selected - lines / 2 : 0, most);
  draw_grid(on, where, list, first, selected);
  if (list.rows.empty() && where.height > 1)
    on.put_cut(
        where.row + 1, where.column,
        state.place().filter.empty() ? "There is nothing to show." : "No line has this text.",
        where.width, {.dim = true});
}

canvas draw_top(const top_state& state, const top_snapshot& now, std::size_t width,
                std::size_t height, bool utf8, std::time_t at) {
  canvas out{width, height, utf8};
  if (width == 0 || height == 0) return out;
  draw_title(out, now, at);
  if (height > 1) draw_keys(out, state);
  if (height > 3) draw_tabs(out, state, now);
  if (height > 4 && width > 2) draw_page(out, {2, 1, width - 2, height - 3}, state, now);
  return out;
}

}  // namespace bramble
