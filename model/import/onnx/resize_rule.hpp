#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bramble {

/// How one axis of a picture is made longer or shorter, in ONNX's words.
struct resize_rule {
  std::string mode = "nearest";                 ///< nearest, linear or cubic
  std::string coordinates = "half_pixel";       ///< coordinate_transformation_mode
  std::string rounding = "round_prefer_floor";  ///< nearest_mode
  double cubic_a = -0.75;
  bool exclude_outside = false;
  bool antialias = false;
  double extrapolation = 0;
};

struct resized_axis {
  std::int64_t in = 1, out = 1;
  double scale = 1;           ///< output per input, as the file has it
  double begin = 0, end = 1;  ///< of the region of interest, as shares of the axis
};

/// Input elements that an output element is the sum of, each so many times; nothing for one outside
/// of the picture, which is the rule's `extrapolation`.
struct resized_element {
  std::vector<std::pair<std::int64_t, double>> parts;
};

/// Of every output element. Throws `onnx_refused` for words that are not known.
std::vector<resized_element> resized_elements(const resize_rule& rule, const resized_axis& axis);

}  // namespace bramble
