// The lists that the pages show.
#include <algorithm>
#include <cctype>

#include "config/defaults_top.hpp"
#include "config/format.hpp"
#include "console/open_requests.hpp"
#include "console/status.hpp"
#include "console/top/figures.hpp"
#include "console/top/state.hpp"

namespace bramble {
namespace {

std::string lower_case(std::string text) {
  for (auto& each : text) each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
  return text;
}

bool is_wanted(const grid_row& row, const std::string& filter) {
  return filter.empty() || std::ranges::any_of(row.cells, [&](const std::string& cell) {
           return lower_case(cell).find(filter) != std::string::npos;
         });
}

style look_of(const node_status& node) {
  if (node.state == "failed") return {.front = colour::red, .bold = true};
  if (node.state != "alive") return {.dim = true};
  if (!node.report.warnings.empty() || !node.report.troubles.empty() || !node.report.ready)
    return {.front = colour::yellow};
  return node.report.drained ? style{.front = colour::cyan} : style{};
}

std::string requests_of(const node_report& report) {
  std::uint32_t running = 0, queued = 0;
  for (const auto& each : report.loads) {
    running += each.running;
    queued += each.queued;
  }
  return std::to_string(queued) + "/" + std::to_string(running);
}

/// In use, and all.
std::string memory_of(const node_report& report) {
  const auto all = report.memory_mb;
  if (all == 0) return "-";
  const auto free = std::min(report.free_memory_mb, all);
  return (free == 0 ? "" : std::to_string(all - free) + "/") + std::to_string(all) + " MB";
}

/// What a node that is not there any more said last is not shown as if it were so now.
grid_row row_of(const node_status& node, const top_snapshot& now) {
  grid_row out{node.name, {node.name, condition_of(node, now.shelf)}, look_of(node)};
  if (node.state != "alive") {
    out.cells.insert(out.cells.end(), {"-", "-", "-", "-", "-"});
    return out;
  }
  if (node.report.rate_limit_mbit > 0)
    out.cells[1] += ", sends " + format_mbit(node.report.rate_limit_mbit) + " Mbit/s at most";
  if (std::ranges::count(now.silent, node.name) != 0) {
    out.cells[1] += ", does not answer";
    out.look = {.front = colour::yellow};
  }
  const auto speed = speed_of(node, now);
  if (speed.is_slow) {
    out.cells[1] += ", slower than planned";
    out.look = {.front = colour::yellow};
  }
  const auto load = load_of(node.name, now);
  const auto& by_hand = node.report.pace_factor;
  out.cells.insert(
      out.cells.end(),
      {load ? percent(*load) : "-", text_of(speed) + (by_hand < 1 ? " x " + fixed(by_hand, 2) : ""),
       temperature_of(node.report), memory_of(node.report), requests_of(node.report)});
  return out;
}

grid nodes_of(const top_snapshot& now) {
  grid out;
  out.header = {"node", "state", "load", "GMAC/s", "heat", "memory", "queue/run"};
  out.texts = {0, 1};
  out.flexible = 1;
  out.rows.reserve(now.shelf.nodes.size());
  for (const auto& node : now.shelf.nodes) out.rows.push_back(row_of(node, now));
  return out;
}

style look_of(const actor_info& actor) {
  if (!actor.ended.empty()) return {.dim = true};
  if (actor.is_stuck()) return {.front = colour::red, .bold = true};
  return actor.grows ? style{.front = colour::yellow} : style{};
}

grid actors_of(const top_state& state, const top_snapshot& now) {
  grid out;
  out.header = {"node"};
  out.header.insert(out.header.end(), actor_columns().begin(), actor_columns().end());
  out.texts = {0, 1, 2};
  out.flexible = out.header.size() - 1;
  std::vector<actor_info> all;
  std::vector<std::string> nodes;
  for (const auto& list : now.actors)
    for (auto each : list.actors) {
      // Whose it is, also when it is sorted: nothing else is read of `parent` here.
      each.parent = nodes.size();
      nodes.push_back(list.node);
      all.push_back(std::move(each));
    }
  sort_actors(all, state.order);
  out.rows.reserve(all.size());
  for (const auto& each : all) {
    const auto& node = nodes[each.parent];
    grid_row row{node + "/" + std::to_string(each.id), {node}, look_of(each)};
    const auto cells = actor_row(each);
    row.cells.insert(row.cells.end(), cells.begin(), cells.end());
    out.rows.push_back(std::move(row));
  }
  return out;
}

grid requests_of(const top_snapshot& now) {
  grid out;
  out.header = request_columns();
  out.texts = {0, 1, 2, 3};
  out.flexible = out.header.size() - 1;
  for (const auto& host : now.requests)
    for (const auto& each : host.requests)
      out.rows.push_back({host.host + "/" + std::to_string(each.id), request_row(host.host, each),
                          each.attempts > 1 ? style{.front = colour::yellow} : style{}});
  return out;
}

/// Newest first.
grid events_of(const top_snapshot& now) {
  grid out;
  out.texts = {0};
  out.rows.reserve(now.events.size());
  for (auto each = now.events.rbegin(); each != now.events.rend(); ++each) {
    auto text = describe(*each);
    text.pop_back();
    out.rows.push_back({each->what.node + "/" + std::to_string(each->what.number),
                        {std::move(text)},
                        look_of_event(each->what.kind)});
  }
  return out;
}

}  // namespace

grid list_of(const top_state& state, const top_snapshot& now) {
  auto out = state.page == top_page::overview   ? nodes_of(now)
             : state.page == top_page::actors   ? actors_of(state, now)
             : state.page == top_page::requests ? requests_of(now)
                                                : events_of(now);
  const auto filter = lower_case(state.place().filter);
  std::erase_if(out.rows, [&](const grid_row& row) { return !is_wanted(row, filter); });
  return out;
}

std::size_t selected_in(const grid& list, const list_place& place) {
  const auto found = std::ranges::find(list.rows, place.key, &grid_row::key);
  if (found != list.rows.end()) return static_cast<std::size_t>(found - list.rows.begin());
  return list.rows.empty() ? 0 : std::min(place.index, list.rows.size() - 1);
}

const actor_info* find_inspected(const top_snapshot& now, const std::string& key,
                                 std::string* node) {
  for (const auto& list : now.actors)
    for (const auto& each : list.actors) {
      if (list.node + "/" + std::to_string(each.id) != key) continue;
      if (node != nullptr) *node = list.node;
      return &each;
    }
  return nullptr;
}

}  // namespace bramble
