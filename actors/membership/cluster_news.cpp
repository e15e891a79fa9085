#include "actors/membership/cluster_news.hpp"

#include <algorithm>

#include "actors/membership/link_meter.hpp"
#include "config/defaults_observing.hpp"
#include "config/format.hpp"

namespace bramble {
namespace {

/// "the actor cluster is stuck" of "the actor cluster is stuck: about one message (gossip) for 2.1
/// s, 1 wait".
std::string subject_of(const std::string& warning) {
  return warning.substr(0, warning.find(':'));
}

void note_links(cluster_state& state) {
  for (const auto& link : read_links(*state.config.plane)) {
    if (link.mbit <= 0) continue;
    auto& told = state.told_links[link.to];
    const auto change = told > 0 ? std::max(link.mbit / told, told / link.mbit) : 0;
    if (told > 0 && change < defaults::change_that_is_told) continue;
    const auto before = told > 0 ? ", before " + format_mbit(told) : "";
    tell(state.config.tell, "link", link.to,
         "the link to " + link.to + " carries " + format_mbit(link.mbit) + " Mbit/s" + before);
    told = link.mbit;
  }
}

}  // namespace

std::vector<std::string> new_warnings(const std::vector<std::string>& before,
                                      const std::vector<std::string>& now) {
  std::vector<std::string> out;
  for (const auto& each : now)
    if (std::ranges::none_of(before,
                             [&](const auto& old) { return subject_of(old) == subject_of(each); }))
      out.push_back(each);
  return out;
}

void note_news_of_members(cluster_state& state) {
  if (!state.config.tell) return;
  for (const auto& [name, each] : state.book->view().members) {
    if (name == state.config.self.name) continue;
    const auto told = state.told_members.find(name);
    const bool known = told != state.told_members.end();
    if (known && told->second == each.state) continue;
    state.told_members[name] = each.state;
    if (each.state == member::state_t::forgotten) {
      if (known) tell(state.config.tell, "left", name, name + " is forgotten, by hand");
      continue;
    }
    const auto kind = each.state == member::state_t::alive    ? "joined"
                      : each.state == member::state_t::failed ? "failed"
                                                              : "left";
    // Who failed or left before we came is no news.
    if (!known && each.state != member::state_t::alive) continue;
    const auto what = each.state == member::state_t::alive
                          ? (known ? " is back" : " is in the cluster")
                      : each.state == member::state_t::failed ? " does not answer any more"
                                                              : " has left";
    tell(state.config.tell, kind, name, name + what);
  }
}

void note_news_of_self(cluster_pointer self) {
  auto& state = self->state;
  note_links(state);
  std::map<std::string, std::uint64_t> queued;
  for (const auto& link : state.config.plane->stats())
    if (link.up) queued[link.peer] = link.bytes_queued;
  auto now = state.windows.look(queued, self->clock().now());
  if (state.config.counters) {
    const auto of_actors = state.config.counters->warnings(self->clock().now());
    now.insert(now.end(), of_actors.begin(), of_actors.end());
  }
  const auto& name = state.config.self.name;
  for (const auto& each : new_warnings(state.warnings, now))
    tell(state.config.tell, "warning", name, "on " + name + " " + each);
  for (const auto& each : new_warnings(now, state.warnings))
    tell(state.config.tell, "warning", name, "on " + name + " it is over that " + subject_of(each));
  state.warnings = std::move(now);
}

}  // namespace bramble
