#include "console/gather_trace.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

#include "config/defaults.hpp"
#include "config/defaults_trace.hpp"
#include "model/graph/manifest.hpp"

namespace bramble {
namespace {

double own_clock_ms() {
  return std::chrono::duration<double, std::milli>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// What has to be added to a node's clock to have ours; known to half the time of the question that
/// was answered soonest (Cristian, "Probabilistic clock synchronization", 1989).
struct clock_offset {
  double ms = 0;
  double error_ms = std::numeric_limits<double>::infinity();
};

clock_offset compare_clocks(node_client& client) {
  clock_offset out;
  for (int i = 0; i < defaults::clock_questions; ++i) {
    const auto asked = own_clock_ms();
    const auto theirs = client.read_clock();
    const auto answered = own_clock_ms();
    const auto error = (answered - asked) / 2;
    if (error < out.error_ms) out = {(asked + answered) / 2 - theirs, error};
  }
  return out;
}

/// What a node told is followed by index below.
run_trace checked(run_trace told) {
  const auto count = told.by.nodes.size();
  const auto is_node = [&](std::size_t index) { return index < count; };
  const bool sound =
      is_node(told.by.host) &&
      std::ranges::all_of(told.by.pieces, is_node, [](const piece& p) { return p.node; });
  if (!sound)
    throw user_error("What " + told.node + " told of a request names a node that is none.");
  return told;
}

const node_status& member_of(const cluster_status& shelf, const std::string& node) {
  const auto found = std::ranges::find(shelf.nodes, node, &node_status::name);
  if (found == shelf.nodes.end() || found->state != "alive")
    throw user_error(node + " worked on the request and is not here any more.");
  return *found;
}

}  // namespace

request_trace gather_trace(const key_info& keys, node_client& client, const std::string& model) {
  member_clients members{keys};
  return gather_trace(members, client, client.describe(model).identity, client.status());
}

request_trace gather_trace(member_clients& members, node_client& host, const std::string& identity,
                           const cluster_status& shelf) {
  request_trace out;
  out.nodes.push_back({checked(host.trace({identity, 0})), 0, 0});
  const auto host_clock = compare_clocks(host);
  out.nodes.front().error_ms = host_clock.error_ms;
  const auto by = out.by();
  const auto request = out.nodes.front().part.request;
  for (const auto& name : names_of_workers(by)) {
    if (name == by.nodes[by.host]) continue;
    auto& other = members.to(member_of(shelf, name));
    auto part = checked(other.trace({identity, request}));
    const auto clock = compare_clocks(other);
    out.nodes.push_back(
        {std::move(part), clock.ms - host_clock.ms, clock.error_ms + host_clock.error_ms});
  }
  return out;
}

graph graph_of(node_client& client, const model_description& model) {
  const auto told = client.prepare({model.identity, model.name, client.node_name(), true});
  return decode_manifest(told.manifest, "the manifest of " + model.name).model;
}

}  // namespace bramble
