#include "actors/data_plane/link_meter.hpp"

#include <algorithm>

#include "config/defaults.hpp"

namespace bramble {

void link_meter::received(std::uint64_t bytes, duration time) {
  if (bytes < defaults::bandwidth_sample_bytes || time <= duration::zero()) return;
  const double seconds = std::chrono::duration<double>(time).count();
  const double mbit = static_cast<double>(bytes) * 8e-6 / seconds;
  const double share = defaults::bandwidth_smoothing;
  mbit_in_ = mbit_in_ ? *mbit_in_ + share * (mbit - *mbit_in_) : mbit;
  ++samples_in_;
}

void link_meter::peer_measured(std::uint64_t kbit, std::uint64_t samples) {
  if (samples == 0) return;
  mbit_out_ = static_cast<double>(kbit) / 1000.0;
  samples_out_ = samples;
}

void link_meter::round_trip(duration time, bool idle) {
  if (time < duration::zero()) return;
  if (!idle) {
    loaded_round_trip_ = std::min(time, loaded_round_trip_.value_or(time));
    return;
  }
  round_trips_.push_back(time);
  if (round_trips_.size() > defaults::round_trip_samples) round_trips_.pop_front();
}

std::optional<double> link_meter::round_trip_ms() const {
  auto least = loaded_round_trip_;
  if (!round_trips_.empty()) least = *std::min_element(round_trips_.begin(), round_trips_.end());
  if (!least) return std::nullopt;
  return std::chrono::duration<double, std::milli>(*least).count();
}

}  // namespace bramble
