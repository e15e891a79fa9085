#pragma once

#include <array>
#include <optional>
#include <string>

#include "actors/protocol/message_types.hpp"
#include "console/actor_view.hpp"
#include "console/top/grid.hpp"
#include "console/top/snapshot.hpp"

namespace bramble {

enum class top_page : std::uint8_t { overview, actors, requests, events };
inline constexpr std::size_t top_pages = 4;
const char* name_of(top_page page);

/// A key as a terminal tells it.
struct top_key {
  enum class kind_t : std::uint8_t {
    character,
    up,
    down,
    left,
    right,
    page_up,
    page_down,
    home,
    end,
    enter,
    escape,
    backspace,
    tab
  } kind = kind_t::character;
  std::string text = {};  ///< of a character: its UTF-8
};

/// What a key asks for that changes a node.
struct top_action {
  runtime_override::kind_t kind = runtime_override::kind_t::drain;
  std::string node;
};

/// Where somebody is in a list.
struct list_place {
  std::string key;  ///< of the line that is selected; empty: the first
  std::size_t index = 0;
  std::string filter;
};

/// What somebody looks at. `press` changes it, `draw_top` draws it: neither knows a terminal.
struct top_state {
  top_page page = top_page::overview;
  std::array<list_place, top_pages> places = {};
  actor_order order = actor_order::started;
  bool help = false;
  bool filtering = false;                   ///< keys go to the filter
  std::optional<top_action> question = {};  ///< that y or n answers
  std::string inspected = {};               ///< key of an actor; empty: none
  std::size_t scrolled = 0;                 ///< lines of what is inspected
  bool leaving = false;

  list_place& place() { return places[static_cast<std::size_t>(page)]; }
  const list_place& place() const { return places[static_cast<std::size_t>(page)]; }
};

/// The lines of the page that is looked at, filtered and sorted; keys are the names of nodes,
/// "node/number" of actors and requests, and numbers of events.
grid list_of(const top_state& state, const top_snapshot& now);

/// The selected line; `rows.size()` where there is none. One that has gone is the one that took its
/// place.
std::size_t selected_in(const grid& list, const list_place& place);

/// The actor of this key; null where it is gone.
const actor_info* find_inspected(const top_snapshot& now, const std::string& key,
                                 std::string* node = nullptr);

/// What a key does: what is to be done to a node, if anything.
std::optional<top_action> press(top_state& state, const top_key& key, const top_snapshot& now);

/// "Drain pi3: ...?", without the keys.
std::string text_of(const top_action& question);

}  // namespace bramble
