#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/graph/host_tensor.hpp"

namespace bramble {

/// Host only: run request `id` by the installed plan `plan_key`.
struct run_order {
  std::uint64_t id = 0;
  std::uint64_t plan_key = 0;
  std::shared_ptr<const std::vector<host_tensor>> inputs;
};
struct run_result {
  std::vector<host_tensor> outputs;
  double latency_ms = 0;
  double waited_ms = 0;  ///< of it: for pieces of other requests, on the host
};

}  // namespace bramble
