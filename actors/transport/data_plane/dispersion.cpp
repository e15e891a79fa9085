#include "actors/transport/data_plane/dispersion.hpp"

#include <algorithm>
#include <utility>

#include "config/defaults.hpp"

namespace bramble {

double rate_sample::mbit() const {
  return static_cast<double>(bytes) * 8e-6 / std::chrono::duration<double>(time).count();
}

void dispersion::begin(time_point now, std::uint64_t arrived, std::uint64_t waiting) {
  done_.clear();
  started_ = false;
  starts_at_ = arrived - std::min(arrived, waiting) + defaults::rate_head_bytes;
  look(now, arrived);
}

void dispersion::look(time_point now, std::uint64_t arrived) {
  if (!started_) {
    if (arrived < starts_at_) return;
    started_ = true;
  } else {
    const auto bytes = arrived - from_;
    if (bytes < defaults::rate_stretch_bytes || now <= since_) return;
    done_.push_back({bytes, now - since_});
  }
  since_ = now;
  from_ = arrived;
}

std::vector<rate_sample> dispersion::end(time_point now, std::uint64_t arrived) {
  look(now, arrived);
  const auto rest = started_ ? arrived - from_ : 0;
  if (rest >= defaults::rate_least_bytes && now > since_) done_.push_back({rest, now - since_});
  return std::exchange(done_, {});
}

}  // namespace bramble
