#include "actors/membership/cluster_actions.hpp"

#include <spdlog/spdlog.h>

#include "actors/internal/ask_all.hpp"
#include "actors/membership/cluster_news.hpp"
#include "actors/membership/cluster_report.hpp"
#include "actors/membership/peer_link.hpp"
#include "actors/observing/counted.hpp"
#include "config/base/error.hpp"
#include "config/defaults.hpp"
#include "config/defaults_addresses.hpp"
#include "config/format.hpp"

namespace bramble {
namespace {

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

introduction introduction_of(const cluster_state& state) {
  return {state.config.me, state.book->self()};
}

/// One action of the book, done.
struct action_runner {
  cluster_pointer self;
  const event_context& context;

  cluster_state& state() const { return self->state; }
  const peer_link_actor& link(link_number number) const { return state().links.at(number); }

  void operator()(const member_action::open_link& what) const {
    peer_link_config config;
    config.where = {what.hosts, what.port};
    config.expected = what.expected;
    config.awaits_offer = what.awaits_offer;
    if (what.is_remembered) config.backoff_last = defaults::remembered_backoff_last;
    config.me = introduction_of(state());
    config.my_node = state().node;
    config.owner = link_owner{self};
    auto whom = what.expected;
    if (whom.empty() && !what.hosts.empty()) whom = what.hosts.front();
    config.dialer = state().config.make_dialer(whom);
    const peer_link_actor made =
        spawn_counted(self->system(), state().config.counters, "peer_link " + whom, self, peer_link,
                      std::move(config));
    state().links.emplace(what.link, made);
    state().numbers.emplace(made.address(), what.link);
  }

  void operator()(const member_action::close_link& what) const {
    self->send_exit(link(what.link), caf::exit_reason::user_shutdown);
    state().numbers.erase(link(what.link).address());
    state().links.erase(what.link);
  }

  void operator()(const member_action::redirect_link& what) const {
    self->send(link(what.link), places{what.hosts, what.port});
  }

  void operator()(const member_action::introduce_anew& what) const {
    self->send(link(what.link), introduction_of(state()));
  }

  void operator()(const member_action::adopt_offer& what) const {
    const auto& offer = context.offer->offer;
    self->send(link(what.link), adopt_atom::value, offer.handle, offer.peer.who);
  }

  void operator()(const member_action::ask_holder& what) const {
    const auto to = self;
    const auto offer = context.offer;
    const auto peer = offered_by(offer->offer.peer);
    self->request(link(what.link), 2 * defaults::liveness_timeout, alive_atom::value)
        .then(
            [=](const hello& alive) {
              happen(to, member_event::holder_answered{peer, alive.instance}, {nullptr, offer, {}});
            },
            [=](caf::error&) {
              happen(to, member_event::holder_silent{peer}, {nullptr, offer, {}});
            });
  }

  void operator()(const member_action::admit_offer&) const {
    context.offer->answer.deliver(state().config.me);
  }

  void operator()(const member_action::refuse_offer& what) const {
    context.offer->answer.deliver(failure(what.why));
  }

  void operator()(const member_action::add_data_peer& what) const {
    state().config.plane->add_peer(what.name, what.hosts, what.port);
  }

  void operator()(const member_action::expect_data_peer& what) const {
    state().config.plane->expect_peer(what.name);
  }

  void operator()(const member_action::remove_data_peer& what) const {
    state().config.plane->remove_peer(what.name);
  }

  void operator()(const member_action::report_lost& what) const {
    for (const auto& user : state().config.data_users)
      self->send(user, data_link_lost{what.name, what.reason});
  }

  void operator()(const member_action::publish_directory& what) const {
    auto out = std::make_shared<directory>();
    out->self = state().config.self.name;
    out->coordinator = what.coordinator;
    out->drained = what.drained;
    for (const auto& [name, number] : what.links) out->links.emplace(name, link(number));
    for (const auto& listener : state().config.listeners) self->send(listener, directory_ptr{out});
  }

  void operator()(const member_action::gossip_with& what) const {
    const auto to = self;
    self->request(link(what.link), defaults::gossip_timeout, gossip_atom_v,
                  news_for(state(), what.name))
        .then([=](const gossip& answer) { hear_gossip(to, answer); },
              [](caf::error&) {
                // The peer_link reports a lost peer; a slow one answers the next round.
              });
  }

  void operator()(const member_action::say_farewell& what) const {
    const auto promise = context.farewell;
    const leave_reply reply{what.other};
    if (what.peers.empty()) promise->deliver(reply);
    const auto open = std::make_shared<open_answers>([=] { promise->deliver(reply); });
    // Each hears its own news: what a peer on this machine is told is not for others.
    for (const auto& [name, number] : what.peers)
      ask_one<gossip>(
          self, open, link(number), defaults::leave_timeout, [](const gossip&) {},
          [](const caf::error&) {}, gossip_atom_v, news_for(state(), name));
  }

  void operator()(const member_action::keep_report& what) const {
    auto& known = state().reports[what.name];
    const bool renames = known.models != context.report->models;
    known = *context.report;
    if (renames) note_models(self);
  }

  void operator()(const member_action::forget_report& what) const {
    if (state().reports.erase(what.name) != 0) note_models(self);
  }

  void operator()(const member_action::remember_peers& what) const {
    if (state().config.notebook) self->send(state().config.notebook, what.text);
  }

  void operator()(const member_action::say& what) const {
    using level_t = member_action::say::level_t;
    if (what.level == level_t::error)
      spdlog::error("{}", what.text);
    else if (what.level == level_t::warning)
      spdlog::warn("{}", what.text);
    else
      spdlog::info("{}", what.text);
  }
};

}  // namespace

void happen(cluster_pointer self, const member_event::any& event, const event_context& context) {
  const auto actions = self->state.book->step(event, self->clock().now());
  for (const auto& each : actions) std::visit(action_runner{self, context}, each);
  note_news_of_members(self->state);
}

void take_revocations(cluster_pointer self, const std::string& list) {
  const auto& config = self->state.config;
  if (!config.revoked || !config.revoked->take(list)) return;
  spdlog::warn("certificates were revoked: list {} is in force", config.revoked->number());
  tell(config.tell, "certificate", config.self.name,
       "certificates were revoked: list " + std::to_string(config.revoked->number()) +
           " is in force");
  if (config.revoked_notes) self->send(config.revoked_notes, config.revoked->text());
  if (config.drop_revoked) config.drop_revoked();
  // Everybody hears of it now, not with the next round.
  happen(self, member_event::news_of_self{});
}

namespace {

/// Gossip brings the same list again until it is known here.
void hear_of_unknown(cluster_pointer self, const gossip& news, const char* why) {
  auto& state = self->state;
  if (state.config.keyring) self->send(state.config.keyring, new_authority_atom::value);
  if (news.revocations == state.unknown_list) return;
  state.unknown_list = news.revocations;
  spdlog::warn(
      "{} told of revoked certificates: {} Asking whether the cluster has a new authority.",
      news.sender.name, why);
}

void use_pins(cluster_pointer self, const std::vector<method_pin>& changed) {
  const auto& state = self->state;
  for (const auto& each : changed) {
    spdlog::info("{}", describe(each));
    tell(state.config.tell, "plan", each.model, describe(each));
  }
  if (state.config.pins) self->send(state.config.pins, pins_atom::value, state.pins.in_force());
}

/// By name, of all nodes.
std::set<std::string> models_of_shelf(const cluster_state& state) {
  std::set<std::string> out;
  const auto note = [&](const std::vector<named_model>& models) {
    for (const auto& each : models)
      if (!each.name.empty()) out.insert(each.name);
  };
  note(state.models);
  for (const auto& [name, report] : state.reports) note(report.models);
  return out;
}

}  // namespace

void pin_method(cluster_pointer self, const std::string& model, const std::string& method) {
  auto& state = self->state;
  const auto known = models_of_shelf(state);
  if (!known.contains(model) && state.pins.method_of(model).empty())
    throw user_error("There is no model " + model + "; " +
                     (known.empty()
                          ? "the shelf has none."
                          : "the shelf has " + listed({known.begin(), known.end()}) + "."));
  if (!state.pins.set(model, method)) return;
  use_pins(self, {{model, method, 0}});
  // Everybody hears of it now, not with the next round.
  happen(self, member_event::news_of_self{});
}

void hear_gossip(cluster_pointer self, const gossip& news) {
  if (const auto changed = self->state.pins.merge(news.sender.pins); !changed.empty())
    use_pins(self, changed);
  try {
    if (!news.revocations.empty()) take_revocations(self, news.revocations);
  } catch (const user_error& e) {
    hear_of_unknown(self, news, e.what());
  }
  event_context context;
  context.report = &news.sender;
  happen(self, member_event::gossip_heard{news.view, news.sender.name, news.sender.drained},
         context);
}

gossip news_for(const cluster_state& state, const std::string& name) {
  gossip out{state.book->told_to(name), report_of_self(state)};
  const auto known = state.reports.find(name);
  const auto theirs = known == state.reports.end() ? 0 : known->second.revocations;
  if (state.config.revoked && state.config.revoked->number() > theirs)
    out.revocations = state.config.revoked->text();
  return out;
}

offered_node offered_by(const introduction& peer) {
  return {peer.who.name, peer.who.instance, peer.where, peer.from, peer.to};
}

}  // namespace bramble
