#pragma once

#include <chrono>
#include <deque>

#include "actors/protocol/run_trace.hpp"
#include "balancer/devices/emulation.hpp"
#include "model/plan/compute_engine.hpp"

namespace bramble {

/// What this node did for the last requests, for whoever asks where their time went. Pure but for
/// the times it is given.
class run_recorder {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// One request on its way.
  class recording {
   public:
    explicit recording(time_point began) : began_{began} {}
    void made(const step_result& done, time_point from, time_point until,
              const message_time& messages);
    void sent(const std::vector<outbound>& sends, time_point at);
    void received(std::uint32_t transfer, time_point at);

   private:
    friend class run_recorder;
    time_point began_;
    std::vector<trace_event> events_;
  };

  /// Keeps it, and forgets the oldest where there are defaults::traces_kept.
  void keep(recording&& done, std::uint64_t request, const std::string& node, const plan& by,
            time_point ended);

  /// Null when it is not known (any more).
  const run_trace* find(const trace_query& query, const std::string& node) const;

  static double ms_of(time_point at);

 private:
  std::deque<run_trace> kept_;  ///< newest last
};

}  // namespace bramble
