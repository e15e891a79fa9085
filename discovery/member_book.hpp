#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "discovery/absences.hpp"
#include "discovery/member_actions.hpp"
#include "discovery/member_events.hpp"
#include "discovery/membership.hpp"
#include "discovery/peer_links.hpp"
#include "discovery/peer_places.hpp"
#include "discovery/shelf_search.hpp"
#include "discovery/work_directory.hpp"

namespace bramble {

struct member_book_config {
  member self;                 ///< as this life begins
  std::vector<endpoint> join;  ///< where to find the shelf
  std::string listen_address;  ///< any: this node is at all addresses of the machine
  local_addresses machine;     ///< at the start
  peer_memory remembered;      ///< from an earlier life
};

/// Who is in the cluster, as one node decides it: which links it wants, whom it lets in, who gets
/// work, what the peers are told. An event and the time go in, actions come out; it has no sockets,
/// no threads and no clock, so that any sequence of events can be tried.
///
/// What holds after every event:
/// - there is at most one link to each name, and none to this node itself;
/// - what gossip or a tick leaves behind are links to members, none of which left;
/// - whoever is in the directory has a link that is up, is told to be drained as it said last, and
///   is no machine whose name is in doubt;
/// - nothing that others send makes it grow without a limit (config/defaults_addresses.hpp).
class member_book {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit member_book(member_book_config config);

  /// What is to be done because of it, in this order. `now` never goes back.
  member_actions step(const member_event::any& event, time_point now);

  const member& self() const { return self_; }
  const membership& view() const { return view_; }
  bool is_drained() const { return directory_.is_drained(); }
  /// To members, and to those found at --join addresses that gossip has yet to make members.
  const peer_links& links() const { return links_; }
  /// Links that look for the shelf, and are nobody's yet.
  std::size_t searches() const { return search_.attempts().size(); }
  /// The first by name among ourselves and those we can talk to.
  std::string coordinator() const { return directory_.coordinator(links_); }
  /// The view as this peer is told it: loopback addresses mean something on this machine only.
  membership told_to(const std::string& name) const;
  /// The likeliest address of a member, for people; its control port.
  endpoint best_place(const member& whom) const { return places_.best_place(whom); }
  /// Why it cannot be forgotten by hand, a sentence with what to type; empty: it can.
  std::string why_not_forgotten(const std::string& name) const;
  /// Whom this node looks for and does not get, or does not let in.
  std::vector<absence> absences(time_point now) const { return absent_.list(now); }

 private:
  void on(const member_event::started& event);
  void on(const member_event::tick& event);
  void on(const member_event::gossip_heard& news);
  void on(const member_event::link_up& event);
  void on(const member_event::link_lost& event);
  void on(const member_event::offered& event);
  void on(const member_event::holder_answered& event);
  void on(const member_event::holder_silent& event);
  void on(const member_event::addresses_changed& event);
  void on(const member_event::sighted& event);
  void on(const member_event::drain_changed& event);
  void on(const member_event::news_of_self& event);
  void on(const member_event::forget_asked& event);
  void on(const member_event::leaving& event);

  void watch_names();
  void hear_report(const member_event::gossip_heard& news);
  void forget_report(const std::string& name);
  void redirect(const membership& before);
  void follow_view();
  void drop_link(const std::string& name);
  void let_go();
  void search();
  void seek(shelf_search::attempt what);
  bool settle(const member_event::link_up& up);
  void note_absence(const member_event::link_lost& lost);
  void admit(const offered_node& peer);
  void take_in(const offered_node& peer);
  void refuse(const offered_node& peer, const std::string& holder);
  void add_data_peer(const member& whom);
  void publish();
  void gossip_with_all();
  link_number open(member_action::open_link what);
  void close(link_number link);
  void say(member_action::say::level_t level, std::string text);

  member self_;
  membership view_;
  tombstones memory_;
  peer_links links_;
  shelf_search search_;
  peer_places places_;
  /// Members that left, and when their data link is given up too: running requests may need it.
  std::map<std::string, time_point> leaving_;
  work_directory directory_;
  absence_book absent_;  ///< by name of a member, or by address to join
  link_number last_link_ = 0;

  time_point now_{};     ///< of the event at hand
  member_actions todo_;  ///< because of it, so far
};

}  // namespace bramble
