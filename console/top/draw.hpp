#pragma once

#include <ctime>

#include "console/top/state.hpp"

namespace bramble {

/// The whole screen. Of a size that is too small for it what matters most is there; nothing is ever
/// drawn outside. `at` is the time that it shows.
canvas draw_top(const top_state& state, const top_snapshot& now, std::size_t width,
                std::size_t height, bool utf8, std::time_t at);

/// The page of nodes, links and the last request (overview.cpp).
void draw_overview(canvas& on, const area& where, const top_state& state, const top_snapshot& now);

/// Links as a matrix: Mbit/s from row to column, and how much of that is used (link_matrix.cpp).
void draw_links(canvas& on, const area& where, const top_snapshot& now);
/// Columns that it takes at most.
std::size_t width_of_links(const top_snapshot& now);

/// Requests and latency of the last minutes, with changes of plans (history_view.cpp).
void draw_history(canvas& on, const area& where, const top_snapshot& now);

/// The last request's computing, predicted above and measured below (request_strip.cpp).
void draw_request(canvas& on, const area& where, const top_snapshot& now);
/// Lines that it takes with a row for both strips of a node, or (`apart`) with one for each.
std::size_t height_of_request(const top_snapshot& now, bool apart);

/// The list of the page with as much of it as fits, the selected line among it.
void draw_list(canvas& on, const area& where, const top_state& state, const top_snapshot& now);

}  // namespace bramble
