#include "actors/membership/peer_link.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "actors/client/basp_port.hpp"
#include "actors/client/system.hpp"
#include "config/defaults.hpp"
#include "config/defaults_addresses.hpp"
#include "config/defaults_doctor.hpp"
#include "config/defaults_join.hpp"
#include "config/defaults_load.hpp"
#include "config/defaults_measuring.hpp"
#include "discovery/addresses.hpp"

namespace bramble {
namespace {

using peer_link_pointer = private_peer_link::stateful_pointer<peer_link_state>;

std::string label(const peer_link_state& state) {
  if (!state.peer.name.empty()) return state.peer.name;
  if (!state.config.expected.empty()) return state.config.expected;
  return describe(state.config.where);
}

/// The name of the peer as far as it is known.
const std::string& peer_name(const peer_link_state& state) {
  return state.peer.name.empty() ? state.config.expected : state.peer.name;
}

/// Whether the peer is the one to dial. Who only knows an address has to.
bool is_called(const peer_link_state& state) {
  return !peer_name(state).empty() && peer_name(state) < state.config.me.who.name;
}

void dial_later(peer_link_pointer self) {
  auto& state = self->state;
  const auto pause =
      state.backoff + (is_called(state) ? defaults::dial_courtesy : std::chrono::milliseconds{0});
  self->delayed_send(self, pause, dial_atom::value);
  state.backoff = std::min(state.backoff * 2, state.config.backoff_last);
}

void knock(peer_link_pointer self) {
  auto& state = self->state;
  state.knocking = !state.remote && is_called(state);
  if (!state.knocking) return;
  const auto again = [=] {
    self->delayed_send(self, defaults::dial_backoff_last, knock_atom::value);
  };
  self->request(state.config.dialer, 2 * defaults::probe_timeout, knock_atom::value,
                state.config.where)
      .then([=](bool) { again(); }, [=](caf::error&) { again(); });
}

void fail_pending(peer_link_pointer self, const std::string& reason) {
  auto pending = std::move(self->state.pending);
  self->state.pending.clear();
  for (auto& [id, fail] : pending)
    fail(failure("The connection to " + label(self->state) + " was lost: " + reason + "."));
}

void lose(peer_link_pointer self, const std::string& reason) {
  auto& state = self->state;
  state.remote = node_actor{};
  fail_pending(self, reason);
  self->send(state.config.owner, link_lost{peer_link_actor{self}, state.peer.name, reason,
                                           describe(state.config.where)});
  dial_later(self);
  if (!state.knocking) knock(self);
}

/// From now on this handle is the peer, whichever side made the connection.
void adopt(peer_link_pointer self, const node_actor& remote, const hello& who,
           const std::string& host = "") {
  auto& state = self->state;
  if (state.remote) {
    // The peer is back on a new connection before the old one was seen to break.
    self->demonitor(state.remote.address());
    fail_pending(self, "it connected anew");
  }
  state.remote = remote;
  state.peer = who;
  state.backoff = defaults::dial_backoff_first;
  self->monitor(remote);
  self->send(state.config.owner, link_up{peer_link_actor{self}, who, host});
}

/// Who answered there is not the peer: other places first next time.
void doubt(peer_link_pointer self, const std::string& host) {
  auto& hosts = self->state.config.where.hosts;
  const auto at = std::find(hosts.begin(), hosts.end(), host);
  if (at != hosts.end()) std::rotate(at, at + 1, hosts.end());
}

void greet(peer_link_pointer self, const node_actor& remote, const reached_place& place) {
  auto me = self->state.config.me;
  me.where = told_to_peer(me.where, is_loopback_address(place.host));
  me.from = place.own;
  me.to = place.host;
  self->request(remote, defaults::dial_timeout, introduce_atom_v, me,
                caf::actor_cast<caf::strong_actor_ptr>(self->state.config.my_node))
      .then(
          [=](const hello& theirs) {
            auto& state = self->state;
            if (state.remote) return;  // the peer was faster
            try {
              check_hello(state.config.me.who, theirs);
              if (!is_certified(self->system(), remote.node(), theirs.name))
                throw user_error("it calls itself " + theirs.name +
                                 ", but its certificate is not of that name");
            } catch (const user_error& e) {
              return lose(self, e.what());
            }
            if (!state.config.expected.empty() && theirs.name != state.config.expected) {
              doubt(self, place.host);
              return lose(self, state.config.expected + " was expected at " + place.host +
                                    ", but " + theirs.name + " answered");
            }
            adopt(self, remote, theirs, place.host);
          },
          [=](caf::error& e) {
            if (self->state.remote) return;
            // It answered, and wants us no more in a moment than now.
            if (e == caf::sec::runtime_error) self->state.backoff = defaults::refused_backoff;
            lose(self, sentence_of(e));
          });
}

void dial(peer_link_pointer self) {
  auto& config = self->state.config;
  const auto failed = [=](const caf::error& e) {
    spdlog::debug("{}: {}", label(self->state), sentence_of(e));
    if (!self->state.remote) lose(self, sentence_of(e));
  };
  const auto port = config.where.port;
  self->request(config.dialer, defaults::dial_timeout, seek_atom::value, config.where)
      .then(
          [=](const reached_place& place) {
            if (self->state.remote) return;  // the peer was faster
            // The connection and CAF's handshake on it have a limit each.
            self->request(self->state.config.dialer, 3 * defaults::dial_timeout, dial_atom::value,
                          place.host, port)
                .then(
                    [=](const node_actor& remote) {
                      if (!self->state.remote) greet(self, remote, place);
                    },
                    [=](caf::error& e) {
                      doubt(self, place.host);
                      failed(e);
                    });
          },
          [=](caf::error& e) { failed(e); });
}

/// Sends a request on and answers exactly once: with the peer's answer, its error, or the loss of
/// the link, whichever comes first.
template <class Reply, class... Args>
caf::result<Reply> relay(peer_link_pointer self, std::chrono::milliseconds timeout,
                         const Args&... args) {
  auto& state = self->state;
  if (!state.remote) return failure("There is no connection to " + label(state) + ".");
  auto promise = self->make_response_promise<Reply>();
  const auto id = state.next_request++;
  state.pending.emplace(id, [promise](const caf::error& e) mutable { promise.deliver(e); });
  auto open = [=] { return self->state.pending.erase(id) == 1; };
  self->request(state.remote, timeout, args...)
      .then(
          [=](Reply& reply) mutable {
            if (open()) promise.deliver(std::move(reply));
          },
          [=](caf::error& e) mutable {
            if (open()) promise.deliver(std::move(e));
          });
  return promise;
}

}  // namespace

private_peer_link::behavior_type peer_link(peer_link_pointer self, peer_link_config config) {
  self->state.config = std::move(config);
  self->state.backoff = defaults::dial_backoff_first;
  self->set_down_handler([=](caf::down_msg& down) {
    if (down.source == self->state.config.owner.address()) return self->quit();
    // An older incarnation of the peer may be reported late.
    if (self->state.remote && down.source == self->state.remote.address())
      lose(self, "it went away");
  });
  // Promises of an actor that ends are forgotten, not broken: whoever waits has to be told here.
  self->set_exit_handler([=](caf::exit_msg& message) {
    fail_pending(self, "the link was given up");
    self->quit(std::move(message.reason));
  });
  self->monitor(self->state.config.owner);
  // The dialer is ours alone.
  self->attach_functor([dialer = self->state.config.dialer] {
    caf::anon_send_exit(dialer, caf::exit_reason::user_shutdown);
  });
  if (self->state.config.awaits_offer || is_called(self->state))
    self->delayed_send(self, defaults::dial_courtesy, dial_atom::value);
  else
    self->send(self, dial_atom::value);
  return {
      [=](dial_atom) {
        if (!self->state.remote) dial(self);
      },
      [=](knock_atom) { knock(self); },
      [=](adopt_atom, const node_actor& remote, const hello& who) { adopt(self, remote, who); },
      [=](const places& where) { self->state.config.where = where; },
      [=](const introduction& me) { self->state.config.me = me; },
      [=](alive_atom) {
        return relay<hello>(self, defaults::liveness_timeout, hello_atom_v,
                            self->state.config.me.who);
      },
      [=](reach_atom, const node_names& whom) {
        return relay<node_names>(self, 2 * defaults::liveness_timeout, reach_atom_v, whom);
      },
      [=](probe_atom, const std::string& towards) {
        return relay<probe_report>(self, defaults::remeasure_timeout, probe_atom_v, towards);
      },
      [=](renew_atom, const renewal_request& mine) {
        return relay<renewal>(self, defaults::renewal_timeout, renew_atom_v, mine);
      },
      [=](examine_atom, const std::string& towards) {
        return relay<examination>(self, defaults::peers_answer_within, examine_atom_v, towards);
      },
      [=](gossip_atom, const gossip& mine) {
        return relay<gossip>(self, defaults::gossip_timeout, gossip_atom_v, mine);
      },
      [=](plan_atom, const plan_query& query) {
        return relay<plan>(self, defaults::plan_timeout, plan_atom_v, query);
      },
      [=](prepare_atom, const prepare_request& request) {
        return relay<capacity_report>(self, defaults::prepare_timeout, prepare_atom_v, request);
      },
      [=](install_atom, const plan& p) {
        return relay<std::uint64_t>(self, defaults::install_timeout, install_atom_v, p);
      },
      [=](turn_atom, const turn_query& query) {
        return relay<turn>(self, defaults::turn_patience, turn_atom_v, query);
      },
      [=](turn_end_atom, const turn_end& what) {
        if (self->state.remote) self->send(self->state.remote, turn_end_atom_v, what);
      },
      [=](abort_atom, std::uint64_t request) {
        if (self->state.remote) self->send(self->state.remote, abort_atom_v, request);
      },
      [=](failed_atom, const run_failure& what) {
        if (self->state.remote) self->send(self->state.remote, failed_atom_v, what);
      },
      [=](detail_atom) -> std::string {
        const auto& state = self->state;
        return label(state) + (state.remote ? ": connected, " : ": dialling, ") +
               std::to_string(state.pending.size()) + " requests in flight";
      },
  };
}

}  // namespace bramble
