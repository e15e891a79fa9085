#include "actors/planning/remeasure.hpp"

#include <functional>

#include "actors/internal/ask_all.hpp"
#include "config/defaults_measuring.hpp"

namespace bramble {
namespace {

using remeasurer_pointer = private_remeasurer::stateful_pointer<remeasurer_state>;

/// One measurement under way; the report goes out with the last answer.
struct measurement {
  probe_report report;
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
void ask(remeasurer_pointer self, const open_answers_ptr& open, const Handle& whom,
         std::function<void(const Reply&)> use, const Args&... args) {
  ask_one<Reply>(
      self, open, whom, defaults::remeasure_timeout, std::move(use), [](const caf::error&) {},
      args...);
}

void measure(remeasurer_pointer self, const open_answers_ptr& open, const measurement_ptr& m) {
  auto& state = self->state;
  node_names names;
  for (const auto& link : m->report.links)
    if (link.from == state.config.self) names.names.push_back(link.to);
  ask<bool>(
      self, open, state.config.links, [](bool) {}, probe_atom_v, names);
  ask<double>(
      self, open, state.config.meter, [m](double share) { m->report.after_speed = share; },
      probe_atom_v);
  if (!state.peers) return;
  for (const auto& [name, link] : state.peers->links)
    ask<probe_report>(
        self, open, link, [](const probe_report&) {}, probe_atom_v, state.config.self);
}

caf::result<probe_report> measure_all(remeasurer_pointer self) {
  auto m = std::make_shared<measurement>();
  m->promise = self->make_response_promise<probe_report>();
  m->report.node = self->state.config.self;
  m->report.links = links_of(self->state.config);
  const auto open = std::make_shared<open_answers>([=] { finish(self->state.config, *m); });
  ask<double>(
      self, open, self->state.config.meter,
      [=](double share) {
        m->report.before_speed = share;
        measure(self, open, m);
      },
      speed_atom::value);
  return m->promise;
}

caf::result<probe_report> measure_towards(remeasurer_pointer self, const std::string& peer) {
  auto m = std::make_shared<measurement>();
  m->promise = self->make_response_promise<probe_report>();
  m->report.node = self->state.config.self;
  const auto open = std::make_shared<open_answers>([=] { finish(self->state.config, *m); });
  ask<bool>(
      self, open, self->state.config.links, [](bool) {}, probe_atom_v, node_names{{peer}});
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
