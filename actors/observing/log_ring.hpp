#pragma once

#include <spdlog/sinks/base_sink.h>

#include <deque>
#include <memory>
#include <mutex>

#include "actors/protocol/log_report.hpp"

namespace bramble {

/// The last lines of this process's log, for who asks. One of spdlog's sinks; the levels are its
/// own, in its order. Thread-safe.
class log_ring : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// Lines of at least that level; no more than `defaults::log_lines` are there.
  log_list lines(const log_query& which);

  /// Adds one to the default logger, which goes on as before.
  static std::shared_ptr<log_ring> install();

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

 private:
  std::deque<log_line> lines_;
  std::uint64_t last_ = 0;
};

}  // namespace bramble
