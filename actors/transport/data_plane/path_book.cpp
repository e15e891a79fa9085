#include "actors/transport/data_plane/path_book.hpp"

#include <algorithm>
#include <functional>

#include "config/defaults_addresses.hpp"
#include "config/defaults_paths.hpp"

namespace bramble::transport {
namespace {

bool is_ipv6(const std::string& host) {
  return host.find(':') != std::string::npos;
}

/// Of one card: whoever is there is reached by that card's other addresses as well.
bool is_link_local(const std::string& host) {
  return host.starts_with("fe80:");
}

}  // namespace

double path_book::rate_of(const std::string& host) const {
  const auto at = paths_.find(host);
  return at == paths_.end() ? 0 : at->second.mbit;
}

void path_book::over(const std::string& host, time_point now) {
  // Whoever connects again and again from somewhere else must not fill the memory.
  if (paths_.size() >= defaults::places_most && paths_.count(host) == 0) paths_.clear();
  auto& path = paths_[host];
  is_trial_ = path.mbit == 0;
  path.attempted.reset();
  current_ = host;
  since_ = now;
}

void path_book::measured(double mbit) {
  if (mbit > 0 && !current_.empty()) paths_[current_].mbit = mbit;
}

void path_book::attempted(const std::string& host, time_point now) {
  if (paths_.size() < defaults::places_most || paths_.count(host) != 0)
    paths_[host].attempted = now;
}

void path_book::put_off(const std::string& host) {
  if (const auto at = paths_.find(host); at != paths_.end()) at->second.attempted.reset();
}

bool path_book::is_in_vain(const std::string& host, time_point now) const {
  const auto at = paths_.find(host);
  return at != paths_.end() && at->second.attempted &&
         now - *at->second.attempted < defaults::path_retry;
}

/// The other family's address of the card where the link is tells nothing new. After an outage the
/// link may be at one of a card that had better ones.
bool path_book::is_another_way(const std::string& host) const {
  if (host == current_ || is_link_local(host)) return false;
  return is_ipv6(host) == is_ipv6(current_) || is_link_local(current_) || rate_of(host) > 0;
}

std::optional<std::string> path_book::better(const std::vector<std::string>& hosts,
                                             time_point now) const {
  const double here = rate_of(current_);
  if (here == 0) return std::nullopt;
  std::vector<std::string> others;
  for (const auto& each : hosts)
    if (others.size() < defaults::paths_tried_most && is_another_way(each)) others.push_back(each);
  std::erase_if(others, [&](const std::string& host) { return is_in_vain(host, now); });
  if (others.empty()) return std::nullopt;
  const auto best =
      std::ranges::max_element(others, {}, [&](const std::string& host) { return rate_of(host); });
  const bool may_leave = is_trial_ || now - since_ >= defaults::path_stay;
  if (may_leave && rate_of(*best) >= defaults::path_gain * here) return *best;
  const auto unknown =
      std::ranges::find_if(others, [&](const std::string& host) { return rate_of(host) == 0; });
  return unknown == others.end() ? std::nullopt : std::optional{*unknown};
}

std::vector<std::string> path_book::in_order(std::vector<std::string> hosts) const {
  std::ranges::stable_sort(hosts, std::greater{},
                           [&](const std::string& host) { return rate_of(host); });
  return hosts;
}

}  // namespace bramble::transport
