#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "discovery/member_book.hpp"

namespace bramble::test {

/// Does what a member_book says, as the cluster actor would, but with nothing behind it; and throws
/// where the book breaks one of its promises.
class book_keeper {
 public:
  explicit book_keeper(const member_book_config& config) : book{config} {
    happen(member_event::started{});
  }

  /// The actions that followed.
  const member_actions& happen(const member_event::any& event) {
    report_ = std::get_if<member_event::gossip_heard>(&event);
    before_ = book.links().up();
    done = book.step(event, now);
    int answers = 0;
    for (const auto& each : done) {
      std::visit([this](const auto& what) { run(what); }, each);
      answers += std::holds_alternative<member_action::admit_offer>(each) ||
                 std::holds_alternative<member_action::refuse_offer>(each) ||
                 std::holds_alternative<member_action::ask_holder>(each);
    }
    const bool is_offer = std::holds_alternative<member_event::offered>(event) ||
                          std::holds_alternative<member_event::holder_answered>(event) ||
                          std::holds_alternative<member_event::holder_silent>(event);
    promise(answers == (is_offer ? 1 : 0), "an offer is answered once, and nothing else is");
    check();
    return done;
  }

  template <class Action>
  std::vector<Action> all() const {
    std::vector<Action> out;
    for (const auto& each : done)
      if (const auto* what = std::get_if<Action>(&each)) out.push_back(*what);
    return out;
  }

  template <class Action>
  bool has() const {
    return !all<Action>().empty();
  }

  /// The link held to this peer; there has to be one.
  link_number link_to(const std::string& name) const { return book.links().all().at(name).number; }

  /// Its link gets through, to the machine of this instance.
  const member_actions& connect(const std::string& name, std::uint64_t instance) {
    return happen(member_event::link_up{link_to(name), name, instance, "10.0.0.9"});
  }

  const member_actions& lose(const std::string& name) {
    return happen(member_event::link_lost{link_to(name), name, "it broke.", "10.0.0.9 port 7741"});
  }

  member_book book;
  member_book::time_point now{};
  member_actions done;                                   ///< because of the last event
  std::map<link_number, member_action::open_link> open;  ///< not closed yet
  member_action::publish_directory directory;            ///< the last
  std::map<std::string, bool> reports;                   ///< by name: what it says of being drained
  std::set<std::string> data_peers;

 private:
  static void promise(bool is_kept, const char* what) {
    if (!is_kept) throw std::logic_error(what);
  }

  void run(const member_action::open_link& what) {
    promise(what.link > newest_, "no number of a link is used twice");
    newest_ = what.link;
    promise(what.expected != book.self().name, "no link to this node itself");
    open.emplace(what.link, what);
  }
  void run(const member_action::close_link& what) {
    promise(open.erase(what.link) == 1, "only open links are closed");
  }
  void run(const member_action::redirect_link& what) { must_be_open(what.link); }
  void run(const member_action::introduce_anew& what) { must_be_open(what.link); }
  void run(const member_action::adopt_offer& what) { must_be_open(what.link); }
  void run(const member_action::ask_holder& what) { must_be_open(what.link); }
  void run(const member_action::admit_offer&) {}
  void run(const member_action::refuse_offer&) {}
  void run(const member_action::add_data_peer& what) {
    promise(what.name != book.self().name, "no data link to this node itself");
    data_peers.insert(what.name);
  }
  void run(const member_action::expect_data_peer&) {}
  void run(const member_action::remove_data_peer& what) { data_peers.erase(what.name); }
  void run(const member_action::report_lost&) {}
  void run(const member_action::publish_directory& what) {
    for (const auto& [name, link] : what.links) must_be_open(link);
    directory = what;
  }
  void run(const member_action::gossip_with& what) {
    must_be_open(what.link);
    // One that was found, and is nobody's member, may be told and then dropped.
    const auto known = before_.find(what.name);
    const bool was_up = known != before_.end() && known->second == what.link;
    promise(was_up || book.links().up_to(what.name) == what.link,
            "gossip goes to those who are connected");
  }
  void run(const member_action::say_farewell& what) {
    promise(what.peers == book.links().up(), "all who are connected hear a farewell");
  }
  void run(const member_action::keep_report& what) {
    promise(report_ != nullptr && report_->sender == what.name, "a report is of its sender");
    reports[what.name] = report_->drained;
  }
  void run(const member_action::forget_report& what) {
    promise(reports.erase(what.name) == 1, "only what is known is forgotten");
  }
  void run(const member_action::remember_peers&) {}
  void run(const member_action::say& what) {
    promise(!what.text.empty(), "the log gets no empty lines");
  }

  void must_be_open(link_number link) const {
    promise(open.count(link) == 1, "only links that are open are spoken to");
  }

  void check() const {
    std::set<link_number> held;
    for (const auto& [name, link] : book.links().all()) {
      promise(name != book.self().name, "no link is held to this node itself");
      promise(open.count(link.number) == 1, "a link that is held is open");
      promise(held.insert(link.number).second, "no link is held to two peers");
    }
    promise(held.size() + book.searches() == open.size(),
            "a link that is open is held, or looks for the shelf");
    const auto up = book.links().up();
    for (const auto& [name, link] : directory.links) {
      const auto known = up.find(name);
      promise(known != up.end() && known->second == link, "the directory has links that are up");
    }
    std::set<std::string> drained;
    for (const auto& [name, link] : directory.links)
      if (const auto report = reports.find(name); report != reports.end() && report->second)
        drained.insert(name);
    if (book.is_drained()) drained.insert(book.self().name);
    promise(directory.drained == drained, "the directory says who is drained");
    promise(directory.coordinator == book.coordinator(), "the directory names the coordinator");
  }

  const member_event::gossip_heard* report_ = nullptr;  ///< null: the event is another one
  std::map<std::string, link_number> before_;           ///< links that were up before the event
  link_number newest_ = 0;
};

}  // namespace bramble::test
