#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "console/top/snapshot.hpp"

namespace bramble::gateway {

/// What the gateway counts of itself, and the shelf's state, as Prometheus reads them. Any thread.
class gateway_metrics {
 public:
  gateway_metrics();
  ~gateway_metrics();
  gateway_metrics(const gateway_metrics&) = delete;
  gateway_metrics& operator=(const gateway_metrics&) = delete;

  /// A call was answered: `endpoint` is one of few words, `status` of HTTP.
  void count_call(const std::string& endpoint, int status, std::chrono::nanoseconds took);
  /// The shelf answered about a model, `waited` after it was asked.
  void observe(const std::string& model, const infer_reply& reply, std::chrono::nanoseconds waited);
  /// A client went away before it had its answer.
  void count_abandoned();

  /// What is so at the moment when somebody asks.
  struct gauges {
    std::size_t connections = 0;
    std::uint64_t turned_away = 0;
    std::size_t inferences = 0;
    std::size_t followers = 0;
  };

  /// All of it in the text format 0.0.4. `shelf` may be null; `is_of_now`: it was told just now.
  std::string text(const top_snapshot* shelf, bool is_of_now, const gauges& now);

 private:
  struct registered;
  std::unique_ptr<registered> metrics_;
};

}  // namespace bramble::gateway
