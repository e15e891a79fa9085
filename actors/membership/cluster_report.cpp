#include "actors/membership/cluster_report.hpp"

#include <algorithm>

#include "actors/membership/link_meter.hpp"
#include "config/defaults_addresses.hpp"
#include "config/system/hardware_health.hpp"
#include "config/system/memory.hpp"

namespace bramble {

namespace {

/// Peers that we talk to and have no link for tensors with.
std::vector<link_trouble> troubles_of(const cluster_state& state) {
  std::vector<link_trouble> out;
  for (const auto& link : state.config.plane->stats()) {
    if (link.up || !state.book->links().up_to(link.peer)) continue;
    if (link.missing_s < std::chrono::duration<double>(defaults::link_trouble_after).count())
      continue;
    const auto& members = state.book->view().members;
    const auto whom = members.find(link.peer);
    auto why = link.trouble;
    if (why.empty() && whom != members.end())
      why =
          link.peer + " did not answer at port " + std::to_string(whom->second.data_port) + " yet";
    out.push_back({link.peer, why, link.missing_s});
  }
  return out;
}

}  // namespace

node_report report_of_self(const cluster_state& state) {
  node_report out;
  out.name = state.config.self.name;
  out.gmacs = state.gmacs;
  out.pace_gmacs = state.config.pace_gmacs;
  out.device = state.config.device;
  if (state.config.account) out.overrun = state.config.account->overrun();
  out.board = state.config.board;
  out.threads = state.config.threads;
  out.memory_mb = state.config.memory_mb;
  out.free_memory_mb = free_memory_mb();
  out.drained = state.book->is_drained();
  out.pace_factor = state.pace_factor;
  out.rate_limit_mbit = state.rate_limit_mbit;
  const auto hardware_health = read_board();
  out.temperature_c = hardware_health.temperature_c;
  out.throttled = hardware_health.throttled;
  out.links = read_links(*state.config.plane);
  out.troubles = troubles_of(state);
  out.models = state.models;
  out.loads = state.loads;
  out.warnings = state.warnings;
  out.pins = state.pins.all();
  if (state.config.revoked) out.revocations = state.config.revoked->number();
  const auto& members = state.book->view().members;
  const auto alive = std::count_if(members.begin(), members.end(), [](const auto& each) {
    return each.second.state == member::state_t::alive;
  });
  out.ready =
      state.gmacs > 0 && state.book->links().up().size() + 1 == static_cast<std::size_t>(alive);
  return out;
}

cluster_status status_of(const cluster_state& state, std::chrono::steady_clock::time_point now) {
  cluster_status out;
  const auto& book = *state.book;
  out.missing = book.absences(now);
  out.cluster = state.config.cluster_name;
  out.self = state.config.self.name;
  out.coordinator = book.coordinator();
  for (const auto& [name, each] : book.view().members) {
    if (each.state == member::state_t::forgotten) continue;
    node_status node;
    node.name = name;
    node.address = to_string(book.best_place(each));
    node.addresses = each.addresses;
    node.state = name_of(each.state);
    node.version = each.version;
    node.data_port = each.data_port;
    if (name == state.config.self.name)
      node.report = report_of_self(state);
    else if (const auto report = state.reports.find(name); report != state.reports.end())
      node.report = report->second;
    out.nodes.push_back(std::move(node));
  }
  return out;
}

}  // namespace bramble
