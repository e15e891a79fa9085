#include "actors/requests/core/load_meter.hpp"

#include <algorithm>

#include "config/defaults_load.hpp"

namespace bramble {
namespace {

using precise_seconds = std::chrono::duration<double>;

void remember(std::deque<load_meter::time_point>& times, load_meter::time_point now) {
  times.push_back(now);
  if (times.size() > defaults::arrivals_many) times.pop_front();
}

}  // namespace

void load_meter::arrived(time_point now) {
  remember(arrivals_, now);
}

void load_meter::answered(double queued_ms, time_point now) {
  queued_ms_ = queued_ms;
  remember(answers_, now);
}

double load_meter::per_second(time_point now) const {
  if (is_quiet(now)) return 0;
  const auto rate_of = [&](std::size_t count) {
    const auto since = precise_seconds{now - arrivals_[arrivals_.size() - count]}.count();
    return static_cast<double>(count) / std::max(1e-3, since);
  };
  const auto many = rate_of(arrivals_.size());
  return arrivals_.size() <= defaults::arrivals_few
             ? many
             : std::min(many, rate_of(defaults::arrivals_few));
}

double load_meter::interval_ms() const {
  if (answers_.size() < 2) return 0;
  return precise_seconds{answers_.back() - answers_.front()}.count() * 1e3 /
         static_cast<double>(answers_.size() - 1);
}

bool load_meter::is_quiet(time_point now) const {
  return arrivals_.empty() || now - arrivals_.back() > defaults::load_forgotten;
}

}  // namespace bramble
