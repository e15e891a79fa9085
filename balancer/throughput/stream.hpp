#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "balancer/search/planner.hpp"

namespace bramble {

struct stream_request {
  wire_type wire = wire_type::fp32;
  std::optional<double> latency_limit_ms;  ///< of every request
};

/// Some of a stream's requests: all that are treated alike.
struct stream_part {
  plan how;
  double per_second = 0;
};

/// A stream of requests to one host, as plain plans with a rate each. One part on one node is that
/// node alone; parts on different nodes are replication; a part whose nodes hold consecutive pieces
/// is a pipeline, since a node takes the next request while others are at the last one.
struct stream_plan {
  std::vector<stream_part> parts;  ///< by rate, highest first
  double per_second = 0;
  double one_node_per_second = 0;  ///< the host alone
  double most_per_second = 0;      ///< no plan does more: all work spread without loss
  double latency_ms = 0;           ///< of the slowest part, without waiting for other requests
};

/// The most requests per second. Candidates are every node alone, device sets of several sizes that
/// share each request, and pipelines; the mix of them that no processor and no direction of a
/// network card limits more is found exactly (a linear program), assuming that requests come
/// evenly. Throws `user_error` when nothing keeps the latency limit or fits the memory.
stream_plan make_stream_plan(const graph& g, const shelf& s, const stream_request& request);

/// For people, ends with a newline; and for programs.
std::string report_text(const stream_plan& p);
nlohmann::json report_json(const stream_plan& p);

}  // namespace bramble
