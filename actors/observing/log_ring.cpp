#include "actors/observing/log_ring.hpp"

#include <spdlog/spdlog.h>

#include <chrono>

#include "config/defaults_observing.hpp"

namespace bramble {

log_list log_ring::lines(const log_query& which) {
  const std::lock_guard lock{mutex_};
  log_list out;
  out.last = last_;
  for (const auto& each : lines_)
    if (each.number > which.after && each.level >= which.least) out.lines.push_back(each);
  return out;
}

std::shared_ptr<log_ring> log_ring::install() {
  auto out = std::make_shared<log_ring>();
  spdlog::default_logger()->sinks().push_back(out);
  return out;
}

void log_ring::sink_it_(const spdlog::details::log_msg& message) {
  const auto at =
      std::chrono::duration_cast<std::chrono::milliseconds>(message.time.time_since_epoch());
  lines_.push_back({++last_, static_cast<std::uint64_t>(at.count()),
                    static_cast<std::uint8_t>(message.level),
                    std::string{message.payload.data(), message.payload.size()}.substr(
                        0, defaults::event_text_most)});
  if (lines_.size() > defaults::log_lines) lines_.pop_front();
}

}  // namespace bramble
