#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "actors/transport/data_plane/dispersion.hpp"

namespace bramble {

/// Others that used a network card while a frame passed it.
struct rate_contention {
  std::size_t others = 0;  ///< connections
  double share = 0;        ///< their bytes per byte of the frame
};

/// What the arrival of one frame came to.
struct frame_rates {
  std::vector<rate_sample> stretches;
  rate_contention contention;
};

/// Makes one rate of many samples. A busy processor, or a sender with nothing to send, makes
/// samples too low; hardly anything makes them too high: so an upper quantile of the last ones
/// counts, by bytes. Frames in a row that are all much slower, and agree, are another link: the
/// past is dropped; the same, and sooner, for frames that are much faster. A frame that shared a
/// network card says less: the link carries at least what the frame got and at most what all got
/// together, unless it got much less than its fair part. No clock: the caller passes the time.
class rate_filter {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  void add(const frame_rates& frame, time_point now);

  std::optional<double> mbit() const { return mbit_; }

  /// Frames with a rate in them so far.
  std::uint64_t frames() const { return frames_; }

  /// Enough frames agree, and the last is none that hints at a faster link; another would tell
  /// nothing new.
  bool settled() const;

  /// The last frame came so fast that the link may be another by now.
  bool in_doubt() const { return !fast_.empty(); }

 private:
  struct sample {
    time_point when;
    double mbit;
    double bytes;
    std::uint64_t frame;
    bool alone;
  };
  struct odd_frame {
    time_point when;
    double mbit;
    std::uint64_t frame;
  };

  void take(const rate_sample& stretch, double most_over_least, time_point now);
  void watch_for_drop(double best, time_point now);
  void watch_for_rise(const frame_rates& frame, time_point now);
  void drop_before(std::uint64_t frame);
  void forget(time_point now);
  double quantile(double share) const;

  std::deque<sample> samples_;  // oldest first
  std::deque<odd_frame> slow_;
  std::deque<odd_frame> fast_;
  std::uint64_t frames_ = 0;
  std::optional<double> mbit_;
};

}  // namespace bramble
