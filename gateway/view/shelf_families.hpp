#pragma once

#include <prometheus/metric_family.h>

#include <map>
#include <string>
#include <vector>

#include "console/top/snapshot.hpp"

namespace bramble::gateway {

/// The shelf's state as metrics: what `status` and `top` show, in seconds, bytes and celsius. Pure.
std::vector<prometheus::MetricFamily> shelf_families(const top_snapshot& shelf);

/// Why hosts went to other plans, counted from the events that nodes noted.
class replan_counter {
 public:
  /// Events that were counted already are not counted again.
  void note(const std::vector<merged_event>& events);
  prometheus::MetricFamily family() const;

 private:
  std::map<std::string, std::uint64_t> seen_;  ///< by node, the number of its newest
  std::map<std::string, double> by_reason_;
};

/// A word for the sentence in which a plan's change was told: "node_left", "link_rate", "by_hand",
/// "first", "other" and so on, few enough to be a label.
std::string reason_of(const std::string& text);

}  // namespace bramble::gateway
