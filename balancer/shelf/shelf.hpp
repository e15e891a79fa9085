#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "balancer/shelf/message_costs.hpp"
#include "model/plan/op_table.hpp"

namespace bramble {

struct shelf_node {
  std::string name;
  double gmacs = 0;  ///< multiply-accumulates per second / 1e9, whole model
  std::uint64_t memory_mb = 0;
  double nic_mbit = 0;
  op_table table;  ///< preferred over gmacs where it has samples
  /// A file of measured times (balancer/shelf/profile.hpp) for `load_profiles` to fill `table`
  /// from: as they are divided by the scale or, where `gmacs` is given, scaled so that the model
  /// runs at it.
  std::string profile = {};
  double profile_scale = 1;
  /// What the node is (balancer/devices/device.hpp), as `find_device` takes it, for `load_devices`
  /// to fill `table` and `messages` from; may be empty.
  std::string device = {};
  message_costs messages = {};

  bool has_table() const { return !table.ops.empty(); }
};

struct shelf_link {
  std::string a, b;
  double mbit = 0;
  double rtt_ms = 0;
};

/// Who could work on a request: the planner's whole view of the world.
struct shelf {
  std::string host;
  std::vector<shelf_node> nodes;
  std::vector<shelf_link>
      links;  ///< optional; else the slower of the two NICs and `default_rtt_ms`

  bool has(const std::string& name) const;
  std::size_t index_of(const std::string& name) const;  ///< throws user_error when unknown
};

/// Throws `user_error` (starting with `where`) unless the figures are finite and positive, names
/// are there and different, host and links name nodes, and samples ascend. The memory may be 0:
/// unknown.
void validate(const shelf& s, const std::string& where);

/// What one end measured of a link. Of what both ends say the slower is kept, since a transfer goes
/// as fast as its slower half. Nothing happens when nothing was measured (`mbit` 0) or one of them
/// is no node of the shelf.
void add_measured_link(shelf& s, const shelf_link& measured);

/// Writes a shelf file that `read_shelf` reads back: tables as the profiles that nodes name.
std::string format_shelf(const shelf& s);

/// Reads a shelf file (docs/files.md). Throws `user_error` with file, line and key for unknown
/// keys, negative rates, links to nobody, zero nodes, a host that is not there. Paths of profiles
/// count from the file's folder; they are not read yet.
shelf read_shelf(const std::string& path);

/// The same for a text that is in memory; `name` stands for the file in messages.
shelf parse_shelf(std::string_view text, const std::string& name);

}  // namespace bramble
