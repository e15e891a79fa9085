#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bramble {

enum class colour : std::uint8_t { none, red, green, yellow, blue, magenta, cyan };

/// How a cell looks. A terminal without colours shows the rest of it.
struct style {
  colour front = colour::none;
  bool bold = false;
  bool dim = false;
  bool reverse = false;

  friend bool operator==(const style&, const style&) = default;
};

/// A piece of a line in one style, as UTF-8.
struct styled_text {
  std::string text;
  style look;
};

/// A screen of character cells, each of one column. Whatever is put outside of it is cut off. Text
/// comes from other machines: what a terminal would act upon, or draw in other than one column,
/// becomes "?".
class canvas {
 public:
  /// `utf8`: else whatever is not ASCII becomes "?".
  canvas(std::size_t width, std::size_t height, bool utf8);

  std::size_t width() const { return width_; }
  std::size_t height() const { return height_; }
  bool utf8() const { return utf8_; }

  /// From (row, column) on, at most `most` columns. Returns the column after the last one.
  std::size_t put(std::size_t row, std::size_t column, std::string_view text, style look = {},
                  std::size_t most = ~std::size_t{0});
  /// The same; a text that is too long ends with "~".
  std::size_t put_cut(std::size_t row, std::size_t column, std::string_view text, std::size_t most,
                      style look = {});
  /// Against the column before `end`.
  void put_right(std::size_t row, std::size_t end, std::string_view text, style look = {});
  /// The whole row, whatever is in it.
  void fill(std::size_t row, style look);

  /// The row in stretches of one style, without spaces at its end that have none.
  std::vector<styled_text> row(std::size_t row) const;
  /// All rows as text, each without spaces at its end and with a newline.
  std::string text() const;

 private:
  struct cell {
    char32_t glyph = U' ';
    style look = {};
  };
  cell& at(std::size_t row, std::size_t column) { return cells_[row * width_ + column]; }

  std::size_t width_;
  std::size_t height_;
  bool utf8_;
  std::vector<cell> cells_;
};

/// Columns that a text takes on a canvas.
std::size_t columns_of(std::string_view text);

/// At most so many columns, with "~" at the end where something was left out.
std::string cut_to(const std::string& text, std::size_t columns);

/// What is drawn with, in UTF-8 or in ASCII.
struct glyph_set {
  std::vector<std::string> eighths;  ///< of a cell, from nothing to all of it
  std::string full;                  ///< a stretch of time in use
  std::string upper;                 ///< only in the upper one of two strips, in the lower, in both
  std::string lower;
  std::string both;
  std::string mark;  ///< something happened here
};
const glyph_set& glyphs_of(bool utf8);

}  // namespace bramble
