#include "actors/requests/core/load_meter.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include "config/defaults_load.hpp"

namespace bramble {
namespace {

using precise_seconds = std::chrono::duration<double>;

template <class T>
void remember(std::deque<T>& all, T newest, std::size_t most) {
  all.push_back(newest);
  if (all.size() > most) all.pop_front();
}

}  // namespace

void load_meter::arrived(time_point now) {
  remember(arrivals_, now, defaults::arrivals_many);
}

void load_meter::answered(time_point came, double queued_ms, time_point now) {
  remember(waits_ms_, queued_ms, defaults::waits_kept);
  const precise_seconds busy = now - std::max(came, last_answer_);
  remember(intervals_ms_, busy.count() * 1e3, defaults::arrivals_many);
  last_answer_ = now;
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
  if (intervals_ms_.empty()) return 0;
  return std::accumulate(intervals_ms_.begin(), intervals_ms_.end(), 0.0) /
         static_cast<double>(intervals_ms_.size());
}

double load_meter::queued_ms_of(double share) const {
  if (waits_ms_.empty()) return 0;
  std::vector<double> all{waits_ms_.begin(), waits_ms_.end()};
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(all.size() - 1));
  std::nth_element(all.begin(), all.begin() + at, all.end());
  return all[static_cast<std::size_t>(at)];
}

bool load_meter::is_quiet(time_point now) const {
  return arrivals_.empty() || now - arrivals_.back() > defaults::load_forgotten;
}

}  // namespace bramble
