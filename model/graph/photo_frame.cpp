#include "model/graph/photo_frame.hpp"

#include <algorithm>

namespace bramble {

std::optional<photo_frame> frame_of(const std::vector<std::int64_t>& shape, photo_layout layout) {
  const bool batched = shape.size() == 4 && shape[0] == 1;
  if ((!batched && shape.size() != 3) || std::ranges::any_of(shape, [](auto n) { return n < 1; }))
    return {};
  const auto* sides = shape.data() + (batched ? 1 : 0);
  if (layout == photo_layout::nhwc) return photo_frame{sides[2], sides[0], sides[1], true};
  return photo_frame{sides[0], sides[1], sides[2], false};
}

std::optional<photo_frame> photo_frame_of(const std::vector<std::int64_t>& shape,
                                          photo_layout layout) {
  for (const auto each : {photo_layout::nchw, photo_layout::nhwc}) {
    if (layout != photo_layout::unsaid && layout != each) continue;
    const auto frame = frame_of(shape, each);
    if (frame && (frame->channels == 1 || frame->channels == 3)) return frame;
  }
  return {};
}

}  // namespace bramble
