#include "actors/planning/core/presence_meter.hpp"

#include <algorithm>

#include "config/defaults_load.hpp"

namespace bramble {
namespace {

double ms_from(presence_meter::time_point since, presence_meter::time_point now) {
  return std::chrono::duration<double, std::milli>(now - since).count();
}

}  // namespace

double presence_meter::area_until(time_point now) const {
  return area_ms_ + static_cast<double>(present_) * ms_from(counted_, now);
}

void presence_meter::count(time_point now) {
  area_ms_ = area_until(now);
  counted_ = now;
}

void presence_meter::came(time_point now) {
  // After a while without any it is another load.
  if (present_ == 0 && now - counted_ > defaults::load_memory) arrivals_.clear();
  count(now);
  ++present_;
  arrivals_.push_back({now, present_, area_ms_});
  while (arrivals_.size() > defaults::arrivals_most ||
         (arrivals_.size() > defaults::arrivals_many &&
          arrivals_.front().at + defaults::load_memory < now))
    arrivals_.pop_front();
}

void presence_meter::went(time_point now) {
  count(now);
  present_ -= std::min<std::size_t>(present_, 1);
}

presence_meter::clients presence_meter::of_late(time_point now) const {
  clients out;
  out.most = std::max<std::size_t>(1, present_);
  if (arrivals_.empty()) return out;
  const auto most_of_last = [&](std::size_t count) {
    std::size_t most = 0;
    for (std::size_t i = arrivals_.size() - std::min(count, arrivals_.size()); i < arrivals_.size();
         ++i)
      most = std::max(most, arrivals_[i].present);
    return most;
  };
  if (out.most > 1 || most_of_last(defaults::arrivals_few) > 1)
    out.most = std::max(out.most, most_of_last(arrivals_.size()));
  // Little's law, for pauses: those who are not there divided by how often one comes.
  const auto& first = arrivals_.front();
  const auto length_ms = ms_from(first.at, now);
  if (arrivals_.size() < defaults::arrivals_few || length_ms <= 0) return out;
  const auto mean = (area_until(now) - first.area_ms) / length_ms;
  const auto per_ms = static_cast<double>(arrivals_.size() - 1) / length_ms;
  out.pause_ms = std::max(0.0, static_cast<double>(out.most) - mean) / per_ms;
  return out;
}

}  // namespace bramble
