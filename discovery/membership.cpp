#include "discovery/membership.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "config/defaults.hpp"
#include "config/defaults_addresses.hpp"
#include "config/defaults_operating.hpp"
#include "config/parse.hpp"
#include "discovery/addresses.hpp"

namespace bramble {
namespace {

/// How strong a claim is. A later life beats an earlier one, the node's own later word an earlier
/// one; of equal words the worse news wins, so that a rumour lives until its subject refutes it.
auto strength(const member& m) {
  return std::tuple{m.boot, m.incarnation, m.state};
}

/// What must be decided the same way everywhere when two claims are equally strong but differ: some
/// total order.
auto content(const member& m) {
  return std::tie(m.addresses, m.control_port, m.data_port, m.version, m.instance);
}

bool beats(const member& news, const member& known) {
  if (strength(news) != strength(known)) return strength(news) > strength(known);
  return content(news) > content(known);
}

/// Beyond it a claim could not be refuted by a higher one; the year 146 million.
constexpr std::uint64_t counter_limit = 1ULL << 62;

}  // namespace

const char* name_of(member::state_t state) {
  switch (state) {
    case member::state_t::alive:
      return "alive";
    case member::state_t::failed:
      return "failed";
    case member::state_t::left:
      return "left";
    default:
      return "forgotten";
  }
}

std::string place_of(const member& whom) {
  const auto address = whom.addresses.empty() ? "an unknown address" : whom.addresses.front();
  return to_string(endpoint{address, whom.control_port});
}

void validate(const membership& view, const std::string& where) {
  if (view.members.size() > defaults::members_limit)
    throw user_error(where + ": it names more than " + std::to_string(defaults::members_limit) +
                     " members.");
  for (const auto& [name, each] : view.members) {
    const auto refuse_if = [&, &key = name](bool wrong, const char* what) {
      if (wrong) throw user_error(where + ": member " + key + what);
    };
    check_name(name, defaults::member_name_length, where + ": a member's name");
    refuse_if(each.name != name, " has another name.");
    refuse_if(each.addresses.size() > defaults::member_addresses_most,
              " has more addresses than a machine has.");
    refuse_if(!std::ranges::all_of(each.addresses, is_numeric_address),
              " has an address that is none.");
    refuse_if(each.control_port == 0 || each.data_port == 0, " has no port.");
    refuse_if(each.version.size() > defaults::member_name_length, " has an endless version.");
    refuse_if(each.boot > counter_limit || each.incarnation > counter_limit,
              " counts its lives beyond reason.");
    refuse_if(each.state > member::state_t::forgotten, " is in an unknown state.");
  }
}

std::vector<std::string> merge(membership& view, const membership& news) {
  std::vector<std::string> changed;
  for (const auto& [name, each] : news.members) {
    const bool is_full = view.members.size() >= defaults::members_limit;
    if (is_full && view.members.count(name) == 0) continue;
    const auto [known, added] = view.members.try_emplace(name, each);
    if (!added && !beats(each, known->second)) continue;
    if (!added) known->second = each;
    changed.push_back(name);
  }
  return changed;
}

bool refute(membership& view, const member& self) {
  auto& known = view.members[self.name];
  if (known == self) return false;
  auto truth = self;
  // Above whatever is believed of this life, or of one that claims to be later: a Pi's clock may
  // have been wrong.
  truth.boot = std::max(self.boot, known.boot);
  truth.incarnation = known.boot >= self.boot ? std::max(self.incarnation, known.incarnation) + 1
                                              : self.incarnation;
  known = truth;
  return true;
}

void mark_failed(membership& view, const std::string& name) {
  const auto known = view.members.find(name);
  if (known != view.members.end() && known->second.state == member::state_t::alive)
    known->second.state = member::state_t::failed;
}

void tombstones::tidy(membership& view, time_point now) {
  for (auto each = view.members.begin(); each != view.members.end();) {
    const auto& [name, m] = *each;
    if (m.state == member::state_t::alive) {
      absent_.erase(name);
      ++each;
      continue;
    }
    auto& gone = absent_.try_emplace(name, absence{m.boot, now}).first->second;
    if (m.boot > gone.boot) gone = {m.boot, now};
    const bool by_hand = m.state == member::state_t::forgotten;
    if (by_hand && !gone.by_hand) gone.since = now;
    gone.by_hand = by_hand;
    const auto after = gone.by_hand ? defaults::forget_by_hand_after : after_;
    gone.forgotten = gone.forgotten || now - gone.since >= after;
    if (gone.forgotten) gone.since = now;
    each = gone.forgotten ? view.members.erase(each) : std::next(each);
  }
  std::erase_if(absent_, [&](const auto& each) {
    return each.second.forgotten && now - each.second.since >= after_;
  });
  forget_most();
}

/// Somebody makes names up: those heard of longest ago come back as ghosts if they are spoken of
/// again. Of names in the view, which are fewer, the time of their failing is kept.
void tombstones::forget_most() {
  while (absent_.size() > defaults::tombstones_most) {
    const auto oldest =
        std::min_element(absent_.begin(), absent_.end(), [](const auto& a, const auto& b) {
          return std::pair{!a.second.forgotten, a.second.since} <
                 std::pair{!b.second.forgotten, b.second.since};
        });
    absent_.erase(oldest);
  }
}

}  // namespace bramble
