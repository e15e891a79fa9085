#include "actors/transport/data_plane/rate_filter.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include "config/defaults.hpp"
#include "config/defaults_measuring.hpp"

namespace bramble {
namespace {

/// The most that a frame's link may carry, per bit that the frame got.
double most_over_least(const rate_contention& contention) {
  if (contention.share < defaults::rate_shared_least) return 1;
  const double got = 1 / (1 + contention.share);
  const double fair = 1 / (1 + static_cast<double>(contention.others));
  return got < defaults::rate_fair_least * fair ? 1 : 1 + contention.share;
}

/// Of all that was measured of the frame: a stretch of it may be lucky.
double mean_mbit(const std::vector<rate_sample>& stretches) {
  rate_sample all;
  for (const auto& each : stretches) {
    all.bytes += each.bytes;
    all.time += each.time;
  }
  return all.mbit();
}

/// Whether rates differ by no more than this factor.
template <class Frames>
bool agree(const Frames& frames, double spread) {
  const auto [low, high] =
      std::minmax_element(frames.begin(), frames.end(),
                          [](const auto& one, const auto& other) { return one.mbit < other.mbit; });
  return high->mbit <= spread * low->mbit;
}

}  // namespace

void rate_filter::add(const frame_rates& frame, time_point now) {
  if (frame.stretches.empty()) return;
  ++frames_;
  const double factor = most_over_least(frame.contention);
  double best = 0;
  for (const auto& each : frame.stretches) {
    take(each, factor, now);
    best = std::max(best, each.mbit() * factor);
  }
  watch_for_drop(best, now);
  watch_for_rise(frame, now);
  forget(now);
  if (!samples_.empty()) mbit_ = quantile(defaults::rate_quantile);
}

void rate_filter::take(const rate_sample& stretch, double most_over_least, time_point now) {
  const double least = stretch.mbit();
  const double most = least * most_over_least;
  const double value = std::clamp(mbit_.value_or(most), least, most);
  const bool alone = most_over_least == 1;
  if (!alone && value == mbit_) return;  // it fits what is known and adds nothing
  samples_.push_back({now, value, static_cast<double>(stretch.bytes), frames_, alone});
}

void rate_filter::watch_for_drop(double best, time_point now) {
  if (!mbit_ || best >= defaults::rate_drop_share * *mbit_) return slow_.clear();
  slow_.push_back({now, best, frames_});
  if (!agree(slow_, defaults::rate_drop_spread)) return slow_.pop_front();
  if (slow_.size() < defaults::rate_drop_frames) return;
  if (now - slow_.front().when < defaults::rate_drop_time) return;
  drop_before(slow_.front().frame);
}

/// What a frame got by itself, whoever shared its card, is the least that its link carries.
void rate_filter::watch_for_rise(const frame_rates& frame, time_point now) {
  const auto mbit = mean_mbit(frame.stretches);
  if (!mbit_ || mbit <= defaults::rate_rise_share * *mbit_) return fast_.clear();
  fast_.push_back({now, mbit, frames_});
  if (!agree(fast_, defaults::rate_rise_spread)) return fast_.pop_front();
  if (fast_.size() >= defaults::rate_rise_frames) drop_before(fast_.front().frame);
}

void rate_filter::drop_before(std::uint64_t frame) {
  std::erase_if(samples_, [&](const sample& each) { return each.frame < frame; });
  slow_.clear();
  fast_.clear();
}

void rate_filter::forget(time_point now) {
  // Large frames over a slow link are old and have many samples each, and still they are the last.
  const auto is_of_the_last = [&](const sample& each) {
    return each.frame + defaults::rate_settled_frames > frames_;
  };
  while (samples_.size() > defaults::rate_samples_most ||
         (samples_.size() > defaults::rate_samples_least && !is_of_the_last(samples_.front()) &&
          now - samples_.front().when > defaults::rate_memory)) {
    samples_.pop_front();
  }
}

double rate_filter::quantile(double share) const {
  std::vector<std::pair<double, double>> by_rate;
  double all = 0;
  for (const auto& each : samples_) {
    by_rate.emplace_back(each.mbit, each.bytes);
    all += each.bytes;
  }
  // Halves what may hold the answer again and again; sorting all of it for each frame showed in
  // profiles.
  double missing = share * all;
  auto first = by_rate.begin();
  auto last = by_rate.end();
  while (last - first > 1) {
    const auto middle = first + (last - first) / 2;
    std::nth_element(first, middle, last);
    double below = 0;
    for (auto each = first; each != middle; ++each) below += each->second;
    if (below >= missing) {
      last = middle;
    } else {
      missing -= below;
      first = middle;
    }
  }
  return first->first;
}

bool rate_filter::settled() const {
  std::set<std::uint64_t> alone;
  for (const auto& each : samples_) {
    if (each.alone) alone.insert(each.frame);
  }
  return !in_doubt() && alone.size() >= defaults::rate_settled_frames &&
         quantile(0.5) >= defaults::rate_settled_share * *mbit_;
}

}  // namespace bramble
