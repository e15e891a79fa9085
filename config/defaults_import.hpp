#pragma once

#include <cstdint>

/// The numbers behind the import of models; the rest is in config/defaults.hpp.
namespace bramble::defaults {

/// A traced model is compared with its original on other inputs; rounding of a folded batch norm
/// stays under 2e-5 of the maximum in ordinary networks, another branch taken does not. Of whole
/// numbers and truth values it is the share of elements that may differ.
inline constexpr double import_tolerance = 1e-4;

/// Images in one tensor that become branches of their own. Each adds all ops of the model once
/// more, about 200, and a planner looks through some thousands.
inline constexpr std::int64_t import_images_apart = 16;

/// A network that amplifies rounding may differ from its original by so many times what the
/// original differs from itself, in float64 or with the last bits of its input and weights changed
/// (the largest of a few tries). A fold of weights makes 0.5 to 1.0 times that in sines of a norm
/// times 1000 to 30,000, of which `tests/tools/make_odd_models.py DIR` writes one: `bramble model
/// import DIR/Loud.pt --input 1x3x32x32` prints both figures. The rest is for kernels of other
/// processors.
inline constexpr double import_sensitivity_factor = 8;

/// Beyond that the original's own answers are noise, and nothing can be compared with them.
inline constexpr double import_sensitivity_limit = 0.05;

/// How often the last bits are changed.
inline constexpr unsigned import_sensitivity_tries = 3;

/// Weights are compared with their halves so many elements at a time: 4 MB of float32.
inline constexpr std::int64_t import_compared_at_once = 1 << 20;

/// Parts of the channels that become rows, or columns, or the other way round: networks have 2 to
/// 4, and each is one or two ops more.
inline constexpr std::int64_t import_shuffle_most = 16;

/// Elements up to which a mean is one sum: added one after the other, so many floats lose about a
/// millionth. More are rows first, each by itself.
inline constexpr std::int64_t import_averaged_at_once = 4096;

/// Whole numbers made up for an input are below these, tried in turn: most tables that token ids
/// look into have more rows, flags are 0 or 1.
inline constexpr std::int64_t import_whole_numbers_below[] = {10, 2, 1};

}  // namespace bramble::defaults
