#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace bramble {

/// A stretch of a large frame: so many bytes reached this machine in this time.
struct rate_sample {
  std::uint64_t bytes = 0;
  std::chrono::nanoseconds time{0};

  double mbit() const;
};

/// Cuts the arrival of one large frame into stretches whose rates can be told. The caller looks at
/// the clock and at what has arrived in its kernel (not at what it has read), so a reader that was
/// late still adds exact points. The head of a frame is left out: a token bucket or a queue that
/// filled up while the link was idle lets it pass faster than the link. No clock, no socket.
class dispersion {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// The frame's header was read. `arrived` counts bytes from any zero, `waiting` is how many of
  /// them are the frame's beyond its header.
  void begin(time_point now, std::uint64_t arrived, std::uint64_t waiting);

  /// So much has arrived by now.
  void look(time_point now, std::uint64_t arrived);

  /// The frame is complete. Empty when all of it was there before anybody looked.
  std::vector<rate_sample> end(time_point now, std::uint64_t arrived);

 private:
  std::vector<rate_sample> done_;
  bool started_ = false;  ///< the head is past
  std::uint64_t starts_at_ = 0;
  time_point since_;
  std::uint64_t from_ = 0;
};

}  // namespace bramble
