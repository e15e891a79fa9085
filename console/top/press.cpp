// What keys do.
#include <algorithm>

#include "console/top/state.hpp"

namespace bramble {
namespace {

using kind_t = top_key::kind_t;

constexpr std::size_t page_of_lines = 10;

void show_page(top_state& state, std::size_t which) {
  state.page = static_cast<top_page>(which % top_pages);
  state.inspected.clear();
}

void select(top_state& state, const grid& list, std::size_t index) {
  if (list.rows.empty()) return;
  auto& place = state.place();
  place.index = std::min(index, list.rows.size() - 1);
  place.key = list.rows[place.index].key;
}

void move(top_state& state, const top_snapshot& now, kind_t how) {
  const auto list = list_of(state, now);
  const auto at = selected_in(list, state.place());
  const auto up = [](std::size_t from, std::size_t by) { return from > by ? from - by : 0; };
  switch (how) {
    case kind_t::up:
      return select(state, list, up(at, 1));
    case kind_t::down:
      return select(state, list, at + 1);
    case kind_t::page_up:
      return select(state, list, up(at, page_of_lines));
    case kind_t::page_down:
      return select(state, list, at + page_of_lines);
    case kind_t::home:
      return select(state, list, 0);
    default:
      return select(state, list, list.rows.size());
  }
}

void scroll(top_state& state, kind_t how) {
  auto& at = state.scrolled;
  if (how == kind_t::down) ++at;
  if (how == kind_t::page_down) at += page_of_lines;
  if (how == kind_t::up) at -= std::min<std::size_t>(at, 1);
  if (how == kind_t::page_up) at -= std::min(at, page_of_lines);
  if (how == kind_t::home) at = 0;
}

/// Of a UTF-8 text.
void drop_last_character(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U)
    text.pop_back();
  if (!text.empty()) text.pop_back();
}

void type_filter(top_state& state, const top_key& key) {
  auto& filter = state.place().filter;
  switch (key.kind) {
    case kind_t::character:
      filter += key.text;
      break;
    case kind_t::backspace:
      drop_last_character(filter);
      break;
    case kind_t::escape:
      filter.clear();
      state.filtering = false;
      break;
    case kind_t::enter:
      state.filtering = false;
      break;
    default:
      break;
  }
}

/// On the page of nodes the selected one.
void ask_about_node(top_state& state, const top_snapshot& now, runtime_override::kind_t what) {
  if (state.page != top_page::overview) return;
  const auto list = list_of(state, now);
  const auto at = selected_in(list, state.place());
  if (at < list.rows.size()) state.question = top_action{what, list.rows[at].key};
}

void look_closer(top_state& state, const top_snapshot& now) {
  const auto list = list_of(state, now);
  const auto at = selected_in(list, state.place());
  if (at >= list.rows.size()) return;
  if (state.page == top_page::actors) {
    select(state, list, at);
    state.inspected = list.rows[at].key;
    state.scrolled = 0;
  } else if (state.page == top_page::overview) {
    show_page(state, static_cast<std::size_t>(top_page::actors));
    state.place() = {"", 0, list.rows[at].key};
  }
}

void sort_otherwise(top_state& state) {
  if (state.page != top_page::actors) return;
  const auto next = (static_cast<std::uint8_t>(state.order) + 1U) % 4U;
  state.order = static_cast<actor_order>(next);
}

void take_character(top_state& state, const std::string& typed, const top_snapshot& now) {
  using change_t = runtime_override::kind_t;
  if (typed == "q") state.leaving = true;
  if (typed == "?") state.help = true;
  if (typed == "/") state.filtering = true;
  if (typed == "d") ask_about_node(state, now, change_t::drain);
  if (typed == "r") ask_about_node(state, now, change_t::resume);
  if (typed == "s") sort_otherwise(state);
  if (typed == "j") move(state, now, kind_t::down);
  if (typed == "k") move(state, now, kind_t::up);
  if (typed.size() == 1 && typed[0] >= '1' && typed[0] < '1' + static_cast<char>(top_pages))
    show_page(state, static_cast<std::size_t>(typed[0] - '1'));
}

/// Where an actor is inspected, all but leaving goes back.
void press_inspected(top_state& state, const top_key& key) {
  if (key.kind == kind_t::character && key.text == "q") state.leaving = true;
  if (key.kind == kind_t::enter || key.kind == kind_t::escape || key.kind == kind_t::backspace)
    state.inspected.clear();
  scroll(state, key.kind);
}

std::optional<top_action> answer(top_state& state, const top_key& key) {
  auto asked = std::move(state.question);
  state.question.reset();
  const bool yes = key.kind == kind_t::character && (key.text == "y" || key.text == "Y");
  return yes ? asked : std::nullopt;
}

}  // namespace

const char* name_of(top_page page) {
  static constexpr std::array names{"overview", "actors", "requests", "events"};
  return names.at(static_cast<std::size_t>(page));
}

std::string text_of(const top_action& question) {
  return question.kind == runtime_override::kind_t::drain
             ? "Drain " + question.node + ": no more work of other hosts?"
             : "Resume " + question.node + ": give it work again?";
}

std::optional<top_action> press(top_state& state, const top_key& key, const top_snapshot& now) {
  if (state.question) return answer(state, key);
  if (state.help) {
    state.help = false;
    return std::nullopt;
  }
  if (state.filtering)
    type_filter(state, key);
  else if (!state.inspected.empty())
    press_inspected(state, key);
  else if (key.kind == kind_t::character)
    take_character(state, key.text, now);
  else if (key.kind == kind_t::enter)
    look_closer(state, now);
  else if (key.kind == kind_t::escape)
    state.place().filter.clear();
  else if (key.kind == kind_t::tab || key.kind == kind_t::right)
    show_page(state, static_cast<std::size_t>(state.page) + 1);
  else if (key.kind == kind_t::left)
    show_page(state, static_cast<std::size_t>(state.page) + top_pages - 1);
  else
    move(state, now, key.kind);
  return std::nullopt;
}

}  // namespace bramble
