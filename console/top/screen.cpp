#include "console/top/screen.hpp"

#include <langinfo.h>

#include <array>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "config/base/error.hpp"

// Its macros are called like half of the standard library.
#define NCURSES_NOMACROS
#include <ncursesw/ncurses.h>

namespace bramble {
namespace {

using kind_t = top_key::kind_t;

constexpr std::array<short, 7> colours_of_terminal{
    -1, COLOR_RED, COLOR_GREEN, COLOR_YELLOW, COLOR_BLUE, COLOR_MAGENTA, COLOR_CYAN};

SCREEN* screen_of(void* terminal) {
  return static_cast<SCREEN*>(terminal);
}

bool start_colours() {
  if (!::has_colors() || ::start_color() == ERR) return false;
  const bool has_default = ::use_default_colors() == OK;
  for (std::size_t i = 1; i < colours_of_terminal.size(); ++i)
    ::init_pair(static_cast<short>(i), colours_of_terminal[i],
                has_default ? short{-1} : short{COLOR_BLACK});
  return true;
}

attr_t attributes_of(const style& look, bool colours) {
  attr_t out = A_NORMAL;
  if (look.bold) out |= A_BOLD;
  if (look.dim) out |= A_DIM;
  if (look.reverse) out |= A_REVERSE;
  if (colours && look.front != colour::none)
    out |= static_cast<attr_t>(COLOR_PAIR(static_cast<int>(look.front)));
  return out;
}

std::optional<kind_t> kind_of(int key) {
  switch (key) {
    case KEY_UP:
      return kind_t::up;
    case KEY_DOWN:
      return kind_t::down;
    case KEY_LEFT:
      return kind_t::left;
    case KEY_RIGHT:
      return kind_t::right;
    case KEY_PPAGE:
      return kind_t::page_up;
    case KEY_NPAGE:
      return kind_t::page_down;
    case KEY_HOME:
      return kind_t::home;
    case KEY_END:
      return kind_t::end;
    case KEY_ENTER:
    case '\n':
    case '\r':
      return kind_t::enter;
    case '\033':
      return kind_t::escape;
    case KEY_BACKSPACE:
    case '\b':
    case 127:
      return kind_t::backspace;
    case '\t':
      return kind_t::tab;
    default:
      return std::nullopt;
  }
}

}  // namespace

bool take_locale_utf8() {
  return std::setlocale(LC_ALL, "") != nullptr &&
         std::string_view{::nl_langinfo(CODESET)} == "UTF-8" &&
         std::setlocale(LC_NUMERIC, "C") != nullptr;  // figures are written with a point
}

top_screen::top_screen(bool colours) {
  const char* name = std::getenv("TERM");
  if (name == nullptr || *name == '\0' || std::string_view{name} == "dumb")
    throw usage_error("This terminal cannot be drawn on (TERM is " +
                      (name == nullptr || *name == '\0' ? std::string{"not set"} : name) +
                      "); `bramble top --once` prints one screen.");
  terminal_ = ::newterm(nullptr, stdout, stdin);
  if (terminal_ == nullptr)
    throw usage_error("Nothing is known of a terminal of the kind " + std::string{name} +
                      " (TERM); `bramble top --once` prints one screen.");
  ::set_term(screen_of(terminal_));
  ::cbreak();
  ::noecho();
  ::nonl();
  ::curs_set(0);
  ::keypad(stdscr, TRUE);
  ::nodelay(stdscr, TRUE);
  ::set_escdelay(25);  // an arrow's bytes come at once, also over ssh
  colours_ = colours && start_colours();
}

top_screen::~top_screen() {
  ::endwin();
  ::delscreen(screen_of(terminal_));
}

std::size_t top_screen::width() const {
  return static_cast<std::size_t>(std::max(0, ::getmaxx(stdscr)));
}

std::size_t top_screen::height() const {
  return static_cast<std::size_t>(std::max(0, ::getmaxy(stdscr)));
}

void top_screen::show(const canvas& what) {
  ::werase(stdscr);
  for (std::size_t row = 0; row < what.height(); ++row) {
    ::wmove(stdscr, static_cast<int>(row), 0);
    for (const auto& part : what.row(row)) {
      ::wattrset(stdscr, static_cast<int>(attributes_of(part.look, colours_)));
      ::waddnstr(stdscr, part.text.c_str(), -1);
    }
  }
  ::wattrset(stdscr, A_NORMAL);
  ::wrefresh(stdscr);
}

std::optional<top_key> top_screen::read_key(bool& resized) {
  while (true) {
    wint_t key = 0;
    const auto what = ::wget_wch(stdscr, &key);
    if (what == ERR) return std::nullopt;
    if (what == KEY_CODE_YES && key == KEY_RESIZE) {
      resized = true;
      continue;
    }
    const auto code = static_cast<int>(key);
    // A control character is a key of its own however it comes.
    if (what == KEY_CODE_YES || key < 32 || key == 127) {
      if (const auto kind = kind_of(code)) return top_key{*kind};
      continue;
    }
    std::array<char, 16> text{};
    const auto size = std::wctomb(text.data(), static_cast<wchar_t>(key));
    if (size > 0) return top_key{kind_t::character, {text.data(), static_cast<std::size_t>(size)}};
  }
}

}  // namespace bramble
