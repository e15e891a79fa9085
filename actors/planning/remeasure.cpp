#include "actors/planning/remeasure.hpp"

#include <functional>

#include "config/defaults_measuring.hpp"

namespace bramble {
namespace {

using remeasurer_pointer = private_remeasurer::stateful_pointer<remeasurer_state>;

/// One measurement under way: whoever is asked counts down, and the report goes out with the last.
struct measurement {
  probe_report report;
  std::size_t open = 0;
  caf::typed_response_promise<probe_report> promise;
};
using measurement_ptr = std::shared_ptr<measurement>;

/// Both directions of every link that is up, as they are known now.
std::vector<probe_report::link> links_of(const remeasurer_config& config) {
  std::vector<probe_report::link> out;
  for (const auto& link : config.plane->stats()) {
    if (!link.up) continue;
    out.push_back({config.self, link.peer, link.mbit_out.value_or(0), 0});
    out.push_back({link.peer, config.self, link.mbit_in.value_or(0), 0});
  }
  return out;
}

void finish(const remeasurer_config& config, measurement& m) {
  for (const auto& now : links_of(config))
    for (auto& link : m.report.links)
      if (link.from == now.from && link.to == now.to) link.after_mbit = now.before_mbit;
  m.promise.deliver(m.report);
}

/// Whoever does not answer was not measured, which the figures show.
template <class Reply, class Handle, class... Args>
void ask(remeasurer_pointer self, const measurement_ptr& m, const Handle& whom,
         std::function<void(const Reply&)> use, const Args&... args) {
  ++m->open;
  const auto done = [=] {
    if (--m->open == 0) finish(self->state.config, *m);
  };
  self->request(whom, defaults::remeasure_timeout, args...)
      .then(
          [=](const Reply& reply) {
            use(reply);
            done();
          },
          [=](caf::error&) { done(); });
}

void measure(remeasurer_pointer self, const measurement_ptr& m) {
  auto& state = self->state;
  node_names names;
  for (const auto& link : m->report.links)
    if (link.from == state.config.self) names.names.push_back(link.to);
  ask<bool>(
      self, m, state.config.links, [](bool) {}, probe_atom_v, names);
  ask<double>(
      self, m, state.config.meter, [m](double share) { m->report.after_speed = share; },
      probe_atom_v);
  if (!state.peers) return;
  for (const auto& [name, link] : state.peers->links)
    ask<probe_report>(
        self, m, link, [](const probe_report&) {}, probe_atom_v, state.config.self);
}

caf::result<probe_report> measure_all(remeasurer_pointer self) {
  auto m = std::make_shared<measurement>();
  m->promise = self->make_response_promise<probe_report>();
  m->report.node = self->state.config.self;
  m->report.links = links_of(self->state.config);
  ask<double>(
      self, m, self->state.config.meter,
      [=](double share) {
        m->report.before_speed = share;
        measure(self, m);
      },
      speed_atom::value);
  return m->promise;
}

caf::result<probe_report> measure_towards(remeasurer_pointer self, const std::string& peer) {
  auto m = std::make_shared<measurement>();
  m->promise = self->make_response_promise<probe_report>();
  m->report.node = self->state.config.self;
  ask<bool>(
      self, m, self->state.config.links, [](bool) {}, probe_atom_v, node_names{{peer}});
  return m->promise;
}

}  // namespace

private_remeasurer::behavior_type remeasurer(remeasurer_pointer self, remeasurer_config config) {
  self->state.config = std::move(config);
  self->send(self, next_look_atom::value);
  return {
      [=](next_look_atom) {
        self->send(self->state.config.meter, look_atom::value);
        self->delayed_send(self, defaults::device_look_interval, next_look_atom::value);
      },
      [=](probe_atom, const std::string& towards) {
        return towards.empty() ? measure_all(self) : measure_towards(self, towards);
      },
      [=](const directory_ptr& peers) { self->state.peers = peers; },
      [=](detail_atom) -> std::string { return "measures this node anew when asked to"; },
  };
}

}  // namespace bramble
