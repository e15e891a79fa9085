#include "actors/transport/front/admission.hpp"

#include <algorithm>

namespace bramble {

bool admission::is_as_new(const allowance& which, clock::time_point now) const {
  const std::chrono::duration<double> since = now - which.at;
  return which.tokens + since.count() * limits_.accepts_per_second >= limits_.accepts_at_once;
}

admission::allowance& admission::allowance_of(const source_address& from, clock::time_point now) {
  if (const auto known = rates_.find(from); known != rates_.end()) return known->second;
  // Looking through all of them takes as long as a handshake: not for each of a flood.
  if (rates_.size() >= limits_.sources && now - tidied_ >= std::chrono::seconds{1}) {
    tidied_ = now;
    std::erase_if(rates_, [&](const auto& each) { return is_as_new(each.second, now); });
  }
  if (rates_.size() >= limits_.sources) return shared_;
  return rates_.emplace(from, allowance{limits_.accepts_at_once, now}).first->second;
}

bool admission::may_accept(const source_address& from, clock::time_point now) {
  auto& mine = allowance_of(from, now);
  const std::chrono::duration<double> since = now - mine.at;
  mine.tokens = std::min(limits_.accepts_at_once,
                         mine.tokens + std::max(0.0, since.count()) * limits_.accepts_per_second);
  mine.at = now;
  if (mine.tokens < 1) return false;
  mine.tokens -= 1;
  return true;
}

admission::entry admission::enter(const source_address& from) {
  entry out{++last_, std::nullopt};
  const auto mine = waiting_.find(from);
  if (mine != waiting_.end() && mine->second.size() >= limits_.unauthenticated_per_source) {
    out.crowded_out = drop_oldest_of(from);
  } else if (by_ticket_.size() >= limits_.unauthenticated) {
    const auto most =
        std::max_element(waiting_.begin(), waiting_.end(), [](const auto& a, const auto& b) {
          // Of equals, the one whose oldest waits longest.
          if (a.second.size() != b.second.size()) return a.second.size() < b.second.size();
          return a.second.front() > b.second.front();
        });
    out.crowded_out = drop_oldest_of(most->first);
  }
  waiting_[from].push_back(out.which);
  by_ticket_.emplace(out.which, from);
  return out;
}

admission::ticket admission::drop_oldest_of(const source_address& from) {
  const auto oldest = waiting_.at(from).front();
  leave(oldest);
  return oldest;
}

void admission::leave(ticket which) {
  const auto node = by_ticket_.extract(which);
  if (node.empty()) return;
  const auto at = waiting_.find(node.mapped());
  at->second.remove(which);
  if (at->second.empty()) waiting_.erase(at);
}

}  // namespace bramble
