#pragma once

#include <vector>

#include "model/image/image.hpp"

namespace bramble {

/// Subtracted and divided by, on values in 0..1: a number for each channel, or one for all. Empty:
/// nothing is subtracted, nothing divided.
struct normalisation {
  std::vector<float> mean;
  std::vector<float> deviation;
};

/// Makes a picture grey, red, green and blue being equal afterwards: brightness as Pillow's
/// `convert("L")` rounds it.
template <class Sample>
void make_grey(pixels<Sample>& picture);

/// The pixels as float32 of shape 1 x `channels` x height x width, red first, in 0..1 (sample /
/// largest sample), then normalised. One channel is the red of a picture that is grey.
template <class Sample>
std::vector<float> to_tensor(const pixels<Sample>& from, std::size_t channels = 3,
                             const normalisation& normalise = {});

}  // namespace bramble
