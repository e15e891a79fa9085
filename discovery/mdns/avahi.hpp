#pragma once

#include <chrono>
#include <memory>
#include <thread>

#include "discovery/mdns/mdns.hpp"

namespace bramble {

/// mDNS by this machine's Avahi daemon, which is asked over the system's D-Bus. Works on a thread
/// of its own: the daemon may be missing, come later, be frozen or start again, and the caller
/// notices by the views only. What was told is told again to a daemon that came back.
class avahi final : public mdns {
 public:
  explicit avahi(changed then);
  /// Waits at most defaults::mdns_farewell for a daemon that does not answer.
  ~avahi() override;

  void tell(const mdns_announcement& what) override;

 private:
  class core;
  std::shared_ptr<core> core_;
  std::thread thread_;
};

std::unique_ptr<mdns> make_avahi(mdns::changed then);

/// The last view when `enough` says so of one, or when the time is over. Blocks.
mdns_view listen_to_mdns(std::chrono::milliseconds at_most,
                         const std::function<bool(const mdns_view&)>& enough);

/// What one node hears: listens until it and all of `peers` are seen, or it is plain that nothing
/// will be, at most defaults::doctor_listen_for. Blocks.
mdns_facts hear_of(const mdns_notice& self, const std::vector<std::string>& peers);

}  // namespace bramble
