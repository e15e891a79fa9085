#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>

#include "console/top/snapshot.hpp"

namespace bramble {

/// Makes a sample of each second's reports. Pure; one thread at a time.
class top_history {
 public:
  /// What the nodes told this second.
  void add(const cluster_status& shelf, const std::vector<live_report>& hosts);
  /// A second in which nobody told anything.
  void add_nothing();

  const std::deque<second_sample>& samples() const { return samples_; }

 private:
  void keep(const second_sample& now);
  bool plan_changed(const std::vector<live_report>& hosts);
  std::optional<double> latency(const std::vector<live_report>& hosts);

  std::deque<second_sample> samples_;
  std::set<std::string> hosts_seen_;
  /// By host: the newest plan that it went to.
  std::map<std::string, std::uint64_t> switched_to_;
  std::map<std::string, std::uint64_t> runs_;  ///< by host and epoch
  std::optional<double> last_ms_;
};

/// Requests a second that are asked of all hosts that are alive, of this model or (empty) any.
double requests_a_second(const cluster_status& shelf, const std::string& host = {},
                         const std::string& model = {});

}  // namespace bramble
