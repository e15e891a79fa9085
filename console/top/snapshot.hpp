#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/protocol/message_types.hpp"
#include "console/events.hpp"

namespace bramble {

/// A stretch of time of a request, in ms since it began.
struct time_bar {
  double begin_ms = 0;
  double end_ms = 0;
};

/// What one node had to do with a request, as predicted and as it came.
struct node_strip {
  std::string node;
  std::vector<time_bar> predicted;  ///< what it computes; by time
  std::vector<time_bar> measured;
  double predicted_ms = 0;  ///< of computing, in all
  double measured_ms = 0;
  double gmacs = 0;  ///< that it reached; 0: it made nothing that counts
};

/// The last request of a host beside what its plan promised.
struct request_view {
  std::string host;
  std::string model;
  std::string method;
  std::uint64_t epoch = 0;
  double predicted_ms = 0;
  double measured_ms = 0;
  std::vector<node_strip> nodes;
  std::map<std::pair<std::string, std::string>, std::uint64_t> bytes;  ///< of one request: from, to
};

/// What one second came to.
struct second_sample {
  double requests = 0;               ///< a second, asked of all hosts
  std::optional<double> latency_ms;  ///< median of the plan at work; none: nothing was asked
  bool plan_changed = false;
};

/// Everything that `bramble top` draws, as the nodes told it. Plain data.
struct top_snapshot {
  cluster_status shelf;
  std::vector<live_report> hosts;      ///< of hosts that are asked something, and the asked node
  std::vector<merged_event> events;    ///< oldest first
  std::vector<request_list> requests;  ///< only of hosts that are asked something
  std::vector<actor_list> actors;      ///< only while the page of actors is looked at
  std::optional<request_view> request;
  std::string request_trouble;        ///< why there is none, or no newer one; may be empty
  std::vector<std::string> silent;    ///< members that did not answer when they were asked
  std::string trouble;                ///< why the shelf's state is not of now; empty: it is
  std::string said;                   ///< what a change by hand came to
  std::deque<second_sample> history;  ///< oldest first
};

}  // namespace bramble
