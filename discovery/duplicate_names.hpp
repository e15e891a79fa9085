#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "discovery/membership.hpp"

namespace bramble {

/// Notices names that two running machines claim: a card that was copied, or keys issued twice.
/// What is said of a former life loses once it is refuted; of two that run, each refutes the other,
/// and the name means now one and now the other. Pure: the caller tells the time.
class duplicate_names {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// To be called after each merge, and after the refutation of what others said of us. Returns a
  /// sentence for each name that is claimed twice from now on.
  std::vector<std::string> look(const membership& view, time_point now);

  /// Names that get no work until they have been quiet for a while.
  std::set<std::string> contested(time_point now) const;

 private:
  struct claimant {
    int arrivals = 0;   ///< how often the name came to mean this machine
    std::string place;  ///< for people
  };
  struct record {
    std::uint64_t current = 0;
    std::map<std::uint64_t, claimant> claimants;  ///< by instance; at most defaults::claimants_most
    time_point moved{};
    bool contested = false;
  };

  static bool is_claimed_twice(const record& of);
  static void make_room(record& of);

  std::map<std::string, record> records_;
};

}  // namespace bramble
