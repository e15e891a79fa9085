#pragma once

#include <cstdint>

#include "model/import/flatten.hpp"

namespace bramble {

/// Inception-v4 (Szegedy et al. 2016) for a 1x3x299x299 input with 1000 logits, with random
/// weights: the same bits for the same seed on every machine and LibTorch version. Its classes mean
/// nothing; its work is that of the trained model.
flat_model make_inception_v4(std::uint32_t seed, const import_progress& progress);

}  // namespace bramble
