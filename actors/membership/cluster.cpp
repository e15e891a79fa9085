#include "actors/membership/cluster.hpp"

#include <spdlog/spdlog.h>

#include "actors/membership/cluster_answers.hpp"
#include "actors/membership/cluster_joins.hpp"
#include "actors/membership/cluster_names.hpp"
#include "actors/membership/cluster_places.hpp"
#include "actors/membership/cluster_report.hpp"
#include "actors/membership/peer_link.hpp"
#include "actors/membership/runtime_override.hpp"
#include "config/defaults.hpp"

namespace bramble {
namespace {

void publish_directory(cluster_pointer self) {
  auto& state = self->state;
  auto out = std::make_shared<directory>();
  out->self = state.config.self.name;
  state.doubtful = doubtful_names(state, self->clock().now());
  out->coordinator = coordinator_name(state);
  // Whose own name is claimed twice works alone, until it is known whose it is.
  const bool alone = state.doubtful.count(out->self) != 0;
  for (const auto& name : state.connected) {
    if (alone || state.doubtful.count(name) != 0) continue;
    out->links.emplace(name, state.links.at(name));
    const auto report = state.reports.find(name);
    if (report != state.reports.end() && report->second.drained) out->drained.insert(name);
  }
  if (state.drained) out->drained.insert(out->self);
  for (const auto& listener : state.config.listeners) self->send(listener, directory_ptr{out});
}

/// What peers call their models decides what a name means here.
void note_models(cluster_pointer self) {
  const auto& state = self->state;
  if (state.config.models == nullptr) return;
  std::vector<held_model> held;
  for (const auto& [name, report] : state.reports)
    for (const auto& model : report.models)
      if (is_sound(model)) held.push_back({name, model});
  if (state.config.models->set(std::move(held)) && state.config.model_cache)
    self->send(state.config.model_cache, names_atom::value);
}

void forget_report(cluster_pointer self, const std::string& name) {
  if (self->state.reports.erase(name) != 0) note_models(self);
}

void drop_link(cluster_pointer self, const std::string& name) {
  auto& state = self->state;
  const auto link = state.links.find(name);
  if (link == state.links.end()) return;
  self->send_exit(link->second, caf::exit_reason::user_shutdown);
  state.links.erase(link);
  state.absent.over(name);
  forget_report(self, name);
  const auto known = state.view.members.find(name);
  if (known != state.view.members.end() && known->second.state == member::state_t::left)
    state.leaving.emplace(name, self->clock().now() + defaults::left_linger);
  else
    state.config.plane->remove_peer(name);
  if (state.connected.erase(name) != 0) publish_directory(self);
}

/// One that left finishes what runs on it before it goes; then nobody needs to dial it any more.
void let_go(cluster_pointer self) {
  auto& state = self->state;
  std::erase_if(state.leaving, [&](const auto& each) {
    const auto& [name, until] = each;
    if (self->clock().now() < until) return false;
    if (state.links.count(name) == 0) state.config.plane->remove_peer(name);
    return true;
  });
}

/// Links follow the view: one to every member that is not gone, none to the forgotten.
void follow_view(cluster_pointer self) {
  auto& state = self->state;
  const auto& me = state.config.self.name;
  for (const auto& [name, each] : state.view.members) {
    if (name == me || each.state == member::state_t::left) continue;
    auto where = places_of(state, each);
    state.config.plane->add_peer(name, where.hosts, each.data_port);
    if (state.links.count(name) == 0)
      state.links.emplace(name, start_link(self, std::move(where), name));
  }
  std::vector<std::string> gone;
  for (const auto& [name, link] : state.links) {
    const auto known = state.view.members.find(name);
    if (known == state.view.members.end() || known->second.state == member::state_t::left)
      gone.push_back(name);
  }
  for (const auto& name : gone) drop_link(self, name);
}

/// A member that came back elsewhere needs a link to its new addresses; one that is connected keeps
/// its link, which may need them later.
void redirect(cluster_pointer self, const membership& before) {
  const auto& state = self->state;
  for (const auto& [name, now] : membership{state.view}.members) {
    const auto link = state.links.find(name);
    const auto old = before.members.find(name);
    if (link == state.links.end()) continue;
    const bool fresh = old == before.members.end();
    if (!fresh && now.addresses == old->second.addresses &&
        now.control_port == old->second.control_port)
      continue;
    if (fresh || state.connected.count(name) != 0)
      self->send(link->second, places_of(state, now));
    else
      drop_link(self, name);
  }
}

void learn(cluster_pointer self, const gossip& news) {
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
  const auto watch = [&] {
    for (const auto& line : state.names.look(state.view, self->clock().now()))
      spdlog::error("{}", line);
  };
  watch();
  if (refute(state.view, state.config.self)) {
    state.config.self = state.view.members.at(state.config.self.name);
    watch();
  }
  if (news.sender.name != state.config.self.name && !news.sender.name.empty()) {
    auto& known = state.reports[news.sender.name];
    const bool drains = known.drained != news.sender.drained;
    const bool renames = known.models != news.sender.models;
    known = news.sender;
    if (drains) publish_directory(self);
    if (renames) note_models(self);
  }
  redirect(self, before);
  follow_view(self);
  if (doubtful_names(state, self->clock().now()) != state.doubtful) publish_directory(self);
}

void gossip_with(cluster_pointer self, const std::string& name) {
  const auto& state = self->state;
  const auto& link = state.links.at(name);
  self->request(link, defaults::gossip_timeout, gossip_atom_v, news_for(state, name))
      .then([=](const gossip& answer) { learn(self, answer); },
            [](caf::error&) {
              // The peer_link reports a lost peer; a slow one answers the next round.
            });
}

/// Dialling needs our own face to be published: it is what peers are given.
void begin(cluster_pointer self, const node_actor& node) {
  self->state.node = node;
  self->state.begun = self->clock().now();
  self->send(self, tick_atom::value);
}

void measure_self(cluster_pointer self) {
  self->request(self->state.config.meter, defaults::prepare_timeout, general_rate_atom::value)
      .then(
          [=](double gmacs) {
            self->state.gmacs = gmacs;
            spdlog::info("this device does {:.1f} GMAC/s", gmacs);
          },
          [=](caf::error& e) {
            spdlog::error("this device could not be measured: {}", sentence_of(e));
          });
}

void gossip_with_all(cluster_pointer self) {
  const auto& state = self->state;
  for (const auto& name : state.connected) gossip_with(self, name);
}

/// Peers hear of it at once: what is imported here can be asked for there.
void take_listing(cluster_pointer self, const store_listing& now) {
  auto& state = self->state;
  auto models = now.complete_models();
  if (state.models == models) return;
  state.models = std::move(models);
  gossip_with_all(self);
  if (state.config.model_cache) self->send(state.config.model_cache, names_atom::value);
}

/// Peers hear of it at once.
void drain(cluster_pointer self, bool drained) {
  if (self->state.drained == drained) return;
  self->state.drained = drained;
  spdlog::info("{}", drained ? "drained: no new work for other hosts" : "works for others again");
  publish_directory(self);
  gossip_with_all(self);
}

std::string change(cluster_pointer self, const runtime_override& what) {
  validate(what);
  auto& state = self->state;
  switch (what.kind) {
    case runtime_override::kind_t::pace:
      state.pace_factor = what.value;
      self->send(state.config.executor, pace_atom::value, what.value);
      break;
    case runtime_override::kind_t::rate:
      state.rate_limit_mbit = what.value;
      state.config.plane->limit_rate(what.value);
      break;
    case runtime_override::kind_t::drain:
      drain(self, true);
      break;
    case runtime_override::kind_t::resume:
      drain(self, false);
      break;
  }
  return effect_of(what, state.config.self.name);
}

void tick(cluster_pointer self) {
  auto& state = self->state;
  state.memory->tidy(state.view, self->clock().now());
  follow_view(self);
  let_go(self);
  join(self);
  recall(self);
  note_peers(self);
  gossip_with_all(self);
  self->delayed_send(self, defaults::gossip_interval, tick_atom::value);
}

void handle_up(cluster_pointer self, const link_up& up) {
  auto& state = self->state;
  const auto& name = up.peer.name;
  if (const auto joined = state.joining.find(up.link.address()); joined != state.joining.end()) {
    const auto link = joined->second.link;
    if (joined->second.remembered.empty()) state.joined[joined->second.place] = name;
    state.absent.over(to_string(joined->second.place));
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
  state.instances[name] = up.peer.instance;
  state.absent.over(name);
  if (!up.host.empty()) state.reached[name] = up.host;
  // Where it was reached, tensors go first. One that was joined by address is no member yet.
  if (const auto known = state.view.members.find(name); known != state.view.members.end())
    state.config.plane->add_peer(name, places_of(state, known->second).hosts,
                                 known->second.data_port);
  state.config.plane->expect_peer(name);
  gossip_with(self, name);
  publish_directory(self);
}

/// A node that dialled us: its link needs not dial, and its place in the view is news.
void handle_offer(cluster_pointer self, const link_offer& offer) {
  auto& state = self->state;
  const auto& name = offer.peer.who.name;
  if (name == state.config.self.name || offer.peer.where.name != name) return;
  note_origin(state, offer.peer);
  if (state.links.count(name) == 0)
    state.links.emplace(name, start_link(self, places_of(state, offer.peer.where), name, true));
  membership news;
  news.members.emplace(name, offer.peer.where);
  learn(self, {news, {}});
  const auto link = state.links.find(name);
  if (link != state.links.end())
    self->send(link->second, adopt_atom::value, offer.handle, offer.peer.who);
}

/// Peers hear of it at once, those that are connected and those that are being dialled.
void move(cluster_pointer self, const local_addresses& machine) {
  auto& state = self->state;
  if (take_over(state, machine)) {
    const introduction me{state.config.me, state.config.self};
    for (const auto& [name, link] : state.links) self->send(link, me);
    for (const auto& [address, each] : state.joining) self->send(each.link, me);
    gossip_with_all(self);
  }
  follow_view(self);  // other cards reach link-local addresses
}

void handle_lost(cluster_pointer self, const link_lost& lost) {
  auto& state = self->state;
  const auto& name = lost.name;
  const auto link = state.links.find(name);
  const bool was_up =
      link != state.links.end() && link->second == lost.link && state.connected.erase(name) != 0;
  if (!was_up) return note_absence(state, lost, self->clock().now());
  spdlog::warn("lost {}: {}", name, lost.reason);
  forget_report(self, name);
  mark_failed(state.view, name);
  for (const auto& user : state.config.data_users)
    self->send(user, data_link_lost{name, lost.reason});
  publish_directory(self);
}

}  // namespace

private_cluster::behavior_type cluster(cluster_pointer self, cluster_config config) {
  auto& state = self->state;
  state.config = std::move(config);
  state.remembered = state.config.remembered;
  state.memory.emplace(defaults::forget_failed_after);
  state.view.members.emplace(state.config.self.name, state.config.self);
  publish_directory(self);
  measure_self(self);
  return {
      [=](begin_atom, const node_actor& node) { begin(self, node); },
      [=](tick_atom) { tick(self); },
      [=](const link_up& up) { handle_up(self, up); },
      [=](const link_lost& lost) { handle_lost(self, lost); },
      [=](const link_offer& offer) {
        return consider(self, offer, [=](const link_offer& good) { handle_offer(self, good); });
      },
      [=](const local_addresses& machine) { move(self, machine); },
      [=](const store_listing_ptr& now) { take_listing(self, *now); },
      [=](gossip_atom, const gossip& news) {
        learn(self, news);
        return news_for(self->state, news.sender.name);
      },
      [=](status_atom) { return answer_status(self); },
      [=](change_atom, const runtime_override& what) -> caf::result<std::string> {
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
