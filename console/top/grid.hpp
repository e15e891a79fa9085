#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "console/top/canvas.hpp"

namespace bramble {

/// A part of the canvas.
struct area {
  std::size_t row = 0;
  std::size_t column = 0;
  std::size_t width = 0;
  std::size_t height = 0;
};

/// A line of a list that can be selected.
struct grid_row {
  std::string key;  ///< stays the same while the line moves
  std::vector<std::string> cells;
  style look = {};
};

/// A list with columns: some of text, to the left, the others figures, to the right.
struct grid {
  std::vector<std::string> header;  ///< empty: none is shown
  std::vector<grid_row> rows;
  std::vector<std::size_t> texts;  ///< which columns are to the left
  std::size_t flexible = 0;        ///< takes what is left, and gives where it is not enough
};

/// Draws the rows from `first` on, the `selected` one reversed (`rows.size()`: none).
void draw_grid(canvas& on, const area& where, const grid& what, std::size_t first,
               std::size_t selected);

/// Values as bars as high as the area, the last one at its right end. Missing values are NaN.
void draw_bars(canvas& on, const area& where, const std::vector<double>& values, style look);

}  // namespace bramble
