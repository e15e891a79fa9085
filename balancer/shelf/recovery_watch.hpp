#pragma once

#include <chrono>
#include <optional>

namespace bramble {

/// When a device whose pieces nobody saw lately is to be timed with a small piece of work, and what
/// that says of its correction for one model. A node that was slow is left out of plans, and
/// nothing else would tell that it is as quick as before. The same piece is compared with itself:
/// as it was soon after the last pieces of the model, when the correction was right, and as it was
/// when the device was healthy. No clock: the caller passes the time.
class recovery_watch {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Pieces of a request ran, and say that the device takes so many times its calibration.
  void observed(double factor, time_point now);

  /// Somebody plans with the speed of this device.
  void asked(time_point now) { asked_ = now; }

  /// The small piece is to be timed now.
  bool is_due(time_point now) const;

  /// It took so long. By what the correction is to be multiplied; 1: it tells nothing new.
  double timed(double ms, time_point now);

 private:
  struct timing {
    double ms = 0;
    double factor = 1;  ///< the correction that held then
  };

  void note_healthy(const timing& now);

  double factor_ = 1;
  std::optional<time_point> observed_;
  std::optional<time_point> asked_;
  std::optional<time_point> timed_;
  std::optional<timing> last_;      ///< since pieces were observed
  std::optional<timing> healthy_;   ///< when the device was as calibrated
  std::optional<double> promised_;  ///< what was said last; pieces will show
  unsigned lateness_ = 1;           ///< the pause between looks, multiplied
};

}  // namespace bramble
