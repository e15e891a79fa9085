#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <vector>

#include "config/defaults_front.hpp"

namespace bramble {

/// Where a connection comes from: an IPv4 address, or the /64 network of an IPv6 one, of which a
/// single machine has as many addresses as it likes.
using source_address = std::array<std::uint8_t, 9>;

struct admission_limits {
  std::size_t unauthenticated = defaults::front_unauthenticated_limit;
  std::size_t unauthenticated_per_source = defaults::front_unauthenticated_per_source;
  double accepts_per_second = defaults::front_accepts_per_second;
  double accepts_at_once = defaults::front_accepts_at_once;
  std::size_t sources = defaults::front_sources_limit;
};

/// Which strangers are let in, and who has to go for them. Those of one source cannot crowd out
/// those of another: a source that is over its share loses its own oldest, and where all together
/// are too many, the source with the most of them does. Pure: the caller tells the time.
class admission {
 public:
  using clock = std::chrono::steady_clock;
  using ticket = std::uint64_t;

  explicit admission(const admission_limits& limits = {}) : limits_{limits} {}

  /// Whether `from` may open one more connection now. Each that is asked about counts.
  bool may_accept(const source_address& from, clock::time_point now);

  /// A connection of `from` that has shown no certificate yet. `crowded_out` has to be closed for
  /// it (and needs no `leave`).
  struct entry {
    ticket which;
    std::optional<ticket> crowded_out;
  };
  entry enter(const source_address& from);

  /// It showed its certificate, or is closed. Those that have left already are fine.
  void leave(ticket which);

  std::size_t unauthenticated() const { return by_ticket_.size(); }

 private:
  struct allowance {
    double tokens;
    clock::time_point at;
  };

  allowance& allowance_of(const source_address& from, clock::time_point now);
  bool is_as_new(const allowance& which, clock::time_point now) const;
  ticket drop_oldest_of(const source_address& from);

  const admission_limits limits_;
  std::map<source_address, allowance> rates_;
  clock::time_point tidied_{};
  allowance shared_{limits_.accepts_at_once, {}};
  std::map<source_address, std::list<ticket>> waiting_;  ///< oldest first; none is empty
  std::map<ticket, source_address> by_ticket_;
  ticket last_ = 0;
};

}  // namespace bramble
