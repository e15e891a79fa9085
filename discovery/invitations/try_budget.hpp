#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

namespace bramble {

/// How often somebody may be wrong: a few times at once, and then slowly again; each source for
/// itself and all together. Bounded in memory: of too many sources the further ones share one
/// allowance.
class try_budget {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Whether this source may try now. Costs nothing.
  bool may_try(const std::string& source, time_point now);
  /// It tried, and was wrong.
  void spend(const std::string& source, time_point now);

  std::size_t sources() const { return spent_.size(); }

 private:
  /// What was spent and not got back yet, as of `at`.
  struct account {
    double spent = 0;
    time_point at{};
  };

  account& account_of(const std::string& source, time_point now);

  std::map<std::string, account> spent_;  ///< at most defaults::join_sources_most
  account others_;                        ///< for sources beyond that
  account all_;
};

}  // namespace bramble
