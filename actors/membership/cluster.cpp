#include "actors/membership/cluster.hpp"

#include <spdlog/spdlog.h>

#include "actors/membership/cluster_actions.hpp"
#include "actors/membership/cluster_answers.hpp"
#include "actors/membership/cluster_news.hpp"
#include "actors/membership/runtime_override.hpp"
#include "config/base/wall_clock.hpp"
#include "config/defaults.hpp"

namespace bramble {
namespace {

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

/// Dialling needs our own face to be published: it is what peers are given.
void begin(cluster_pointer self, const node_actor& node) {
  self->state.node = node;
  self->send(self, tick_atom::value);
}

void tick(cluster_pointer self) {
  happen(self, member_event::tick{milliseconds_since_1970() / 1000});
  self->delayed_send(self, defaults::gossip_interval, tick_atom::value);
  note_news_of_self(self);
  if (self->state.config.loads)
    self->request(self->state.config.loads, defaults::detail_timeout, load_atom::value)
        .then([=](std::vector<model_load>& loads) { self->state.loads = std::move(loads); },
              [](const caf::error& e) {
                spdlog::debug("what is asked of this host is not known: {}", sentence_of(e));
              });
}

/// Links that were given up meanwhile are of no interest.
void handle_up(cluster_pointer self, const link_up& up) {
  const auto link = self->state.numbers.find(up.link.address());
  if (link == self->state.numbers.end()) return;
  happen(self, member_event::link_up{link->second, up.peer.name, up.peer.instance, up.host});
}

void handle_lost(cluster_pointer self, const link_lost& lost) {
  const auto link = self->state.numbers.find(lost.link.address());
  if (link == self->state.numbers.end()) return;
  happen(self, member_event::link_lost{link->second, lost.name, lost.reason, lost.where});
}

/// What is imported here can be asked for at the peers.
void take_listing(cluster_pointer self, const store_listing& now) {
  auto& state = self->state;
  auto models = now.complete_models();
  if (state.models == models) return;
  state.models = std::move(models);
  happen(self, member_event::news_of_self{});
  if (state.config.model_cache) self->send(state.config.model_cache, names_atom::value);
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
      happen(self, member_event::drain_changed{true});
      break;
    case runtime_override::kind_t::resume:
      happen(self, member_event::drain_changed{false});
      break;
    case runtime_override::kind_t::revoke:
      take_revocations(self, what.text);
      break;
    case runtime_override::kind_t::pin:
      pin_method(self, what.text, what.method);
      break;
    case runtime_override::kind_t::forget:
      if (const auto why = state.book->why_not_forgotten(what.text); !why.empty())
        throw user_error(why);
      happen(self, member_event::forget_asked{what.text});
      break;
    case runtime_override::kind_t::cancel:
    case runtime_override::kind_t::stop:
    case runtime_override::kind_t::restart:
      throw user_error("That is not the cluster's matter.");  // the face keeps these
  }
  auto effect = effect_of(what, state.config.self.name);
  // Of the others there are events of their own.
  const bool is_told = what.kind == runtime_override::kind_t::revoke ||
                       what.kind == runtime_override::kind_t::pin ||
                       what.kind == runtime_override::kind_t::forget;
  if (!is_told) tell(state.config.tell, "change", state.config.self.name, effect);
  return effect;
}

}  // namespace

private_cluster::behavior_type cluster(cluster_pointer self, cluster_config config) {
  auto& state = self->state;
  state.config = std::move(config);
  const auto& mine = state.config;
  state.book.emplace(
      member_book_config{mine.self, mine.join, mine.listen_address, mine.machine, mine.remembered});
  happen(self, member_event::started{});
  measure_self(self);
  return {
      [=](begin_atom, const node_actor& node) { begin(self, node); },
      [=](tick_atom) { tick(self); },
      [=](const link_up& up) { handle_up(self, up); },
      [=](const link_lost& lost) { handle_lost(self, lost); },
      [=](const link_offer& offer) { return answer_offer(self, offer); },
      [=](const local_addresses& machine) {
        happen(self, member_event::addresses_changed{machine});
      },
      [=](const member_event::sighted& now) { happen(self, now); },
      [=](const store_listing_ptr& now) { take_listing(self, *now); },
      [=](gossip_atom, const gossip& news) {
        hear_gossip(self, news);
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
        const auto& book = *self->state.book;
        return std::to_string(book.view().members.size()) + " members known, " +
               std::to_string(book.links().up().size()) + " connected, " +
               std::to_string(book.searches()) + " addresses being joined";
      },
  };
}

}  // namespace bramble
