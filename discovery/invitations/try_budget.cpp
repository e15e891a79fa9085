#include "discovery/invitations/try_budget.hpp"

#include <algorithm>

#include "config/defaults_join.hpp"

namespace bramble {
namespace {

template <class Duration>
double left_after(double spent, std::chrono::steady_clock::duration gone, Duration every) {
  return std::max(
      0.0, spent - std::chrono::duration<double>(gone) / std::chrono::duration<double>(every));
}

}  // namespace

try_budget::account& try_budget::account_of(const std::string& source, time_point now) {
  const auto settle = [&](account& of) {
    of.spent = left_after(of.spent, now - of.at, defaults::join_try_every);
    of.at = now;
  };
  const auto known = spent_.find(source);
  if (known == spent_.end() && spent_.size() >= defaults::join_sources_most) {
    for (auto& [name, each] : spent_) settle(each);
    std::erase_if(spent_, [](const auto& each) { return each.second.spent == 0; });
  }
  const bool full = known == spent_.end() && spent_.size() >= defaults::join_sources_most;
  auto& out = full ? others_ : spent_[source];
  settle(out);
  return out;
}

bool try_budget::may_try(const std::string& source, time_point now) {
  all_.spent = left_after(all_.spent, now - all_.at, defaults::join_try_of_all_every);
  all_.at = now;
  // Whole tries: what is back by half is not back.
  return account_of(source, now).spent + 1 <= defaults::join_tries_at_once &&
         all_.spent + 1 <= defaults::join_tries_of_all_at_once;
}

void try_budget::spend(const std::string& source, time_point now) {
  account_of(source, now).spent += 1;
  all_.spent += 1;
}

}  // namespace bramble
