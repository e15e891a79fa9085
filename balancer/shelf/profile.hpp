#pragma once

#include <string>
#include <string_view>

#include "balancer/shelf/shelf.hpp"

namespace bramble {

/// A model as somebody measured it: enough to plan on without having it. Weights have shapes and
/// sizes, no content. Plain data.
struct profiled_model {
  graph model;
  op_table table;  ///< as measured on that device
};

/// Reads a profile (docs/files.md describes it): JSON with a list of ops in topological order, each
/// with its time and the ops it reads. Throws `user_error` with the file and the node for anything
/// that is missing, no time, dangling, circular, or of sizes that do not fit each other.
profiled_model read_profile(const std::string& path);

/// The same for a text that is in memory; `name` stands for the file in messages.
profiled_model parse_profile(std::string_view text, const std::string& name);

/// Writes a calibration in the same form: reading it gives a graph that costs the same and, for
/// `g`, the same table.
std::string format_profile(const graph& g, const op_table& table);

/// The profile's times for the ops of another graph. Ops are the same when kind, window, groups and
/// the shapes of their first input and output are (a fused activation costs nothing that shows; a
/// residual is looked for first, but may be missing); equal ones are taken in order. Ops that the
/// profile lacks have no samples. Throws `user_error` (starting with `where`) when it covers less
/// of the graph's multiply-accumulates than defaults::profile_coverage_least: it is of another
/// model.
op_table times_for(const graph& g, const profiled_model& from, const std::string& where);

/// All times divided by `scale`: 0.08 makes a device of 8 % of the speed.
op_table slowed(op_table table, double scale);

/// All times scaled so that the ops that have any run at `gmacs` as a whole.
op_table at_rate(op_table table, const graph& g, double gmacs);

/// Gives the nodes that name a profile its times for `g`, and those that have nothing but a `gmacs`
/// figure the times of `usual` (may be null) at that rate. Throws `user_error` for a profile that
/// cannot be read or is of another model.
void load_profiles(shelf& s, const graph& g, const profiled_model* usual);

}  // namespace bramble
