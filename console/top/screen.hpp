#pragma once

#include <optional>

#include "console/top/canvas.hpp"
#include "console/top/state.hpp"

namespace bramble {

/// Whether this process's locale has the characters that `glyphs_of(true)` draws with. Takes the
/// locale of the environment for the whole process.
bool take_locale_utf8();

/// The terminal as a screen of cells, until it is destroyed: then it is as it was before. One at a
/// time, one thread. Signals that end the program are somebody else's matter, before it is made;
/// Ctrl-C is such a signal.
class top_screen {
 public:
  /// `colours`: as far as the terminal has them. Throws `usage_error` for one that cannot be drawn
  /// on.
  explicit top_screen(bool colours);
  ~top_screen();
  top_screen(const top_screen&) = delete;
  top_screen& operator=(const top_screen&) = delete;

  std::size_t width() const;
  std::size_t height() const;
  void show(const canvas& what);
  /// A key that was pressed already; none: there is no more. `resized`: the size is another one.
  std::optional<top_key> read_key(bool& resized);

 private:
  void* terminal_ = nullptr;  ///< ncurses' SCREEN
  bool colours_ = false;
};

}  // namespace bramble
