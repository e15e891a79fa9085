#include "actors/cluster.hpp"

#include <spdlog/spdlog.h>

#include "actors/cluster_report.hpp"
#include "actors/live_change.hpp"
#include "actors/liveness.hpp"
#include "actors/peer_link.hpp"
#include "config/defaults.hpp"

namespace bramble {
namespace {

using self_pointer = caf::stateful_actor<cluster_state>*;
using tick_atom = caf::atom_constant<caf::atom("tick")>;

caf::actor start_link(self_pointer self, const std::string& host, std::uint16_t port,
                      const std::string& expected, bool awaits_offer = false) {
  auto& config = self->state.config;
  peer_link_config link;
  link.host = host;
  link.port = port;
  link.expected = expected;
  link.awaits_offer = awaits_offer;
  link.me = {config.me, config.self};
  link.my_node = self->state.node;
  link.owner = self;
  link.dialer = config.make_dialer();
  return self->spawn(peer_link, std::move(link));
}

void publish_directory(self_pointer self) {
  const auto& state = self->state;
  auto out = std::make_shared<directory>();
  out->self = state.config.self.name;
  out->coordinator = coordinator_name(state);
  for (const auto& name : state.connected) {
    out->links.emplace(name, state.links.at(name));
    const auto report = state.reports.find(name);
    if (report != state.reports.end() && report->second.drained) out->drained.insert(name);
  }
  if (state.drained) out->drained.insert(out->self);
  for (const auto& listener : state.config.listeners) self->send(listener, directory_ptr{out});
}

void drop_link(self_pointer self, const std::string& name) {
  auto& state = self->state;
  const auto link = state.links.find(name);
  if (link == state.links.end()) return;
  self->send_exit(link->second, caf::exit_reason::user_shutdown);
  state.links.erase(link);
  state.reports.erase(name);
  const auto known = state.view.members.find(name);
  if (known != state.view.members.end() && known->second.state == member::state_t::left)
    state.leaving.emplace(name, self->clock().now() + defaults::left_linger);
  else
    state.config.plane->remove_peer(name);
  if (state.connected.erase(name) != 0) publish_directory(self);
}

/// One that left finishes what runs on it before it goes; then nobody needs to dial it any more.
void let_go(self_pointer self) {
  auto& state = self->state;
  std::erase_if(state.leaving, [&](const auto& each) {
    const auto& [name, until] = each;
    if (self->clock().now() < until) return false;
    if (state.links.count(name) == 0) state.config.plane->remove_peer(name);
    return true;
  });
}

/// Links follow the view: one to every member that is not gone, none to the forgotten.
void follow_view(self_pointer self) {
  auto& state = self->state;
  const auto& me = state.config.self.name;
  for (const auto& [name, each] : state.view.members) {
    if (name == me || each.state == member::state_t::left) continue;
    state.config.plane->add_peer(name, each.address, each.data_port);
    if (state.links.count(name) == 0)
      state.links.emplace(name, start_link(self, each.address, each.control_port, name));
  }
  std::vector<std::string> gone;
  for (const auto& [name, link] : state.links) {
    const auto known = state.view.members.find(name);
    if (known == state.view.members.end() || known->second.state == member::state_t::left)
      gone.push_back(name);
  }
  for (const auto& name : gone) drop_link(self, name);
}

/// A member that came back elsewhere needs a link to its new address.
void redirect(self_pointer self, const membership& before) {
  const auto& now = self->state.view.members;
  for (const auto& [name, old] : before.members) {
    const auto current = now.find(name);
    if (current == now.end() || self->state.connected.count(name) != 0) continue;
    if (current->second.address != old.address || current->second.control_port != old.control_port)
      drop_link(self, name);
  }
}

void learn(self_pointer self, const gossip& news) {
  auto& state = self->state;
  try {
    validate(news.view, "gossip from " + news.sender.name);
  } catch (const user_error& e) {
    spdlog::warn("{}", e.what());
    return;
  }
  const auto before = state.view;
  merge(state.view, news.view);
  state.memory->tidy(state.view, self->clock().now());
  if (const auto twins = state.namesakes.look(state.view, state.config.self))
    spdlog::error("{}", *twins);
  if (refute(state.view, state.config.self))
    state.config.self = state.view.members.at(state.config.self.name);
  if (news.sender.name != state.config.self.name && !news.sender.name.empty()) {
    auto& known = state.reports[news.sender.name];
    const bool drains = known.drained != news.sender.drained;
    known = news.sender;
    if (drains) publish_directory(self);
  }
  redirect(self, before);
  follow_view(self);
}

void gossip_with(self_pointer self, const caf::actor& link) {
  const auto& state = self->state;
  self->request(link, defaults::gossip_timeout, gossip_atom_v,
                gossip{state.view, report_of_self(state)})
      .then([=](const gossip& answer) { learn(self, answer); },
            [](caf::error&) {
              // The peer_link reports a lost peer; a slow one answers the next round.
            });
}

/// Dials the --join addresses nobody of whom we have a link to: at the start, and again when a
/// member was away for so long that both sides forgot each other.
void join(self_pointer self) {
  auto& state = self->state;
  for (const auto& where : state.config.join) {
    const bool under_way =
        std::any_of(state.joining.begin(), state.joining.end(),
                    [&](const auto& each) { return each.second.place == where; });
    const auto known = state.joined.find(where);
    const bool linked = known != state.joined.end() && (known->second == state.config.self.name ||
                                                        state.links.count(known->second) != 0);
    if (under_way || linked) continue;
    const auto link = start_link(self, where.host, where.port, "");
    state.joining.emplace(link.address(), cluster_state::joining_link{link, where});
  }
}

/// Dialling needs our own face to be published: it is what peers are given.
void begin(self_pointer self, const caf::strong_actor_ptr& node) {
  self->state.node = node;
  self->send(self, tick_atom::value);
}

void measure_self(self_pointer self) {
  self->request(self->state.config.meter, defaults::prepare_timeout, measure_atom::value)
      .then(
          [=](double gmacs) {
            self->state.gmacs = gmacs;
            spdlog::info("this device does {:.1f} GMAC/s", gmacs);
          },
          [=](caf::error& e) {
            spdlog::error("this device could not be measured: {}", sentence_of(e));
          });
}

void gossip_with_all(self_pointer self) {
  const auto& state = self->state;
  for (const auto& name : state.connected) gossip_with(self, state.links.at(name));
}

/// Peers hear of it at once.
void drain(self_pointer self, bool drained) {
  if (self->state.drained == drained) return;
  self->state.drained = drained;
  spdlog::info("{}", drained ? "drained: no new work for other hosts" : "works for others again");
  publish_directory(self);
  gossip_with_all(self);
}

std::string change(self_pointer self, const live_change& what) {
  validate(what);
  auto& state = self->state;
  switch (what.kind) {
    case live_change::kind_t::pace:
      state.pace_factor = what.value;
      self->send(state.config.executor, pace_atom::value, what.value);
      break;
    case live_change::kind_t::rate:
      state.rate_limit_mbit = what.value;
      state.config.plane->limit_rate(what.value);
      break;
    case live_change::kind_t::drain:
      drain(self, true);
      break;
    case live_change::kind_t::resume:
      drain(self, false);
      break;
  }
  return effect_of(what, state.config.self.name);
}

void tick(self_pointer self) {
  auto& state = self->state;
  state.memory->tidy(state.view, self->clock().now());
  follow_view(self);
  let_go(self);
  join(self);
  gossip_with_all(self);
  self->delayed_send(self, defaults::gossip_interval, tick_atom::value);
}

void handle_up(self_pointer self, const link_up& up) {
  auto& state = self->state;
  const auto& name = up.peer.name;
  if (const auto joined = state.joining.find(up.link.address()); joined != state.joining.end()) {
    const auto link = joined->second.link;
    state.joined[joined->second.place] = name;
    state.joining.erase(joined);
    // Ourselves by another name, or a peer that dialled us in the meantime.
    if (name == state.config.self.name || state.connected.count(name) != 0)
      return self->send_exit(link, caf::exit_reason::user_shutdown);
    // A link that gossip made us start has not got through yet: this one has. Two connections
    // between two nodes would make CAF drop both.
    if (const auto slower = state.links.find(name); slower != state.links.end()) {
      self->send_exit(slower->second, caf::exit_reason::user_shutdown);
      state.links.erase(slower);
    }
    state.links.emplace(name, link);
  }
  if (state.links.count(name) == 0 || state.links.at(name) != up.link) return;
  spdlog::info("connected to {}", name);
  state.connected.insert(name);
  state.config.plane->expect_peer(name);
  gossip_with(self, up.link);
  publish_directory(self);
}

/// A node that dialled us: its link needs not dial, and its place in the view is news.
void handle_offer(self_pointer self, const link_offer& offer) {
  auto& state = self->state;
  const auto& name = offer.peer.who.name;
  if (name == state.config.self.name || offer.peer.where.name != name) return;
  if (state.links.count(name) == 0)
    state.links.emplace(name, start_link(self, offer.peer.where.address,
                                         offer.peer.where.control_port, name, true));
  membership news;
  news.members.emplace(name, offer.peer.where);
  learn(self, {news, {}});
  const auto link = state.links.find(name);
  if (link != state.links.end())
    self->send(link->second, owner_atom::value, offer.handle, offer.peer.who);
}

void handle_lost(self_pointer self, const link_lost& lost) {
  auto& state = self->state;
  const auto& name = lost.name;
  if (name.empty() || state.links.count(name) == 0 || state.links.at(name) != lost.link) return;
  if (state.connected.erase(name) == 0) return;
  spdlog::warn("lost {}: {}", name, lost.reason);
  state.reports.erase(name);
  mark_failed(state.view, name);
  for (const auto& user : state.config.data_users)
    self->send(user, data_link_lost{name, lost.reason});
  publish_directory(self);
}

caf::result<cluster_status> answer_status(self_pointer self) {
  auto promise = self->make_response_promise<cluster_status>();
  auto status = std::make_shared<cluster_status>(status_of(self->state));
  self->request(self->state.config.executor, defaults::gossip_timeout, report_atom::value)
      .then(
          [=](const std::vector<plan_status>& plans) mutable {
            status->plans = plans;
            promise.deliver(*status);
          },
          [=](caf::error&) mutable {
            // The executor computes a long piece: the status is still worth having.
            promise.deliver(*status);
          });
  return promise;
}

/// Tells every peer that this node leaves. The answers tell that they know; one that gives none in
/// time will see the connection break.
caf::result<leave_reply> leave(self_pointer self) {
  auto& state = self->state;
  state.config.self.state = member::state_t::left;
  ++state.config.self.incarnation;
  state.view.members[state.config.self.name] = state.config.self;
  leave_reply reply;
  if (state.connected.empty()) return reply;
  const auto& other = state.view.members.at(*state.connected.begin());
  reply.other = endpoint{other.address, other.control_port};
  auto promise = self->make_response_promise<leave_reply>();
  const auto open = std::make_shared<std::size_t>(state.connected.size());
  auto heard = [=]() mutable {
    if (--*open == 0) promise.deliver(reply);
  };
  for (const auto& name : state.connected)
    self->request(state.links.at(name), defaults::leave_timeout, gossip_atom_v,
                  gossip{state.view, report_of_self(state)})
        .then([=](const gossip&) mutable { heard(); }, [=](caf::error&) mutable { heard(); });
  return promise;
}

caf::result<node_names> reach(self_pointer self, const node_names& whom) {
  const auto& state = self->state;
  std::map<std::string, caf::actor> links;
  std::set<std::string> unlinked;
  for (const auto& name : whom.names)
    if (state.connected.count(name) != 0)
      links.emplace(name, state.links.at(name));
    else if (name != state.config.self.name)
      unlinked.insert(name);
  auto promise = self->make_response_promise<node_names>();
  find_silent(self, links, [=](std::set<std::string> out) mutable {
    out.insert(unlinked.begin(), unlinked.end());
    promise.deliver(node_names{{out.begin(), out.end()}});
  });
  return promise;
}

void forward_failure(self_pointer self, const run_failure& what) {
  auto& state = self->state;
  if (what.host == state.config.self.name)
    self->send(state.config.requester, failed_atom_v, what);
  else if (state.connected.count(what.host) != 0)
    self->send(state.links.at(what.host), failed_atom_v, what);
}

}  // namespace

caf::behavior cluster(caf::stateful_actor<cluster_state>* self, cluster_config config) {
  auto& state = self->state;
  state.config = std::move(config);
  state.memory.emplace(defaults::forget_failed_after);
  state.view.members.emplace(state.config.self.name, state.config.self);
  publish_directory(self);
  measure_self(self);
  return {
      [=](owner_atom, const caf::strong_actor_ptr& node) { begin(self, node); },
      [=](tick_atom) { tick(self); },
      [=](const link_up& up) { handle_up(self, up); },
      [=](const link_lost& lost) { handle_lost(self, lost); },
      [=](const link_offer& offer) { handle_offer(self, offer); },
      [=](gossip_atom, const gossip& news) {
        learn(self, news);
        return gossip{self->state.view, report_of_self(self->state)};
      },
      [=](status_atom) { return answer_status(self); },
      [=](change_atom, const live_change& what) -> caf::result<std::string> {
        try {
          return change(self, what);
        } catch (const std::exception& e) {
          return failure(e.what());
        }
      },
      [=](leave_atom) { return leave(self); },
      [=](failed_atom, const run_failure& what) { forward_failure(self, what); },
      [=](reach_atom, const node_names& whom) { return reach(self, whom); },
      [=](detail_atom) -> std::string {
        const auto& state = self->state;
        return std::to_string(state.view.members.size()) + " members known, " +
               std::to_string(state.connected.size()) + " connected, " +
               std::to_string(state.joining.size()) + " addresses being joined";
      },
  };
}

}  // namespace bramble
