#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "actors/internal/actors.hpp"
#include "discovery/mdns/mdns.hpp"

namespace bramble {

struct examiner_config {
  std::string self;
  std::filesystem::path keys;    ///< folder of this node's certificate
  std::filesystem::path models;  ///< folder whose disk counts
  std::uint16_t control_port = 0;
  std::uint16_t data_port = 0;
  live_plans_teller requester;
  std::filesystem::path root = "/";  ///< of /proc, /sys and /etc
  /// What is heard of this node and of these peers by mDNS; may block for seconds. Nothing: it
  /// does not use mDNS.
  std::function<mdns_facts(const std::vector<std::string>& peers)> hear;
};

struct examiner_state {
  static inline const char* name = "examiner";
  examiner_config config;
  status_teller cluster;
  directory_ptr peers;
  std::string build;  ///< of the program; read once
  std::size_t done = 0;
};

/// Examines this node when it is asked to: its machine, the routes between it and its peers (which
/// it has look back), and what the node knows of the cluster. Reads files, and waits for ports of
/// others: spawn it detached.
examiner_actor::behavior_type examiner(examiner_actor::stateful_pointer<examiner_state> self,
                                       examiner_config config);

}  // namespace bramble
