#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "config/defaults_image.hpp"
#include "model/image/network_view.hpp"
#include "model/image/orientation.hpp"
#include "model/image/photo_tensor.hpp"
#include "model/image/resampling.hpp"

/// Between the files of this folder only.
namespace bramble::detail {

/// A photo that becomes what a network is shown while its rows come, without ever being in memory
/// as a whole: to the byte what `fit_for_network` makes of the upright picture. What is kept is the
/// first pass of the resize, a few columns for each of the photo's rows.
template <class Sample>
class shrinking {
 public:
  /// `width` and `height` are those in the file.
  shrinking(int width, int height, int orientation, const network_view& view)
      : width_{width},
        turned_{orientation >= 5},
        from_right_{orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7},
        from_below_{orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8},
        grey_{view.grey},
        placement_{place_photo(turned_ ? height : width, turned_ ? width : height, view.width,
                               view.height, view.fit)},
        x_taps_{taps_of(across(placement_))},
        y_taps_{taps_of(down(placement_))},
        first_row_{y_taps_.front().first} {
    rows_.width = static_cast<int>(x_taps_.size());
    rows_.height = y_taps_.back().end() - first_row_;
    const auto samples = std::size_t{3} * x_taps_.size() * static_cast<std::size_t>(rows_.height);
    rows_.rgb.resize(samples);
    block_.rgb.resize(row_samples() * defaults::turned_rows);
    if (turned_) sums_.assign(samples, half_a_sample<Sample>);
  }

  std::size_t block_rows(std::uint64_t height) const {
    return std::min<std::size_t>(defaults::turned_rows, height);
  }
  Sample* block() noexcept { return block_.rgb.data(); }
  std::size_t row_samples() const noexcept {
    return std::size_t{3} * static_cast<std::size_t>(width_);
  }

  /// Rows of the file that `block` has, in any order.
  void put(std::size_t row, std::size_t rows) noexcept {
    if (grey_) make_grey(block_);
    for (std::size_t i = 0; i < rows; ++i) {
      auto* stored = block_.rgb.data() + i * row_samples();
      const auto place = static_cast<int>(row + i);
      turned_ ? add_column(stored, from_right_ ? placement_.photo_width - 1 - place : place)
              : add_row(stored, from_below_ ? placement_.photo_height - 1 - place : place);
    }
  }

  const photo_placement& placement() const { return placement_; }

  pixels<Sample> finish() && {
    for (std::size_t i = 0; i < sums_.size(); ++i) rows_.rgb[i] = rounded_sample<Sample>(sums_[i]);
    return surrounded(resize_columns(rows_, y_taps_, first_row_), placement_);
  }

 private:
  /// Row `y` of the upright photo.
  void add_row(Sample* stored, int y) noexcept {
    if (y < first_row_ || y >= first_row_ + rows_.height) return;
    if (from_right_)
      for (int left = 0, right = width_ - 1; left < right; ++left, --right)
        std::swap_ranges(stored + std::ptrdiff_t{3} * left, stored + std::ptrdiff_t{3} * left + 3,
                         stored + std::ptrdiff_t{3} * right);
    resize_row(stored, x_taps_,
               rows_.rgb.data() + std::ptrdiff_t{3} * rows_.width * (y - first_row_));
  }

  /// Column `x` of the upright photo: its share of each column of the result that it is a part of.
  /// Sums of whole numbers are the same in any order.
  void add_column(const Sample* stored, int x) noexcept {
    const auto begin =
        std::ranges::partition_point(x_taps_, [x](const tap& each) { return each.end() <= x; });
    for (auto it = begin; it != x_taps_.end() && it->first <= x; ++it) {
      const auto weight = it->weights[static_cast<std::size_t>(x - it->first)];
      auto* to = sums_.data() + std::ptrdiff_t{3} * (it - x_taps_.begin());
      for (int y = 0; y < rows_.height; ++y, to += std::ptrdiff_t{3} * rows_.width) {
        const auto at = first_row_ + y;
        const auto* sample =
            stored + std::ptrdiff_t{3} * (from_below_ ? placement_.photo_height - 1 - at : at);
        for (int colour = 0; colour < 3; ++colour)
          to[colour] += weighted_sum<Sample>{sample[colour]} * weight;
      }
    }
  }

  int width_;
  bool turned_, from_right_, from_below_, grey_;
  photo_placement placement_;
  std::vector<tap> x_taps_, y_taps_;
  int first_row_;
  pixels<Sample> rows_;  ///< resized along x; of the rows that are looked at
  pixels<Sample> block_;
  std::vector<weighted_sum<Sample>> sums_;
};

}  // namespace bramble::detail
