#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace bramble {

/// Links over which more is to be sent than they carry: their window of tensors is full, and has
/// been for `defaults::window_full_for`. Pure: told now and then what waits for each peer.
class full_windows {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Bytes that wait for each peer now; peers that are left out have no link. Answers warnings,
  /// clauses: "the link to pi2 is full: 61 MB have waited for it for 4 s".
  std::vector<std::string> look(const std::map<std::string, std::uint64_t>& queued, time_point now);

 private:
  std::map<std::string, time_point> since_;  ///< by peer whose window is full
};

}  // namespace bramble
