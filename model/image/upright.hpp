#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "config/defaults_image.hpp"
#include "model/image/decoders.hpp"
#include "model/image/orientation.hpp"

/// Between the files of this folder only.
namespace bramble::detail {

/// Where the pixels of a stored picture lie in the upright one: decoders put rows where they
/// belong, so that a photo of 64 megapixels is never in memory twice.
template <class Sample>
class upright {
 public:
  /// `width` and `height` are those in the file. Throws `user_error` as `allocate_image` does.
  upright(std::uint64_t width, std::uint64_t height, int orientation, const std::string& name)
      : turned_{orientation >= 5},
        out_{turned_ ? allocate_image<Sample>(height, width, name)
                     : allocate_image<Sample>(width, height, name)},
        width_{static_cast<std::ptrdiff_t>(width)},
        in_place_{orientation == upright_orientation} {
    // 2 and 3, 6 and 7 end at the right; 3 and 4, 7 and 8 at the bottom.
    const bool from_right =
        orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
    const bool from_below =
        orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
    const std::ptrdiff_t columns = out_.width, rows = out_.height;
    first_ = (from_right ? columns - 1 : 0) + (from_below ? (rows - 1) * columns : 0);
    const auto along_row = from_right ? std::ptrdiff_t{-1} : std::ptrdiff_t{1};
    const auto along_column = from_below ? -columns : columns;
    next_column_ = turned_ ? along_column : along_row;
    next_row_ = turned_ ? along_row : along_column;
    if (!in_place_) block_.resize(3 * static_cast<std::size_t>(width) * block_rows(height));
  }

  /// How many rows may be put or taken at once.
  std::size_t block_rows(std::uint64_t height) const {
    return std::min<std::size_t>(defaults::turned_rows, height);
  }

  /// Where stored row `row` and up to `block_rows` that follow it can be decoded to, one after the
  /// other. They are in their places after `put`. Nothing here throws: decoders call it between
  /// setjmp and longjmp.
  Sample* block(std::size_t row) noexcept {
    return in_place_ ? out_.rgb.data() + row * row_samples() : block_.data();
  }

  void put(std::size_t row, std::size_t rows) noexcept {
    if (!in_place_) copy(row, rows, [](Sample& upright, Sample& stored) { upright = stored; });
  }

  /// The reverse, for an interlaced picture, which completes its rows bit by bit.
  void take(std::size_t row, std::size_t rows) noexcept {
    if (!in_place_) copy(row, rows, [](Sample& upright, Sample& stored) { stored = upright; });
  }

  std::size_t row_samples() const noexcept { return 3 * static_cast<std::size_t>(width_); }

  pixels<Sample> finish() && { return std::move(out_); }

 private:
  template <class Move>
  void copy(std::size_t row, std::size_t rows, Move move) noexcept {
    const auto count = static_cast<std::ptrdiff_t>(rows);
    const auto start = first_ + static_cast<std::ptrdiff_t>(row) * next_row_;
    // The inner loop runs along what are neighbours in the upright picture.
    for (std::ptrdiff_t outer = 0; outer < (turned_ ? width_ : count); ++outer)
      for (std::ptrdiff_t inner = 0; inner < (turned_ ? count : width_); ++inner) {
        const auto x = turned_ ? outer : inner, y = turned_ ? inner : outer;
        auto* upright = out_.rgb.data() + 3 * (start + x * next_column_ + y * next_row_);
        auto* stored = block_.data() + 3 * (y * width_ + x);
        for (int colour = 0; colour < 3; ++colour) move(upright[colour], stored[colour]);
      }
  }

  bool turned_;
  pixels<Sample> out_;
  std::ptrdiff_t width_;
  bool in_place_;
  /// In pixels of the upright picture: of the first stored one, and from one to the next.
  std::ptrdiff_t first_ = 0, next_column_ = 0, next_row_ = 0;
  std::vector<Sample> block_;
};

}  // namespace bramble::detail
