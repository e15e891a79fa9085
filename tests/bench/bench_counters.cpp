// What counting costs an actor for each message: the same questions to one that is counted and to
// one that is not, in turn.
#include <algorithm>
#include <caf/all.hpp>
#include <chrono>
#include <cstdio>
#include <vector>

#include "actors/internal/actors.hpp"
#include "actors/observing/counted.hpp"

using namespace bramble;

namespace {

constexpr int questions = 100'000;
constexpr int at_once = 8;  // as many wait in a busy node's mailboxes
constexpr int rounds = 9;

described_actor::behavior_type answers() {
  return {[](detail_atom) { return std::string{"here"}; }};
}

double ns_each(caf::actor_system& system, const described_actor& whom) {
  caf::scoped_actor self{system};
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < questions; i += at_once) {
    for (int k = 0; k < at_once; ++k) self->send(whom, detail_atom::value);
    int left = at_once;
    self->receive_while([&] { return left > 0; })([&](const std::string&) { --left; });
  }
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - began)
             .count() /
         questions;
}

double median_of(std::vector<double> all) {
  std::ranges::sort(all);
  return all[all.size() / 2];
}

}  // namespace

int main() {
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", 1U);
  caf::actor_system system{config};
  const auto board = std::make_shared<actor_board>();
  const described_actor plain = system.spawn(answers);
  const described_actor counted = spawn_counted(system, board, "counted", nullptr, answers);
  tap_query another;  // who traces one actor has the others look at each message as well
  another.actor = ~std::uint64_t{0};
  another.most = 1;
  another.for_s = 60;
  std::vector<double> without, with, traced;
  for (int i = 0; i < rounds; ++i) {
    without.push_back(ns_each(system, plain));
    with.push_back(ns_each(system, counted));
    const auto begun = board->read_tap(another, std::chrono::steady_clock::now(), 0);
    traced.push_back(ns_each(system, counted));
    tap_query end;
    end.tap = begun.tap;
    end.ends = true;
    board->read_tap(end, std::chrono::steady_clock::now(), 0);
  }
  std::printf(
      "ns per message, median of %d: plain %.0f, counted %.0f, counting costs %.0f; while "
      "another actor is traced %.0f\n",
      rounds, median_of(without), median_of(with), median_of(with) - median_of(without),
      median_of(traced));
  caf::anon_send_exit(plain, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(counted, caf::exit_reason::user_shutdown);
}
