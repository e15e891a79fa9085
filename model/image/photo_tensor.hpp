#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/graph/meaning.hpp"
#include "model/graph/photo_frame.hpp"
#include "model/image/image.hpp"

namespace bramble {

/// Subtracted and divided by, on values in 0..1 or what else they go to: a number for each channel
/// in the order of the network's, or one for all. Empty: nothing is subtracted, nothing divided.
struct normalisation {
  std::vector<float> mean;
  std::vector<float> deviation;
};

/// Makes a picture grey, red, green and blue being equal afterwards: brightness as Pillow's
/// `convert("L")` rounds it.
template <class Sample>
void make_grey(pixels<Sample>& picture);

/// The pixels as float32 of shape 1 x `channels` x height x width, red first, in 0..1 (sample /
/// largest sample), then normalised; or with the channels last, blue first or in 0..255 (exactly
/// the samples, where there are 8 bits) as `how` says. One channel is the red of a picture that is
/// grey.
template <class Sample>
std::vector<float> to_tensor(const pixels<Sample>& from, std::size_t channels = 3,
                             const normalisation& normalise = {}, const meaning& how = {});

/// The same as bytes in 0..255, for a network that takes those; nothing is normalised.
template <class Sample>
std::vector<std::uint8_t> to_bytes(const pixels<Sample>& from, std::size_t channels,
                                   const meaning& how = {});

/// The reverse: a tensor with one channel or three as a picture of 8 bits. What lies outside of
/// black and full light is cut off, what is no number is black.
image to_picture(std::span<const float> values, const photo_frame& frame,
                 const normalisation& normalise = {}, const meaning& how = {});

}  // namespace bramble
