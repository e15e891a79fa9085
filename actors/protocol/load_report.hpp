#pragma once

#include <cstdint>
#include <string>

namespace bramble {

/// What is asked of a host for one model.
struct model_load {
  std::string model;
  double per_second = 0;      ///< arrivals, of late
  std::uint32_t running = 0;  ///< requests under way
  std::uint32_t queued = 0;   ///< that wait for their turn
  double queued_ms = 0;       ///< how long they do, or the last did

  template <class Archive>
  void serialize(Archive& archive) {
    archive(model, per_second, running, queued, queued_ms);
  }
};

/// How the shelf takes the requests for one model.
struct load_way {
  std::string model;
  std::string how;  ///< a clause: "all nodes share each request", ...
  std::string why;  ///< it is so, a clause with figures
  double for_s = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(model, how, why, for_s);
  }
};

}  // namespace bramble
