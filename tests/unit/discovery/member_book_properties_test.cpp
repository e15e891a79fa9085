// What holds of a member_book whatever happens, in whatever order. More is asked after each event
// by tests/support/book_keeper.hpp.
#include <rapidcheck.h>

#include "discovery/member_book.hpp"
#include "tests/support/book_keeper.hpp"
#include "tests/support/catch.hpp"

using namespace bramble;
using namespace bramble::test;
using std::chrono::seconds;

namespace {

using rc::gen::arbitrary;
using rc::gen::element;
using rc::gen::inRange;

const std::string own_name = "m";

/// Of the only machine of that name, or the first.
std::uint64_t first_instance(const std::string& of) {
  return static_cast<unsigned char>(of[0]);
}

/// Few names, lives and addresses, so that they meet in every way. `honest`: each name is of one
/// machine.
class chance {
 public:
  explicit chance(bool honest) : honest_{honest} {}

  static std::string name() { return *element<std::string>("a", "k", own_name, "x", "z"); }

  std::uint64_t instance(const std::string& of) const {
    const auto first = first_instance(of);
    return honest_ ? first : first + *inRange<std::uint64_t>(0, 2) * 100;
  }

  member entry(const std::string& of) const {
    member out;
    out.name = of;
    out.addresses = {*element<std::string>("10.0.0.1", "10.0.0.2", "127.0.0.1", "fe80::1")};
    out.control_port = *element<std::uint16_t>(7741, 7743);
    out.data_port = 7742;
    out.boot = *inRange<std::uint64_t>(1, 4);
    out.incarnation = *inRange<std::uint64_t>(0, 4);
    out.instance = instance(of);
    out.state = *element(member::state_t::alive, member::state_t::alive, member::state_t::failed,
                         member::state_t::left, member::state_t::forgotten);
    return out;
  }

  member_event::gossip_heard gossip() const {
    member_event::gossip_heard out;
    for (const std::string each : {"a", "k", "m", "x", "z"})
      if (*arbitrary<bool>()) out.view.members.emplace(each, entry(each));
    if (*arbitrary<bool>()) out.sender = name();
    out.drained = *arbitrary<bool>();
    return out;
  }

  /// Any link that was ever asked for, mostly one that is open.
  static link_number link(const book_keeper& of) {
    if (of.open.empty() || *inRange(0, 8) == 0) return *inRange<link_number>(0, 30);
    return std::next(of.open.begin(), *inRange<std::ptrdiff_t>(0, std::ssize(of.open)))->first;
  }

  /// Whom a link leads to: whom it is for, where it is for one.
  static std::string other_end(const book_keeper& of, link_number link) {
    if (const auto* held = of.book.links().name_of(link)) return *held;
    const auto known = of.open.find(link);
    return known == of.open.end() || known->second.expected.empty() ? name()
                                                                    : known->second.expected;
  }

  void something(book_keeper& to) const {
    switch (*inRange(0, 14)) {
      case 0:
      case 1:
      case 2:
        to.happen(gossip());
        break;
      case 3:
      case 4:
      case 5: {
        const auto which = link(to);
        const auto who = other_end(to, which);
        to.happen(member_event::link_up{which, who, instance(who), *element("", "10.0.0.3")});
        break;
      }
      case 6: {
        const auto which = link(to);
        const auto who = *arbitrary<bool>() ? other_end(to, which) : "";
        to.happen(member_event::link_lost{which, who, "no reason.", "there"});
        break;
      }
      case 7:
      case 8: {
        const auto who = name();
        offered_node peer{who, instance(who), entry(*arbitrary<bool>() ? who : name()),
                          *element("", "10.0.0.4", "fe80::4%eth9"), "10.0.0.5"};
        to.happen(member_event::offered{peer});
        if (!to.has<member_action::ask_holder>()) break;
        if (*arbitrary<bool>())
          to.happen(member_event::holder_silent{peer});
        else
          to.happen(member_event::holder_answered{peer, instance(who)});
        break;
      }
      case 9:
        // One that leaves is gone before anybody would be forgotten.
        to.now += to.book.self().state == member::state_t::left
                      ? seconds{1}
                      : seconds{*element(1, 1, 6, 40, 700)};
        to.happen(member_event::tick{1'000'000});
        break;
      case 10:
        to.happen(member_event::addresses_changed{
            {{*element<std::string>("10.0.0.9", "10.0.0.8")}, {"eth0"}}});
        break;
      case 12:
        to.happen(member_event::forget_asked{name()});
        break;
      case 11: {
        member_event::sighted news;
        for (int i = *inRange(0, 4); i > 0; --i)
          news.nodes.push_back({name(),
                                {*element<std::string>("10.0.0.4", "fe80::4%eth0")},
                                *element<std::uint16_t>(7741, 7000)});
        to.happen(news);
        break;
      }
      default:
        if (*inRange(0, 10) == 0)
          to.happen(member_event::leaving{});
        else
          to.happen(member_event::drain_changed{*arbitrary<bool>()});
    }
  }

 private:
  bool honest_;
};

member_book_config any_beginning() {
  member_book_config out;
  out.self.name = own_name;
  out.self.addresses = {"10.0.0.9"};
  out.self.control_port = 7741;
  out.self.data_port = 7742;
  out.self.boot = 2;
  out.self.instance = first_instance(own_name);
  if (*arbitrary<bool>()) out.join = {{"10.0.0.1", 7741}, {"shelf.local", 7741}};
  if (*arbitrary<bool>()) out.remembered.peers = {{"a", {{"10.0.0.1"}, 7741, 1'000'000}}};
  return out;
}

}  // namespace

TEST_CASE("whatever happens, links follow the view and nobody in doubt gets work") {
  CHECK(rc::check([] {
    book_keeper keeper{any_beginning()};
    const chance dice{false};
    const int events = *inRange(0, 60);
    for (int i = 0; i < events; ++i) {
      dice.something(keeper);  // which throws where a promise is broken
      const auto& members = keeper.book.view().members;
      const auto is_wanted = [&](const std::string& name) {
        const auto known = members.find(name);
        return known != members.end() && !has_gone(known->second);
      };
      RC_ASSERT(members.count(own_name) == 1);
      RC_ASSERT(members.at(own_name) == keeper.book.self());
      for (const auto& [name, each] : members)
        if (name != own_name && is_wanted(name)) {
          RC_ASSERT(keeper.book.links().has(name));
          RC_ASSERT(keeper.data_peers.count(name) == 1);
        }
      keeper.happen(member_event::tick{1'000'000});
      for (const auto& [name, link] : keeper.book.links().all()) RC_ASSERT(is_wanted(name));
      keeper.happen(member_event::gossip_heard{});
      for (const auto& [name, link] : keeper.directory.links)
        RC_ASSERT(members.at(name).instance == keeper.book.links().find(name)->instance);
    }
  }));
}

TEST_CASE("where each name is of one machine, all who are connected are published at once") {
  CHECK(rc::check([] {
    book_keeper keeper{any_beginning()};
    const chance dice{true};
    const int events = *inRange(0, 60);
    for (int i = 0; i < events; ++i) {
      dice.something(keeper);
      RC_ASSERT(keeper.directory.links == keeper.book.links().up());
    }
  }));
}
