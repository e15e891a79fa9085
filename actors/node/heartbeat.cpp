#include "actors/node/heartbeat.hpp"

#include <spdlog/spdlog.h>

#include "actors/internal/ask_all.hpp"

namespace bramble {
namespace {

using heartbeat_pointer = private_heartbeat::stateful_pointer<heartbeat_state>;

void miss(heartbeat_pointer self, const std::string& who) {
  auto& silent = self->state.silent;
  silent += (silent.empty() ? "" : ", ") + who;
}

void conclude(heartbeat_pointer self) {
  auto& state = self->state;
  if (state.silent.empty())
    state.config.alive(state.status);
  else
    spdlog::error("no sign of life: {} did not answer within {} ms", state.silent,
                  state.config.interval.count());
  self->delayed_send(self, state.config.interval, next_beat_atom::value);
}

void beat(heartbeat_pointer self) {
  auto& state = self->state;
  const auto& config = state.config;
  state.silent.clear();
  const auto open = std::make_shared<open_answers>([=] { conclude(self); });
  ask_one<clock_reading>(
      self, open, config.face, config.interval, [](const clock_reading&) {},
      [=](const caf::error&) { miss(self, "node"); }, clock_atom_v);
  ask_one<std::string>(
      self, open, config.cluster, config.interval,
      [=](const std::string& detail) { self->state.status = detail; },
      [=](const caf::error&) { miss(self, "cluster"); }, detail_atom::value);
  for (const auto& [name, whom] : config.prompt)
    ask_one<std::string>(
        self, open, whom, config.interval, [](const std::string&) {},
        [=, who = name](const caf::error&) { miss(self, who); }, detail_atom::value);
}

}  // namespace

private_heartbeat::behavior_type heartbeat(heartbeat_pointer self, heartbeat_config config) {
  self->state.config = std::move(config);
  self->send(self, next_beat_atom::value);
  return {
      [=](next_beat_atom) { beat(self); },
      [=](detail_atom) -> std::string {
        const auto& silent = self->state.silent;
        return silent.empty() ? "all answered" : silent + " did not answer";
      },
  };
}

}  // namespace bramble
