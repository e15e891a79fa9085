// Fourier transforms by matrices of sines, and the scale of pitch.
#include <cmath>

#include "config/defaults_onnx.hpp"
#include "model/import/onnx/op_table.hpp"

namespace bramble {
namespace {

struct waves {
  at::Tensor cosines, sines;  // samples x frequencies
};

/// In float64, so that what cancels does.
waves waves_of(const node_call& call, std::int64_t samples, std::int64_t frequencies,
               bool inverse) {
  call.check_size({samples, frequencies});
  return untraced([&] {
    const auto turns =
        at::remainder(at::outer(at::arange(samples, at::kLong), at::arange(frequencies, at::kLong)),
                      samples)
            .to(at::kDouble);
    const auto angle = at::mul(turns, (inverse ? 2 : -2) * M_PI / static_cast<double>(samples));
    const auto scale = inverse ? 1.0 / static_cast<double>(samples) : 1.0;
    return waves{at::mul(at::cos(angle), scale), at::mul(at::sin(angle), scale)};
  });
}

/// Of rows of samples, real or complex, as real and imaginary parts behind.
at::Tensor transformed(const at::Tensor& real, const at::Tensor& imaginary, const waves& w) {
  const auto wide = real.to(at::kDouble);
  auto re = at::matmul(wide, w.cosines), im = at::matmul(wide, w.sines);
  if (imaginary.defined()) {
    const auto other = imaginary.to(at::kDouble);
    re = at::sub(re, at::matmul(other, w.sines));
    im = at::add(im, at::matmul(other, w.cosines));
  }
  return at::stack({re, im}, -1).to(real.scalar_type());
}

/// `x` with so many samples along its last axis.
at::Tensor with_samples(const at::Tensor& x, std::int64_t samples) {
  return x.size(-1) == samples ? x : at::constant_pad_nd(x, {0, samples - x.size(-1)}, 0);
}

onnx_answers discrete_fourier(const node_call& call) {
  const auto& x = call.in(0);
  const auto rank = x.dim();
  if (rank < 2 || x.size(-1) > 2 || x.size(-1) < 1)
    call.refuse("transforms what has no real and imaginary parts");
  // Opset 20 has the axis as an input.
  const auto axis = call.has(2) ? call.axis_of(call.integer(2), rank)
                                : call.axis("axis", call.opset() >= 20 ? -2 : 1, rank);
  if (axis == rank - 1) call.refuse("transforms along its real and imaginary parts");
  const auto samples = call.has(1) ? call.integer(1) : x.size(axis);
  const bool inverse = call.flag("inverse", false), one_sided = call.flag("onesided", false);
  if (samples < 1) call.refuse("transforms no samples");
  const auto frequencies = one_sided ? samples / 2 + 1 : samples;
  const auto w = waves_of(call, samples, frequencies, inverse);
  const auto part = [&](std::int64_t i) {
    return with_samples(at::transpose(at::select(x, -1, i), axis, -1), samples);
  };
  const auto out = transformed(part(0), x.size(-1) == 2 ? part(1) : at::Tensor{}, w);
  return {at::transpose(out, axis, rank - 2)};
}

/// Windows of the signal, each transformed.
onnx_answers short_time_fourier(const node_call& call) {
  const auto& given = call.in(0);
  const auto step = call.integer(1);
  const bool complex = given.dim() == 3 && given.size(2) == 2;
  const auto x = given.dim() == 3 ? given : at::unsqueeze(given, 2);
  if (!call.has(2) && !call.has(3)) call.refuse("does not say how long its windows are");
  const auto length = call.has(3) ? call.integer(3) : call.in(2).numel();
  if (x.dim() != 3 || length < 1 || length > x.size(1) || step < 1)
    call.refuse("has windows that do not fit its signal");
  const auto frequencies = call.flag("onesided", true) ? length / 2 + 1 : length;
  const auto w = waves_of(call, length, frequencies, false);
  const auto frames = [&](std::int64_t i) {
    auto cut = at::select(x, 2, i).unfold(1, length, step);
    return call.has(2) ? at::mul(cut, call.in(2)) : cut;
  };
  return {transformed(frames(0), complex ? frames(1) : at::Tensor{}, w)};
}

double mel_of(double hertz) {
  return 2595 * std::log10(1 + hertz / 700);
}

/// Triangles over the frequencies of a transform, evenly spread as pitch is heard.
onnx_answers pitch_weights(const node_call& call) {
  const auto bins = call.integer(0), samples = call.integer(1), rate = call.integer(2);
  const auto low = call.number(3), high = call.number(4);
  if (bins < 1 || samples < 1 || rate < 1 || !(low >= 0) || !(high > low))
    call.refuse("spreads impossible frequencies");
  const auto frequencies = samples / 2 + 1;
  call.check_size({frequencies, bins});
  const auto type =
      scalar_type_of(static_cast<onnx_type>(call.attribute("output_datatype", 1)), "what it makes");
  const auto step = (mel_of(high) - mel_of(low)) / static_cast<double>(bins + 2);
  std::vector<std::int64_t> corners;
  for (std::int64_t i = 0; i < bins + 2; ++i) {
    const auto mel = static_cast<double>(i) * step + mel_of(low);
    const auto hertz = 700 * (std::pow(10, mel / 2595) - 1);
    corners.push_back(static_cast<std::int64_t>(
        std::floor(static_cast<double>(samples + 1) * hertz / static_cast<double>(rate))));
  }
  auto out = at::zeros({frequencies, bins}, at::kDouble);
  auto numbers = out.accessor<double, 2>();
  for (std::int64_t i = 0; i < bins; ++i) {
    const auto from = corners[static_cast<std::size_t>(i)],
               top = corners[static_cast<std::size_t>(i + 1)],
               to = corners[static_cast<std::size_t>(i + 2)];
    if (from == top && top < frequencies) numbers[top][i] = 1;
    for (auto j = from; from != top && j <= std::min(top, frequencies - 1); ++j)
      numbers[j][i] = static_cast<double>(j - from) / static_cast<double>(top - from);
    for (auto j = top; top != to && j < std::min(to, frequencies); ++j)
      numbers[j][i] = static_cast<double>(to - j) / static_cast<double>(to - top);
  }
  return {out.to(type)};
}

}  // namespace

const std::vector<onnx_op>& onnx_spectra() {
  static const std::vector<onnx_op> all{
      {"DFT", discrete_fourier}, {"STFT", short_time_fourier}, {"MelWeightMatrix", pitch_weights}};
  return all;
}

}  // namespace bramble
