#pragma once

#include <string>
#include <vector>

#include "balancer/shelf/shelf.hpp"
#include "model/graph/graph.hpp"
#include "model/plan/plan.hpp"

namespace bramble {

/// Nodes that share each request given to them. One node makes its requests whole.
struct team {
  std::vector<std::string> nodes;
  double answer_ms = 0;     ///< a request alone, its way to the team and back included
  double interval_ms = 0;   ///< between the answers of a team that always has requests
  std::string method = {};  ///< of its plan; empty: as requests are planned anyway

  /// Requests it has at once: enough to keep all of it busy.
  std::size_t turns_most() const;
};

/// How a shelf takes the requests for one model: every node is in one team at most, and a request
/// is given to the team that will have answered it first.
struct way {
  std::vector<team> teams;

  bool is_one_team() const { return teams.size() == 1; }
  /// Its teams have a part of the model each node, one after the other.
  bool is_pipeline() const { return !teams.empty() && teams[0].method == "pipeline"; }
};

/// For people: "all 4 nodes share each request", "each of 4 nodes makes requests whole",
/// "2 teams share each request: pi1 pi3 | pi2 pi4", "a part of each request on each of 4 nodes".
std::string describe(const way& w);

/// What there is to choose from, the nodes in one team first, then in ever more teams of about the
/// same speed down to single nodes. Times are the simulator's. A way that does not fit the memory
/// is not among them; where nodes have no room for the model as a whole, pipelines are, as far as
/// they answer more: with room for it whole requests do the same work without sending it around.
/// Throws `user_error` where there is none at all.
std::vector<way> ways_of(const graph& g, const shelf& s, wire_type wire, bool exact, double effort);

/// Response times of requests, in milliseconds from their arrival to their answer.
struct response {
  double mean_ms = 0;
  double p50_ms = 0;
  double p95_ms = 0;
};

/// Of the times of some requests, at least one.
response summary_of(std::vector<double> times_ms);

/// So many requests are in the shelf at any time: as one is answered the next comes.
response closed_response(const way& w, std::size_t requests);
/// They are of so many clients, each of which pauses so long between an answer and its next
/// request: on average, and at random (exponential, a fixed seed).
response clients_response(const way& w, std::size_t clients, double pause_ms);
/// They come at random (Poisson, a fixed seed), so many a second.
response open_response(const way& w, double per_second);
/// More than this, and queues grow without end.
double most_per_second(const way& w);

/// The way whose answers come soonest while so many requests are there; its place in `ways`.
std::size_t best_way(const std::vector<way>& ways, std::size_t requests);

}  // namespace bramble
