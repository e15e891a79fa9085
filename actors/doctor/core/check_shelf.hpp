#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "actors/protocol/examination.hpp"
#include "actors/protocol/live_report.hpp"
#include "actors/protocol/status_report.hpp"
#include "config/doctor/finding.hpp"

namespace bramble {

/// What a node knows of its shelf, and what its peers said when it asked.
struct shelf_facts {
  cluster_status status;
  live_report live;                ///< of this node as a host
  std::vector<examination> nodes;  ///< this one first, then those that answered
  /// By node: how far its clock is ahead of this one's.
  std::map<std::string, std::chrono::seconds> clocks;
};

// Pure: facts go in, findings come out. A fault is a finding of its own; where all is well there is
// one for each subject.

/// All of them, in the order in which people read them.
std::vector<finding> check_shelf(const shelf_facts& facts);

/// Who is missing, gone, refused or not ready, and between whom no tensors go.
std::vector<finding> check_members(const cluster_status& status);
/// What was changed by hand, and is easily forgotten.
std::vector<finding> check_changes(const cluster_status& status);
std::vector<finding> check_versions(const shelf_facts& facts);
std::vector<finding> check_clocks(const shelf_facts& facts);
/// Those that answered, against the clock of this node.
std::vector<finding> check_certificates(const std::vector<examination>& nodes);
/// Against others of its kind, and against published figures of its board.
std::vector<finding> check_speeds(const cluster_status& status);
/// Nodes that plans in use do without.
std::vector<finding> check_plans(const live_report& live);
/// Models that are not everywhere, and names that mean two.
std::vector<finding> check_models(const cluster_status& status);

}  // namespace bramble
