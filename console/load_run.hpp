#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "console/inference.hpp"

namespace bramble {

/// To whom the next request goes.
enum class request_spread : std::uint8_t {
  first,        ///< always the first node
  round_robin,  ///< one after the other
  shortest      ///< that which has fewest of these requests
};

/// Requests that come at random (Poisson), whether earlier ones are answered or not.
struct load_order {
  std::string model;
  std::string method = "bramble";
  wire_type wire = wire_type::fp32;
  std::vector<host_tensor> inputs;
  double per_second = 1;
  std::chrono::seconds length{60};
  std::uint64_t seed = 1;
  request_spread spread = request_spread::first;
  std::vector<endpoint> hosts;
};

struct load_sample {
  double came_ms = 0;      ///< since the beginning
  double response_ms = 0;  ///< from then to the answer, however long it waited where
};

struct load_result {
  load_order order;
  std::vector<load_sample> answers;  ///< in the order they came in
  std::size_t refused = 0;           ///< "busy"
  std::vector<std::string> failed;   ///< sentences
  std::size_t wrong = 0;             ///< answers that are not within 1e-5 of the first
  double per_second = 0;             ///< answers, from the first arrival to the last answer

  double percentile(double share) const;  ///< of the responses
};

/// Offers that load, and waits for every answer. `progress` hears a line now and then. Throws
/// `user_error` where no node answers at all.
load_result run_load(const key_info& keys, const load_order& order,
                     const std::function<void(const std::string&)>& progress);

std::string describe(const load_result& result);
nlohmann::json to_json(const load_result& result);

}  // namespace bramble
