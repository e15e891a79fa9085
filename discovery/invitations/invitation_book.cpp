#include "discovery/invitations/invitation_book.hpp"

#include <algorithm>
#include <utility>

#include "config/base/error.hpp"
#include "config/defaults.hpp"
#include "config/parse.hpp"

namespace bramble {
namespace {

const std::string another_code = "; type `bramble invite` there for another code.";

join_refused to_one_who_knows(const std::string& why) {
  return {why, true};
}

/// What a machine may be called by itself may not be what a node can be called.
bool is_node_name(const std::string& name) {
  try {
    check_name(name, defaults::node_name_longest, "");
    return true;
  } catch (const user_error&) {
    return false;
  }
}

}  // namespace

invitation_number invitation_book::open(const invitation& what, time_point now) {
  if (what.uses == 0 || what.uses > defaults::invitation_uses_most)
    throw user_error("An invitation is for 1 to " + std::to_string(defaults::invitation_uses_most) +
                     " machines.");
  if (!what.name.empty() && what.uses != 1)
    throw user_error("A name is for one machine; leave out the name or --uses.");
  if (!what.name.empty()) check_name(what.name, defaults::node_name_longest, "The name of a node");
  if (what.until <= now) throw user_error("An invitation has to last for some time.");
  if (entries_.size() >= defaults::invitations_most) {
    // Those that are over are kept for their sentence only.
    const auto over = std::ranges::find_if(
        entries_, [&](const entry& each) { return each.withdrawn || each.what.until <= now; });
    if (over == entries_.end())
      throw user_error("There are " + std::to_string(defaults::invitations_most) +
                       " open invitations already; withdraw one.");
    entries_.erase(over);
  }
  entries_.push_back({++last_, what, false, {}});
  return last_;
}

void invitation_book::withdraw(invitation_number which) {
  if (auto* one = find(which); one != nullptr) one->withdrawn = true;
}

join_verdict invitation_book::judge(const join_attempt& who, time_point now) {
  if (!tries_.may_try(who.source, now))
    return join_refused{"Too many wrong codes were tried; wait a minute and try again.", false};
  auto* one = proven_by(who);
  if (one == nullptr) {
    tries_.spend(who.source, now);
    return join_refused{
        "This code is not known to the inviting node: it is of an invitation that has ended, or "
        "was "
        "made up" +
            another_code,
        false};
  }
  if (one->withdrawn) return to_one_who_knows("This invitation was withdrawn" + another_code);
  if (now >= one->what.until) return to_one_who_knows("This invitation has ended" + another_code);
  return admit(*one, who);
}

join_verdict invitation_book::admit(entry& to, const join_attempt& who) {
  if (const auto known = to.guests.find(who.key); known != to.guests.end()) {
    if (known->second.settled)
      return to_one_who_knows("This machine has got its certificate by this code already.");
    // The name may be in the list of issued ones by now: it is this machine's.
    return join_granted{to.number, known->second.name, true};
  }
  if (to.guests.size() >= to.what.uses)
    return to_one_who_knows("This code was used already" + another_code);
  if (!to.what.name.empty() && who.insists && who.name != to.what.name)
    return to_one_who_knows("This code is for a node called " + to.what.name +
                            "; join without --name, or type `bramble invite` there for another.");
  const auto name = to.what.name.empty() ? who.name : to.what.name;
  if (!is_node_name(name))
    return to_one_who_knows("A node cannot be called \"" + printable(name) +
                            "\"; choose a name with --name.");
  to.guests.emplace(who.key, guest{name, false});
  return join_granted{to.number, name, to.what.replace};
}

void invitation_book::give_back(invitation_number which, const std::string& key) {
  auto* one = find(which);
  if (one == nullptr) return;
  const auto whose = one->guests.find(key);
  if (whose != one->guests.end() && !whose->second.settled) one->guests.erase(whose);
}

void invitation_book::settle(invitation_number which, const std::string& key) {
  auto* one = find(which);
  if (one == nullptr) return;
  const auto whose = one->guests.find(key);
  if (whose != one->guests.end()) whose->second.settled = true;
}

bool invitation_book::is_open(time_point now) const {
  return std::ranges::any_of(entries_, [&](const entry& each) {
    if (each.withdrawn || each.what.until <= now) return false;
    return each.guests.size() < each.what.uses ||
           std::ranges::any_of(each.guests, [](const auto& one) { return !one.second.settled; });
  });
}

std::size_t invitation_book::uses_left(invitation_number which) const {
  const auto* one = find(which);
  return one == nullptr ? 0 : one->what.uses - one->guests.size();
}

invitation_book::entry* invitation_book::find(invitation_number which) {
  return const_cast<entry*>(std::as_const(*this).find(which));
}

const invitation_book::entry* invitation_book::find(invitation_number which) const {
  const auto at =
      std::ranges::find_if(entries_, [&](const entry& each) { return each.number == which; });
  return at == entries_.end() ? nullptr : &*at;
}

/// All are tried, so that the time does not tell which one it was.
invitation_book::entry* invitation_book::proven_by(const join_attempt& who) {
  entry* out = nullptr;
  for (auto& each : entries_)
    if (who.proves(each.what.secret)) out = &each;
  return out;
}

}  // namespace bramble
