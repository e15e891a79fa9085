#include "balancer/shelf/recovery_watch.hpp"

#include <algorithm>

#include "config/defaults_measuring.hpp"

namespace bramble {

void recovery_watch::observed(double factor, time_point now) {
  factor_ = factor;
  observed_ = now;
  last_.reset();
  if (!promised_) return;
  if (factor > *promised_ * defaults::device_recovered) {
    // It is slow with real work only: what it was compared with is no measure of that.
    lateness_ *= 2;
    healthy_.reset();
  } else {
    lateness_ = 1;
  }
  promised_.reset();
}

bool recovery_watch::is_due(time_point now) const {
  using duration = std::chrono::steady_clock::duration;
  if (observed_ && now - *observed_ < defaults::device_first_look) return false;
  if (!last_) return true;
  const bool plans = asked_ && now - *asked_ < defaults::asked_memory;
  const duration pause =
      plans ? duration{defaults::device_refresh_asked} : duration{defaults::device_refresh_idle};
  return now - *timed_ >= std::min<duration>(pause * lateness_, defaults::device_refresh_most);
}

/// The quickest: something else that computed beside a small piece made it look slow, and what was
/// slow already would seem to have recovered.
void recovery_watch::note_healthy(const timing& now) {
  if (now.factor >= defaults::device_recovered) return;
  if (!healthy_ || now.ms / now.factor < healthy_->ms / healthy_->factor) healthy_ = now;
}

double recovery_watch::timed(double ms, time_point now) {
  timed_ = now;
  const timing before = last_.value_or(timing{ms, factor_});
  double now_factor = before.factor * ms / before.ms;
  if (healthy_) now_factor = std::min(now_factor, healthy_->factor * ms / healthy_->ms);
  // A timing that came too late, or was disturbed, makes no device better than it ever was.
  now_factor = std::max(now_factor, healthy_ ? std::min(healthy_->factor, 1.0) : 1.0);
  const bool recovered = now_factor * defaults::device_recovered <= factor_;
  if (!last_) last_ = before;
  note_healthy({ms, factor_});
  if (!recovered) return 1;
  const auto change = now_factor / factor_;
  factor_ = now_factor;
  last_ = timing{ms, factor_};
  promised_ = factor_;
  return change;
}

}  // namespace bramble
