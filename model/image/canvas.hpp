#pragma once

#include <optional>
#include <variant>

#include "model/image/network_view.hpp"
#include "model/image/resampling.hpp"
#include "model/image/shrinking.hpp"
#include "model/image/upright.hpp"

/// Between the files of this folder only.
namespace bramble::detail {

/// What a decoder puts rows on: the whole upright picture, or at once what a network is shown of
/// it. Nothing between the constructor and `finish` throws: decoders work there between setjmp and
/// longjmp.
template <class Sample>
class canvas {
 public:
  /// Without `view`, for small pictures, and where rows do not come in one pass, it is the whole
  /// picture. `width` and `height` are those in the file. Throws `user_error` as `allocate_image`.
  canvas(std::uint64_t width, std::uint64_t height, int orientation, const network_view* view,
         bool one_pass, const std::string& name)
      : to_{make(width, height, orientation, view, one_pass, name)} {}

  std::size_t block_rows(std::uint64_t height) const {
    return std::visit([&](const auto& to) { return to.block_rows(height); }, to_);
  }
  Sample* block(std::size_t row) noexcept {
    if (auto* whole = std::get_if<upright<Sample>>(&to_)) return whole->block(row);
    return std::get_if<shrinking<Sample>>(&to_)->block();
  }
  void put(std::size_t row, std::size_t rows) noexcept {
    if (auto* whole = std::get_if<upright<Sample>>(&to_)) return whole->put(row, rows);
    std::get_if<shrinking<Sample>>(&to_)->put(row, rows);
  }
  /// Of a whole picture only.
  void take(std::size_t row, std::size_t rows) noexcept {
    std::get_if<upright<Sample>>(&to_)->take(row, rows);
  }
  std::size_t row_samples() const noexcept {
    return std::visit([](const auto& to) { return to.row_samples(); }, to_);
  }

  decoded_image finish() && {
    decoded_image out;
    if (auto* small = std::get_if<shrinking<Sample>>(&to_)) {
      out.placement = small->placement();
      out.picture = std::move(*small).finish();
    } else {
      out.picture = std::get<upright<Sample>>(std::move(to_)).finish();
    }
    return out;
  }

 private:
  using either = std::variant<upright<Sample>, shrinking<Sample>>;

  static either make(std::uint64_t width, std::uint64_t height, int orientation,
                     const network_view* view, bool one_pass, const std::string& name) {
    if (view == nullptr || !one_pass || width * height <= defaults::shrunk_pixels)
      return upright<Sample>{width, height, orientation, name};
    check_size(width, height, defaults::image_pixels_limit / sizeof(Sample), name);
    // What is kept of each row is less than the row only where it becomes much shorter.
    const auto row = orientation >= 5 ? height : width;
    if (defaults::shrunk_columns * static_cast<std::uint64_t>(view->width) > row)
      return upright<Sample>{width, height, orientation, name};
    return shrinking<Sample>{static_cast<int>(width), static_cast<int>(height), orientation, *view};
  }

  either to_;
};

}  // namespace bramble::detail
