#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "actors/client/node_client.hpp"

namespace bramble {

/// How the shelf takes its requests, as its coordinator says.
struct coordinator_ways {
  std::vector<load_way> ways;
  std::string unknown;  ///< why there are none; empty: that is known
};
/// Asks the coordinator that `status` tells of, which may be out of reach just now.
coordinator_ways ask_ways(const key_info& keys, const cluster_status& status);
/// Without asking where nothing was asked of any host of late; empty where they are not known.
std::vector<load_way> ways_in_use(const key_info& keys, const cluster_status& status);

/// What is asked of a shelf, host by host, and how it takes that; of one model, or of all (empty).
struct shelf_load {
  struct host_load {
    std::string host;
    model_load load;
  };
  std::string coordinator;
  std::vector<host_load> hosts;
  coordinator_ways taken;
};
shelf_load load_of_shelf(const key_info& keys, node_client& client, const std::string& model);
shelf_load load_of_shelf(const cluster_status& status, coordinator_ways ways,
                         const std::string& model);

/// For people, ends with a newline; and for programs.
std::string describe(const shelf_load& load);
nlohmann::json to_json(const shelf_load& load);

}  // namespace bramble
