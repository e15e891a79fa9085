#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "actors/data_plane/dispersion.hpp"

namespace bramble {

/// Others that used a network card while a frame passed it.
struct rate_company {
  std::size_t others = 0;  ///< connections
  double share = 0;        ///< their bytes per byte of the frame
};

/// What the arrival of one frame came to.
struct frame_rates {
  std::vector<rate_sample> stretches;
  rate_company company;
};

/// Makes one rate of many samples. A busy processor, or a sender with nothing to send, makes
/// samples too low; hardly anything makes them too high: so an upper quantile of the last ones
/// counts, by bytes. Frames in a row that are all much slower, and agree, are another link: the
/// past is dropped. A frame that shared a network card says less: the link carries at least what
/// the frame got and at most what all got together, unless it got much less than its fair part. No
/// clock: the caller passes the time.
class rate_filter {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  void add(const frame_rates& frame, time_point now);

  std::optional<double> mbit() const { return mbit_; }

  /// Frames with a rate in them so far.
  std::uint64_t frames() const { return frames_; }

  /// Enough frames agree; another would tell nothing new.
  bool settled() const;

 private:
  struct sample {
    time_point when;
    double mbit;
    double bytes;
    std::uint64_t frame;
    bool alone;
  };
  struct slow_frame {
    time_point when;
    double best;
    std::uint64_t frame;
  };

  void take(const rate_sample& stretch, double most_over_least, time_point now);
  void watch_for_drop(double best, time_point now);
  void forget(time_point now);
  double quantile(double share) const;

  std::deque<sample> samples_;  // oldest first
  std::deque<slow_frame> slow_;
  std::uint64_t frames_ = 0;
  std::optional<double> mbit_;
};

}  // namespace bramble
