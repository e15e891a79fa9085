#include "model/plan/op_table.hpp"

#include <algorithm>
#include <cmath>

#include "config/base/hash.hpp"

namespace bramble {
namespace {

std::int64_t size_of(const op_sample& sample) {
  return sample.rows;
}

std::int64_t size_of(const slice_sample& sample) {
  return sample.channels;
}

template <class Sample>
bool ascend(const std::vector<Sample>& samples) {
  std::int64_t before = 0;
  return std::all_of(samples.begin(), samples.end(), [&](const Sample& sample) {
    const bool larger = size_of(sample) > before;
    before = size_of(sample);
    return larger && std::isfinite(sample.ms) && sample.ms >= 0;
  });
}

template <class Sample>
bool all_ascend(const std::vector<std::vector<Sample>>& ops) {
  return std::all_of(ops.begin(), ops.end(), ascend<Sample>);
}

/// Where the line through the two smallest samples meets size zero: the part of a piece's time that
/// does not shrink with it. Noise can put it anywhere, so at most half of the quickest sample.
template <class Sample>
double fixed_part(const std::vector<Sample>& samples) {
  if (samples.size() < 2) return 0;
  const auto& a = samples[0];
  const auto& b = samples[1];
  const auto slope = (b.ms - a.ms) / static_cast<double>(size_of(b) - size_of(a));
  auto quickest = a.ms;
  for (const auto& sample : samples) quickest = std::min(quickest, sample.ms);
  return std::clamp(a.ms - slope * static_cast<double>(size_of(a)), 0.0, quickest / 2);
}

template <class Sample>
double interpolated(const std::vector<Sample>& samples, double size) {
  const auto& first = samples.front();
  const auto least = static_cast<double>(size_of(first));
  if (size <= least) {
    const auto fixed = fixed_part(samples);
    return fixed + (first.ms - fixed) * size / least;
  }
  const auto& last = samples.back();
  const auto most = static_cast<double>(size_of(last));
  if (size >= most) return last.ms * size / most;
  const auto above = std::find_if(samples.begin(), samples.end(), [&](const Sample& s) {
    return static_cast<double>(size_of(s)) >= size;
  });
  const auto from = static_cast<double>(size_of(*(above - 1)));
  const auto to = static_cast<double>(size_of(*above));
  const auto before = (above - 1)->ms;
  return before + (above->ms - before) * (size - from) / (to - from);
}

/// The least time per unit of size. It is monotonous between samples, so it stands at one of them
/// or at an end.
template <class Sample>
double least_per_size(const std::vector<Sample>& samples, std::int64_t most) {
  auto per = [&](std::int64_t size) {
    return interpolated(samples, static_cast<double>(size)) / static_cast<double>(size);
  };
  auto least = std::min(per(1), per(most));
  for (const auto& sample : samples) least = std::min(least, per(size_of(sample)));
  return least;
}

double share(const interval& part, const interval& whole) {
  return static_cast<double>(part.size()) / static_cast<double>(whole.size());
}

}  // namespace

const char* name_of(backend b) {
  switch (b) {
    case backend::onednn:
      return "oneDNN";
    case backend::xnnpack:
      return "XNNPACK";
    case backend::libtorch:
      return "LibTorch";
    default:
      return "Bramble";
  }
}

void op_table::stretch(op_id op, double factor) {
  for (auto& sample : ops[op]) sample.ms *= factor;
  if (op < slices.size())
    for (auto& slice : slices[op]) slice.ms *= factor;
}

void op_table::stretch(double factor) {
  for (op_id op = 0; op < ops.size(); ++op) stretch(op, factor);
}

const std::vector<slice_sample>& slices_of(const op_table& table, op_id op) {
  static const std::vector<slice_sample> none;
  return op < table.slices.size() ? table.slices[op] : none;
}

op_bits bits_of(const op_table& table, op_id op) {
  return op < table.bits.size() ? table.bits[op] : op_bits{};
}

std::string code_of(const op_table& table, op_id op) {
  return op < table.codes.size() ? table.codes[op] : std::string{};
}

std::uint64_t kernels_of(const op_table& table) {
  return sha256_prefix(encode(std::make_pair(table.backends, table.codes)));
}

bool is_sound(const op_table& table) {
  return all_ascend(table.ops) && all_ascend(table.slices);
}

double piece_ms(const op_table& table, op_id op, const region& out, const region& whole) {
  const auto& samples = table.ops[op];
  const auto& slices = slices_of(table, op);
  const bool by_slices = !slices.empty() && slices.back().ms > 0;
  auto part = share(out.columns, whole.columns);
  if (!by_slices) part *= share(out.channels, whole.channels);
  const auto fixed = fixed_part(samples);
  const auto strip = interpolated(samples, static_cast<double>(out.rows.size()));
  const auto ms = fixed + (strip - fixed) * part;
  if (!by_slices) return ms;
  return ms * interpolated(slices, static_cast<double>(out.channels.size())) / slices.back().ms;
}

double least_ms(const op_table& table, op_id op, const region& whole) {
  const auto rows = whole.rows.size();
  const auto channels = whole.channels.size();
  auto ms = least_per_size(table.ops[op], rows) * static_cast<double>(rows);
  if (const auto& slices = slices_of(table, op); !slices.empty() && slices.back().ms > 0)
    ms *= least_per_size(slices, channels) * static_cast<double>(channels) / slices.back().ms;
  return ms;
}

}  // namespace bramble
