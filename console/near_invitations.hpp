#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "config/keys.hpp"
#include "discovery/invitations/join_code.hpp"
#include "discovery/mdns/mdns.hpp"

namespace bramble {

/// Tells the network of an open invitation, as long as it lives.
class invitation_sign {
 public:
  /// `port` is the one that is open for machines that join.
  invitation_sign(const key_info& keys, std::uint16_t port, const std::string& listen_address);

  /// Returns when everybody can see it; throws `user_error` where nobody will.
  void await_visible();

 private:
  std::mutex mutex_;
  std::condition_variable news_;
  mdns_view last_;
  std::unique_ptr<mdns> mdns_;  // the last: it tells the rest
};

/// The code, led to where the network tells of invitations to its cluster: one for each. Waits so
/// long for the first; throws `user_error` where there is none.
std::vector<join_code> find_invitations(const join_code& code, std::chrono::seconds patience);

/// The same, of what was seen: at most defaults::near_invitations_most.
std::vector<join_code> led_to(const join_code& code, const std::vector<sighting>& seen);

}  // namespace bramble
