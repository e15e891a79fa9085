#include "console/stream_progress.hpp"

#include <algorithm>

#include "config/defaults_stream.hpp"
#include "config/format.hpp"

namespace bramble {
namespace {

double seconds_between(stream_progress::time_point a, stream_progress::time_point b) {
  return std::chrono::duration<double>(b - a).count();
}

std::string rate_text(double per_second) {
  return fixed(per_second, per_second < 9.95 ? 2 : 1) + "/s";
}

}  // namespace

stream_progress::stream_progress(std::optional<std::size_t> total, time_point begin)
    : total_{total}, begin_{begin}, last_{begin} {}

void stream_progress::finished(time_point now, bool failed) {
  ++done_;
  if (failed) ++failed_;
  last_.push_back(now);
  if (last_.size() > defaults::stream_rate_answers + 1) last_.pop_front();
}

/// Up to now and not to the last answer, so that it falls while none comes.
double stream_progress::rate(time_point now) const {
  const auto took = seconds_between(last_.front(), now);
  return took > 0 ? static_cast<double>(last_.size() - 1) / took : 0;
}

std::string stream_progress::line(time_point now) const {
  auto out = std::to_string(done_) + (total_ ? " of " + std::to_string(*total_) : "") + " done";
  if (failed_ != 0) out += ", " + std::to_string(failed_) + " failed";
  const auto per_second = rate(now);
  // Before the first answer nobody knows; the model may have to be fetched and measured.
  if (done_ == 0 || per_second <= 0)
    return out + ", " + format_duration(seconds_between(begin_, now)) + " so far";
  out += ", " + rate_text(per_second);
  if (total_ && *total_ > done_)
    out += ", " + format_duration(static_cast<double>(*total_ - done_) / per_second) + " left";
  return out;
}

std::string stream_progress::summary(time_point now, bool stopped) const {
  const auto took = seconds_between(begin_, now);
  auto out = std::to_string(answered()) + " answered" +
             (failed_ != 0 ? ", " + std::to_string(failed_) + " failed" : "") + " in " +
             (took < 60 ? fixed(took, 1) + " s" : format_duration(took));
  if (done_ != 0 && took > 0) out += " (" + rate_text(static_cast<double>(done_) / took) + ")";
  if (!stopped) return out + ".";
  out = "Stopped: " + out;
  if (total_) out += "; " + std::to_string(*total_ - std::min(done_, *total_)) + " not begun";
  return out + ".";
}

}  // namespace bramble
