#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "actors/protocol/run_trace.hpp"
#include "model/graph/graph.hpp"

namespace bramble {

/// One node's part in a request, and how its clock stands to the host's.
struct node_trace {
  run_trace part;
  double offset_ms = 0;  ///< to be added to its times
  double error_ms = 0;   ///< the offset may be wrong by so much
};

/// A real request as all who worked on it saw it. The host's part is the first.
struct request_trace {
  std::vector<node_trace> nodes;

  const plan& by() const { return nodes.front().part.by; }
  double began_ms() const { return nodes.front().part.began_ms; }
  double latency_ms() const { return nodes.front().part.ended_ms - began_ms(); }
};

/// Where one node's time of a request went; sums to its latency, which is the host's.
struct time_shares {
  double computing_ms = 0;
  double messages_ms = 0;    ///< of an emulated device: sending and receiving
  double encryption_ms = 0;  ///< likewise
  double waiting_ms = 0;     ///< between two pieces: for rows of others
  double before_ms = 0;      ///< until its first piece
  double after_ms = 0;       ///< from its last one on
  double planned_busy_ms = 0;

  double busy_ms() const { return computing_ms + messages_ms + encryption_ms; }
};

/// Of the `index`th node of `trace`.
time_shares shares_of(const request_trace& trace, std::size_t index);

/// A table for people, beside what the plan's simulation promised; and the same as JSON.
std::string describe_where(const request_trace& trace);
nlohmann::json where_json(const request_trace& trace);

/// The request for Perfetto (ui.perfetto.dev): a row for each node's pieces, arrows for transfers.
/// `g` names the ops.
std::string trace_json(const request_trace& trace, const graph& g);

}  // namespace bramble
