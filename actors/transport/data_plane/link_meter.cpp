#include "actors/transport/data_plane/link_meter.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "config/defaults.hpp"

namespace bramble {

void link_meter::received(frame_rates&& rates, time_point now) {
  if (!last_.stretches.empty()) in_.add(last_, now);
  last_ = std::move(rates);
}

void link_meter::had_contention(const rate_contention& contention, time_point now) {
  if (last_.stretches.empty()) return;
  // Whichever end was more crowded held the frame up more.
  if (contention.share > last_.contention.share) last_.contention = contention;
  received({}, now);
}

link_meter::news link_meter::tell(time_point now) {
  told_ = now;
  told_mbit_ = in_.mbit().value_or(0);
  told_settled_ = in_.settled();
  return {static_cast<std::uint64_t>(std::llround(told_mbit_ * 1000)), in_.frames(), told_settled_};
}

bool link_meter::has_news(time_point now) const {
  if (now - told_ < defaults::rate_news_pause) return false;
  const double moved = std::abs(in_.mbit().value_or(0) - told_mbit_);
  // In doubt it sends more probes, which is what settles the matter.
  return moved > defaults::rate_news_share * told_mbit_ || (told_settled_ && in_.in_doubt());
}

void link_meter::peer_measured(const news& of_us) {
  if (of_us.frames == 0) return;
  mbit_out_ = static_cast<double>(of_us.kbit) / 1000.0;
  out_ = of_us;
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
