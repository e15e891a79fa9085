#include "discovery/member_book.hpp"

#include <algorithm>
#include <utility>

#include "config/base/error.hpp"
#include "config/defaults.hpp"
#include "config/defaults_addresses.hpp"
#include "config/format.hpp"
#include "discovery/offers.hpp"

namespace bramble {
namespace {

using level_t = member_action::say::level_t;

}  // namespace

member_book::member_book(member_book_config config)
    : self_{std::move(config.self)},
      memory_{defaults::forget_failed_after},
      search_{std::move(config.join), std::move(config.remembered)},
      places_{std::move(config.listen_address), std::move(config.machine)},
      directory_{self_.name} {
  view_.members.emplace(self_.name, self_);
}

member_actions member_book::step(const member_event::any& event, time_point now) {
  now_ = now;
  std::visit([this](const auto& each) { on(each); }, event);
  return std::exchange(todo_, {});
}

membership member_book::told_to(const std::string& name) const {
  return told_to_peer(view_, places_.is_over_loopback(name));
}

void member_book::on(const member_event::started&) {
  publish();
}

void member_book::on(const member_event::gossip_heard& news) {
  try {
    validate(news.view, "gossip from " + news.sender);
  } catch (const user_error& e) {
    return say(level_t::warning, e.what());
  }
  const auto before = view_;
  merge(view_, news.view);
  memory_.tidy(view_, now_);
  watch_names();
  if (refute(view_, self_)) {
    self_ = view_.members.at(self_.name);
    watch_names();
  }
  if (!news.sender.empty() && news.sender != self_.name) hear_report(news);
  redirect(before);
  follow_view();
  if (directory_.is_outdated(view_, links_, now_)) publish();
}

void member_book::watch_names() {
  for (auto& line : directory_.watch(view_, now_)) say(level_t::error, std::move(line));
}

void member_book::hear_report(const member_event::gossip_heard& news) {
  const auto& name = news.sender;
  // Of strangers only so many are kept; whoever is a member or linked has a place.
  const bool is_stranger = view_.members.count(name) == 0 && !links_.has(name);
  if (is_stranger && directory_.reports() >= defaults::members_limit) return;
  if (directory_.reported(name, news.drained)) publish();
  todo_.push_back(member_action::keep_report{name});
}

void member_book::forget_report(const std::string& name) {
  if (directory_.forget(name)) todo_.push_back(member_action::forget_report{name});
}

/// A member that came back elsewhere needs a link to its new addresses; one that is connected keeps
/// its link, which may need them later.
void member_book::redirect(const membership& before) {
  for (const auto& [name, now] : view_.members) {
    const auto* link = links_.find(name);
    if (link == nullptr) continue;
    const auto old = before.members.find(name);
    const bool fresh = old == before.members.end();
    if (!fresh && now.addresses == old->second.addresses &&
        now.control_port == old->second.control_port)
      continue;
    if (fresh || link->is_up)
      todo_.push_back(
          member_action::redirect_link{link->number, places_.hosts_of(now), now.control_port});
    else
      drop_link(name);
  }
}

/// Links follow the view: one to every member that is not gone, none to the forgotten.
void member_book::follow_view() {
  for (const auto& [name, each] : view_.members) {
    if (name == self_.name || has_gone(each)) continue;
    add_data_peer(each);
    if (!links_.has(name))
      links_.hold(name, open({0, places_.hosts_of(each), each.control_port, name}));
  }
  std::vector<std::string> gone;
  for (const auto& [name, link] : links_.all()) {
    const auto known = view_.members.find(name);
    if (known == view_.members.end() || has_gone(known->second)) gone.push_back(name);
  }
  for (const auto& name : gone) drop_link(name);
}

void member_book::drop_link(const std::string& name) {
  const auto* link = links_.find(name);
  if (link == nullptr) return;
  const bool was_up = link->is_up;
  close(link->number);
  links_.erase(name);
  absent_.over(name);
  forget_report(name);
  const auto known = view_.members.find(name);
  const bool left = known != view_.members.end() && known->second.state == member::state_t::left;
  if (left && leaving_.size() < defaults::members_limit)
    leaving_.emplace(name, now_ + defaults::left_linger);
  else
    todo_.push_back(member_action::remove_data_peer{name});
  if (was_up) publish();
}

/// One that left finishes what runs on it before it goes; then nobody needs to dial it any more.
void member_book::let_go() {
  std::erase_if(leaving_, [&](const auto& each) {
    const auto& [name, until] = each;
    if (now_ < until) return false;
    if (!links_.has(name)) todo_.push_back(member_action::remove_data_peer{name});
    return true;
  });
}

void member_book::on(const member_event::link_up& event) {
  const auto& name = event.name;
  if (search_.find(event.link) != nullptr && !settle(event)) return;
  const auto* link = links_.find(name);
  if (link == nullptr || link->number != event.link) return;
  say(level_t::info, "connected to " + name);
  links_.set_up(name, event.instance);
  absent_.over(name);
  if (!event.host.empty()) places_.reached(name, event.host);
  // Where it was reached, tensors go first. One that was joined by address is no member yet.
  if (const auto known = view_.members.find(name); known != view_.members.end())
    add_data_peer(known->second);
  todo_.push_back(member_action::expect_data_peer{name});
  todo_.push_back(member_action::gossip_with{name, event.link});
  publish();
}

/// A link by which the shelf was looked for found somebody. Answers whether it stays, under that
/// name.
bool member_book::settle(const member_event::link_up& up) {
  const auto& attempt = *search_.find(up.link);
  if (attempt.wanted.empty()) places_.found(attempt.place, up.name);
  absent_.over(to_string(attempt.place));
  if (up.name == self_.name && attempt.wanted.empty())
    say(level_t::warning, "cannot join " + to_string(attempt.place) +
                              ": that is this node itself; give the address of another one.");
  search_.ended(up.link);
  // Ourselves by another name, or a peer that dialled us in the meantime.
  if (up.name == self_.name || links_.up_to(up.name)) {
    close(up.link);
    return false;
  }
  // A link that gossip made us start has not got through yet: this one has. Two connections between
  // two nodes would make CAF drop both.
  if (const auto* slower = links_.find(up.name); slower != nullptr) close(slower->number);
  links_.hold(up.name, up.link);
  return true;
}

void member_book::on(const member_event::link_lost& event) {
  if (links_.up_to(event.name) != event.link) return note_absence(event);
  links_.set_down(event.name);
  say(level_t::warning, "lost " + event.name + ": " + event.reason);
  forget_report(event.name);
  mark_failed(view_, event.name);
  todo_.push_back(member_action::report_lost{event.name, event.reason});
  publish();
}

/// A link did not come up, or was lost again: to be told, and shown by `status`.
void member_book::note_absence(const member_event::link_lost& lost) {
  std::string key;
  absence what{absence::kind_t::not_joined, {}, lost.where, lost.reason};
  if (const auto* attempt = search_.find(lost.link); attempt != nullptr) {
    // Whoever is on the network could fill the log with names.
    if (attempt->is_hint) return;
    key = to_string(attempt->place);
    what.who = attempt->wanted;
  }
  if (const auto* name = links_.name_of(lost.link); name != nullptr) key = what.who = *name;
  if (!what.who.empty()) what.kind = absence::kind_t::missing;
  if (key.empty()) return;
  while (what.why.ends_with('.')) what.why.pop_back();
  if (auto line = absent_.failed(key, what, now_)) say(level_t::warning, std::move(*line));
}

void member_book::on(const member_event::tick& event) {
  memory_.tidy(view_, now_);
  follow_view();
  let_go();
  search();
  if (auto text = search_.note(view_, self_.name, places_.met(), event.unix_s))
    todo_.push_back(member_action::remember_peers{std::move(*text)});
  gossip_with_all();
}

void member_book::search() {
  const auto is_linked = [&](const endpoint& where) {
    const auto* name = places_.name_at(where);
    return name != nullptr && (*name == self_.name || links_.has(*name));
  };
  for (auto& each : search_.to_join(is_linked)) seek(std::move(each));
  if (!search_.is_recalling(now_)) return;
  for (const auto link : search_.needless(view_, places_)) {
    absent_.over(to_string(search_.find(link)->place));
    search_.ended(link);
    close(link);
  }
  for (auto& each : search_.to_recall(view_, places_)) seek(std::move(each));
}

void member_book::seek(shelf_search::attempt what) {
  const auto link =
      open({0, what.hosts, what.place.port, what.wanted, false, !what.wanted.empty()});
  search_.begun(link, std::move(what));
}

void member_book::on(const member_event::offered& event) {
  const auto& peer = event.peer;
  const auto* known = links_.find(peer.name);
  switch (judge_offer(peer, self_, known)) {
    case offer_verdict::ourselves:
      return todo_.push_back(member_action::admit_offer{});
    case offer_verdict::our_name:
      return refuse(peer, "the machine at " + to_string(places_.best_place(self_)));
    case offer_verdict::welcome:
      return admit(peer);
    case offer_verdict::ask_holder:
      return todo_.push_back(member_action::ask_holder{known->number});
  }
}

void member_book::on(const member_event::holder_answered& event) {
  const auto& peer = event.peer;
  if (event.instance == peer.instance) return admit(peer);  // it got through in the meantime
  const auto holder = view_.members.find(peer.name);
  refuse(peer, holder == view_.members.end()
                   ? std::string{"another machine"}
                   : "the machine at " + to_string(places_.best_place(holder->second)));
}

void member_book::on(const member_event::holder_silent& event) {
  admit(event.peer);
}

void member_book::admit(const offered_node& peer) {
  if (peer.where.name == peer.name) take_in(peer);
  todo_.push_back(member_action::admit_offer{});
}

/// A node that dialled us: its link needs not dial, and its place in the view is news.
void member_book::take_in(const offered_node& peer) {
  const auto& name = peer.name;
  places_.came_from(name, peer.from);
  if (!links_.has(name))
    links_.hold(name, open({0, places_.hosts_of(peer.where), peer.where.control_port, name, true}));
  member_event::gossip_heard news;
  news.view.members.emplace(name, peer.where);
  on(news);
  if (const auto* link = links_.find(name); link != nullptr)
    todo_.push_back(member_action::adopt_offer{link->number});
}

/// Said here and there, each time with the address of the other one.
void member_book::refuse(const offered_node& peer, const std::string& holder) {
  if (auto line = absent_.failed("name " + peer.name, refusal_of(peer, holder), now_))
    say(level_t::error, std::move(*line));
  todo_.push_back(member_action::refuse_offer{sentence_of_refusal(peer, holder, self_.name)});
}

/// Peers hear of it at once, those that are connected and those that are being dialled.
void member_book::on(const member_event::addresses_changed& event) {
  auto addresses = places_.move(event.machine);
  if (addresses != self_.addresses) {
    self_.addresses = std::move(addresses);
    ++self_.incarnation;
    view_.members[self_.name] = self_;
    const auto text = joined(self_.addresses);
    say(level_t::info, "this machine's addresses: " + (text.empty() ? "none" : text));
    for (const auto& [name, link] : links_.all())
      todo_.push_back(member_action::introduce_anew{link.number});
    for (const auto& [link, each] : search_.attempts())
      todo_.push_back(member_action::introduce_anew{link});
    gossip_with_all();
  }
  follow_view();  // other cards reach link-local addresses
}

/// Where somebody is told of, it is looked for with the next tick; links that do not get through
/// try there from now on.
void member_book::on(const member_event::sighted& event) {
  std::map<std::string, std::vector<std::string>> before;
  for (const auto& [name, each] : view_.members) before.emplace(name, places_.hosts_of(each));
  places_.sighted(event.nodes);
  for (const auto& [name, link] : links_.all()) {
    const auto known = view_.members.find(name);
    if (known == view_.members.end()) continue;
    auto hosts = places_.hosts_of(known->second);
    if (hosts == before.at(name)) continue;
    todo_.push_back(
        member_action::redirect_link{link.number, std::move(hosts), known->second.control_port});
  }
  for (const auto& [link, what] : search_.moved(places_))
    todo_.push_back(member_action::redirect_link{link, what.hosts, what.place.port});
}

void member_book::on(const member_event::drain_changed& event) {
  if (!directory_.set_drained(event.drained)) return;
  say(level_t::info,
      event.drained ? "drained: no new work for other hosts" : "works for others again");
  publish();
  gossip_with_all();
}

void member_book::on(const member_event::news_of_self&) {
  gossip_with_all();
}

std::string member_book::why_not_forgotten(const std::string& name) const {
  if (name == self_.name)
    return name + " is this node itself; `stop " + name +
           "` ends it, and then another one can forget it.";
  const auto known = view_.members.find(name);
  if (known != view_.members.end() && known->second.state == member::state_t::alive)
    return name + " is alive; `drain " + name + "` takes its work away, `stop " + name +
           "` ends it, and then it can be forgotten.";
  if (known != view_.members.end()) return {};
  std::vector<std::string> gone;
  for (const auto& [other, each] : view_.members)
    if (each.state != member::state_t::alive && each.state != member::state_t::forgotten)
      gone.push_back(other);
  return "There is no member " + name + " to forget; " +
         (gone.empty() ? "nobody has failed or left."
                       : listed(gone) + (gone.size() == 1 ? " has" : " have") + " failed or left.");
}

/// Peers hear of it at once, and tell it on.
void member_book::on(const member_event::forget_asked& event) {
  if (!why_not_forgotten(event.name).empty()) return;
  view_.members.at(event.name).state = member::state_t::forgotten;
  say(level_t::info, event.name + " is forgotten, by hand");
  memory_.tidy(view_, now_);
  follow_view();
  gossip_with_all();
}

void member_book::on(const member_event::leaving&) {
  self_.state = member::state_t::left;
  ++self_.incarnation;
  view_.members[self_.name] = self_;
  member_action::say_farewell farewell{links_.up(), {}};
  for (const auto& [name, link] : farewell.peers)
    if (const auto known = view_.members.find(name);
        known != view_.members.end() && !farewell.other)
      farewell.other = places_.best_place(known->second);
  todo_.push_back(std::move(farewell));
}

void member_book::publish() {
  todo_.push_back(directory_.make(view_, links_, now_));
}

void member_book::add_data_peer(const member& whom) {
  todo_.push_back(member_action::add_data_peer{whom.name, places_.hosts_of(whom), whom.data_port});
}

void member_book::gossip_with_all() {
  for (const auto& [name, link] : links_.up())
    todo_.push_back(member_action::gossip_with{name, link});
}

link_number member_book::open(member_action::open_link what) {
  what.link = ++last_link_;
  todo_.push_back(std::move(what));
  return last_link_;
}

void member_book::close(link_number link) {
  todo_.push_back(member_action::close_link{link});
}

void member_book::say(level_t level, std::string text) {
  todo_.push_back(member_action::say{level, std::move(text)});
}

}  // namespace bramble
