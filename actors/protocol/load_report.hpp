#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bramble {

/// What is asked of a host for one model.
struct model_load {
  std::string model;
  double per_second = 0;      ///< arrivals, of late
  std::uint32_t running = 0;  ///< requests under way
  std::uint32_t queued = 0;   ///< that wait for their turn
  double queued_ms = 0;       ///< how long they do, or the last did
  /// How long those waited that were answered last (defaults::waits_kept); 0: none was.
  double queued_p50_ms = 0;
  double queued_p95_ms = 0;
  std::uint64_t refused = 0;  ///< as busy, since the node has known of the model

  template <class Archive>
  void serialize(Archive& archive) {
    archive(model, per_second, running, queued, queued_ms, queued_p50_ms, queued_p95_ms, refused);
  }
};

/// The shelf took the requests in one way, and in another from then on.
struct way_switch {
  std::string from;  ///< clauses, as load_way::how
  std::string to;
  std::string why;  ///< with figures
  double seconds_ago = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(from, to, why, seconds_ago);
  }
};

/// How the shelf takes the requests for one model that are treated alike.
struct load_way {
  std::string model;
  std::string how;  ///< a clause: "all nodes share each request", ...
  std::string why;  ///< it is so, a clause with figures
  double for_s = 0;
  /// "divided" among all nodes, "teams", "pipeline", or "whole" on a node each.
  std::string kind = {};
  std::string wire = {};  ///< what travels, "fp32"
  bool exact = false;
  /// More requests a second, and queues grow; 0: not known, since never two were there at a time.
  double most_per_second = 0;
  std::uint32_t running = 0;  ///< of all hosts
  std::uint32_t queued = 0;
  std::vector<way_switch> switches = {};  ///< the last, oldest first

  template <class Archive>
  void serialize(Archive& archive) {
    archive(model, how, why, for_s, kind, wire, exact, most_per_second, running, queued, switches);
  }
};

}  // namespace bramble
