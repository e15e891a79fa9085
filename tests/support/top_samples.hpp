#pragma once

#include "console/top/draw.hpp"

/// A shelf as `bramble top` gets it.
namespace bramble::test {

/// pi1 is host of a model that pi1 and pi2 make, pi3 is there too: 2 requests a second, of which
/// one took 400 ms and was promised in 360.
inline top_snapshot three_nodes_at_work() {
  top_snapshot out;
  out.shelf.cluster = "shelf";
  out.shelf.self = out.shelf.coordinator = "pi1";
  for (const char* name : {"pi1", "pi2", "pi3"}) {
    node_status node;
    node.name = node.report.name = name;
    node.state = "alive";
    node.address = "10.77.0.1:7741";
    node.report.gmacs = 6;
    node.report.memory_mb = 3792;
    node.report.free_memory_mb = 2950;
    node.report.temperature_c = 51;
    node.report.ready = true;
    for (const char* to : {"pi1", "pi2", "pi3"})
      if (node.name != to) node.report.links.push_back({to, 940, 0.2});
    out.shelf.nodes.push_back(node);
  }
  out.shelf.nodes[0].report.loads = {{"inception_v4", 2, 1, 3, 40}};

  live_report host;
  host.host = "pi1";
  live_plan used;
  used.p.model = "inception_v4";
  used.p.epoch = 7;
  used.p.nodes = {"pi1", "pi2", "pi3"};
  used.p.verdicts = {{true, "", 250, 0, 0, 0}, {true, "", 200, 0, 0, 0}, {false, "", 0, 0, 0, 0}};
  used.runs = 12;
  used.measured_ms = 390;
  host.plans = {used};
  out.hosts = {host};

  request_view last;
  last.host = "pi1";
  last.model = "inception_v4";
  last.method = "bramble";
  last.epoch = 7;
  last.predicted_ms = 360;
  last.measured_ms = 400;
  last.nodes = {{"pi1", {{0, 100}, {150, 360}}, {{0, 110}, {160, 400}}, 310, 350, 5.5},
                {"pi2", {{20, 220}}, {{20, 380}}, 200, 360, 2.5}};
  last.bytes = {{{"pi1", "pi2"}, 50'000'000}, {{"pi2", "pi1"}, 1'000'000}};
  out.request = last;

  std::uint64_t number = 0;
  for (const auto& [kind, text] : {std::pair{"joined", "pi3 is in the cluster"},
                                   {"failed", "pi9 does not answer any more"},
                                   {"plan", "plan 7 of inception_v4 by bramble is in use"}}) {
    ++number;
    out.events.push_back({{number, 1'700'000'000'000 + number, "pi1", kind, "", text}, {"pi1"}});
  }
  for (int i = 0; i < 30; ++i) out.history.push_back({2, 380.0 + i, i == 20});
  return out;
}

inline top_snapshot with_actors(top_snapshot out = three_nodes_at_work()) {
  for (const char* node : {"pi1", "pi2"}) {
    actor_list list{node, {}};
    for (const char* name : {"cluster", "requester", "branch_executor"}) {
      actor_info actor;
      actor.name = name;
      actor.id = list.actors.size() + 1;
      actor.mailbox = actor.id * (node == std::string{"pi2"} ? 10 : 1);
      actor.last_minute = 100 - actor.mailbox;
      list.actors.push_back(actor);
    }
    out.actors.push_back(list);
  }
  return out;
}

inline std::string screen_of(const top_state& state, const top_snapshot& now,
                             std::size_t width = 80, std::size_t height = 24, bool utf8 = true) {
  return draw_top(state, now, width, height, utf8, 1'700'000'000).text();
}

inline top_key typed(const char* text) {
  return {top_key::kind_t::character, text};
}

}  // namespace bramble::test
