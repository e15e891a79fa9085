#include "tests/support/simulated_network.hpp"

#include <algorithm>

namespace bramble::test {

using private_end = node_actor::extend<caf::reacts_to<carry_atom, parcel>>;
using std::chrono::milliseconds;

/// Stands for the face of another machine: what is sent to it takes its time there and back.
struct connection_end {
  static inline const char* name = "connection_end";
  using pointer = private_end::stateful_pointer<connection_end>;

  simulated_network* net = nullptr;
  std::string from;
  std::string to;

  static void later(pointer self, std::chrono::nanoseconds time, std::function<void()> what) {
    self->delayed_send(self, time, carry_atom::value,
                       std::make_shared<std::function<void()>>(std::move(what)));
  }

  /// What cannot pass waits, as TCP would, until it can or the connection is given up.
  static void when_passes(pointer self, bool back, std::function<void()> what) {
    const auto& state = self->state;
    const auto& [begin, end] =
        back ? std::tie(state.to, state.from) : std::tie(state.from, state.to);
    if (state.net->passes(begin, end)) return what();
    later(self, milliseconds{50}, [=] { when_passes(self, back, what); });
  }

  template <class Reply, class... Args>
  static caf::typed_response_promise<Reply> relay(pointer self, const Args&... args) {
    auto promise = self->make_response_promise<Reply>();
    later(self, self->state.net->delay(), [=] {
      when_passes(self, false, [=] {
        self->request(self->state.net->find(self->state.to)->face, caf::infinite, args...)
            .then(
                [=](const Reply& reply) {
                  later(self, self->state.net->delay(), [=] {
                    when_passes(self, true, [=, p = promise]() mutable { p.deliver(reply); });
                  });
                },
                [=](const caf::error& e) {
                  later(self, self->state.net->delay(), [=] {
                    when_passes(self, true, [=, p = promise]() mutable { p.deliver(e); });
                  });
                });
      });
    });
    return promise;
  }

  template <class... Args>
  static void pass_on(pointer self, const Args&... args) {
    later(self, self->state.net->delay(), [=] {
      when_passes(self, false,
                  [=] { self->send(self->state.net->find(self->state.to)->face, args...); });
    });
  }

  static private_end::behavior_type behavior(pointer self, simulated_network* net,
                                             const std::string& from, const std::string& to) {
    self->state.net = net;
    self->state.from = from;
    self->state.to = to;
    return {
        [](carry_atom, const parcel& what) { (*what)(); },
        [=](hello_atom, const hello& theirs) { return relay<hello>(self, hello_atom_v, theirs); },
        [=](introduce_atom, const introduction& peer, const caf::strong_actor_ptr&) {
          const auto back = self->state.net->connect(self->state.to, self->state.from);
          return relay<hello>(self, introduce_atom_v, peer,
                              caf::actor_cast<caf::strong_actor_ptr>(back));
        },
        [=](gossip_atom, const gossip& news) { return relay<gossip>(self, gossip_atom_v, news); },
        [=](status_atom) { return relay<cluster_status>(self, status_atom_v); },
        [=](actors_atom) { return relay<actor_list>(self, actors_atom_v); },
        [=](events_atom, const event_query& which) {
          return relay<event_list>(self, events_atom_v, which);
        },
        [=](requests_atom) { return relay<request_list>(self, requests_atom_v); },
        [=](log_atom, const log_query& which) { return relay<log_list>(self, log_atom_v, which); },
        [=](describe_atom, const std::string& model) {
          return relay<model_description>(self, describe_atom_v, model);
        },
        [=](plan_atom, const plan_query& query) { return relay<plan>(self, plan_atom_v, query); },
        [=](infer_atom, const infer_request& request) {
          return relay<infer_reply>(self, infer_atom_v, request);
        },
        [=](part_atom, const tensor_part& part) {
          return relay<std::uint64_t>(self, part_atom_v, part);
        },
        [=](output_atom, std::uint64_t offset) {
          return relay<tensor_part>(self, output_atom_v, offset);
        },
        [=](renew_atom, const renewal_request& asked) {
          return relay<renewal>(self, renew_atom_v, asked);
        },
        [=](examine_atom, const std::string& towards) {
          return relay<examination>(self, examine_atom_v, towards);
        },
        [=](reach_atom, const node_names& whom) {
          return relay<node_names>(self, reach_atom_v, whom);
        },
        [=](prepare_atom, const prepare_request& what) {
          return relay<capacity_report>(self, prepare_atom_v, what);
        },
        [=](install_atom, const plan& p) { return relay<std::uint64_t>(self, install_atom_v, p); },
        [=](change_atom, const runtime_override& what) {
          return relay<std::string>(self, change_atom_v, what);
        },
        [=](probe_atom, const std::string& towards) {
          return relay<probe_report>(self, probe_atom_v, towards);
        },
        [=](trace_atom, const trace_query& query) {
          return relay<run_trace>(self, trace_atom_v, query);
        },
        [=](clock_atom) { return relay<clock_reading>(self, clock_atom_v); },
        [=](live_atom) { return relay<live_report>(self, live_atom_v); },
        [=](replan_atom, const std::string& model) {
          return relay<replan_report>(self, replan_atom_v, model);
        },
        [=](tap_atom, const tap_query& query) {
          return relay<tap_report>(self, tap_atom_v, query);
        },
        [=](hand_atom, const hand_message& what) {
          return relay<hand_reply>(self, hand_atom_v, what);
        },
        [=](turn_atom, const turn_query& query) { return relay<turn>(self, turn_atom_v, query); },
        [=](turn_end_atom, const turn_end& what) { pass_on(self, turn_end_atom_v, what); },
        [=](abort_atom, std::uint64_t request) { pass_on(self, abort_atom_v, request); },
        [=](failed_atom, const run_failure& what) { pass_on(self, failed_atom_v, what); },
    };
  }
};

simulated_network::simulated_network(caf::actor_system& system)
    : system_{system}, carrier_{system.spawn([]() -> caf::behavior {
        return {[](carry_atom, const parcel& what) { (*what)(); }};
      })} {}

simulated_network::~simulated_network() {
  caf::anon_send_exit(carrier_, caf::exit_reason::kill);
  for (const auto& [between, ends] : connections_)
    for (const auto& end : ends) caf::anon_send_exit(end, caf::exit_reason::kill);
}

std::chrono::steady_clock::time_point simulated_network::now() {
  return system_.clock().now();
}

void simulated_network::after(std::chrono::nanoseconds time, std::function<void()> what) {
  caf::delayed_anon_send(carrier_, time, carry_atom::value,
                         std::make_shared<std::function<void()>>(std::move(what)));
}

std::chrono::microseconds simulated_network::delay() {
  constexpr std::chrono::microseconds least{200};
  if (jitter_.count() == 0) return least;
  chance_ ^= chance_ << 13U;
  chance_ ^= chance_ >> 7U;
  chance_ ^= chance_ << 17U;
  return least + std::chrono::microseconds{chance_ % static_cast<std::uint64_t>(jitter_.count())};
}

simulated_network::pair simulated_network::unordered(const std::string& a, const std::string& b) {
  return std::minmax(a, b);
}

void simulated_network::start(const machine& what) {
  machines_[what.name] = what;
  frozen_.erase(what.name);
}

void simulated_network::kill(const std::string& name) {
  if (machines_.erase(name) == 0) return;
  frozen_.erase(name);
  const auto others = machines_;
  for (const auto& [other, machine] : others) part(name, other, "it went away");
}

simulated_network::machine* simulated_network::find(const std::string& name) {
  const auto known = machines_.find(name);
  return known == machines_.end() ? nullptr : &known->second;
}

simulated_network::machine* simulated_network::find_at(const std::string& address) {
  for (auto& [name, machine] : machines_)
    if (machine.address == address) return &machine;
  return nullptr;
}

bool simulated_network::passes(const std::string& from, const std::string& to) {
  return find(from) && find(to) && frozen_.count(from) == 0 && frozen_.count(to) == 0 &&
         !wire(from, to).cut;
}

bool simulated_network::is_connected(const std::string& a, const std::string& b) {
  return passes(a, b) && passes(b, a);
}

void simulated_network::cut(const std::string& from, const std::string& to) {
  if (from == to) return;  // no cable
  wire(from, to).cut = true;
  watch(from, to);
}

void simulated_network::heal(const std::string& from, const std::string& to) {
  wire(from, to).cut = false;
}

void simulated_network::freeze(const std::string& name) {
  if (!find(name)) return;
  frozen_.insert(name);
  for (const auto& [other, machine] : machines_)
    if (other != name) watch(name, other);
}

void simulated_network::thaw(const std::string& name) {
  frozen_.erase(name);
}

/// Also where it passed in between: a packet that was lost is sent again only later and later.
void simulated_network::watch(const std::string& a, const std::string& b) {
  after(silence, [=, this] {
    if (!is_connected(a, b)) part(a, b, "nothing was heard of it");
  });
}

void simulated_network::part(const std::string& a, const std::string& b, const std::string& why) {
  const auto between = unordered(a, b);
  ++epochs_[between];
  parted_.insert(between);
  for (const auto& end : connections_[between]) caf::anon_send_exit(end, caf::exit_reason::kill);
  connections_[between].clear();
  for (const auto& [mine, other] : {std::tie(a, b), std::tie(b, a)})
    if (const auto* machine = find(mine))
      caf::anon_send(machine->executor, data_link_lost{other, why});
}

node_actor simulated_network::connect(const std::string& from, const std::string& to) {
  const auto end = system_.spawn(connection_end::behavior, this, from, to);
  connections_[unordered(from, to)].push_back(caf::actor_cast<caf::actor>(end));
  return end;
}

bool simulated_network::has_tensor_link(const std::string& from, const std::string& to) {
  const auto* one = find(from);
  const auto* other = find(to);
  if (!one || !other) return false;
  if (one->tensor_peers.count(to) == 0 || other->tensor_peers.count(from) == 0) return false;
  const auto between = unordered(from, to);
  if (is_connected(from, to)) parted_.erase(between);
  return parted_.count(between) == 0;
}

void simulated_network::arrive(const pair& way, std::uint64_t epoch, std::function<void()> what) {
  if (epochs_[unordered(way.first, way.second)] != epoch) return;  // lost with its connection
  if (passes(way.first, way.second)) return what();
  after(milliseconds{50}, [=, this] { arrive(way, epoch, what); });
}

bool simulated_network::carry(const std::string& from, const std::string& to, const frame& what) {
  if (!has_tensor_link(from, to)) return false;
  auto& cable = wire(from, to);
  const auto line = std::chrono::nanoseconds{
      static_cast<std::int64_t>(static_cast<double>(what.header.size) * 8e3 / cable.mbit)};
  cable.free_at = std::max(cable.free_at, now()) + line;
  const pair way{from, to};
  const auto epoch = epochs_[unordered(from, to)];
  after(cable.free_at - now() + std::chrono::microseconds{200}, [=, this] {
    arrive(way, epoch, [=, this] { caf::anon_send(find(to)->executor, data_frame{from, what}); });
  });
  return true;
}

}  // namespace bramble::test
