#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "discovery/addresses.hpp"

namespace bramble {

/// As the kernel says below /sys, which is at `root`.
bool is_wireless_card(const std::string& name, const std::filesystem::path& root = "/");

/// The addresses of this machine now, in the order of `place_among_own`. Cards that are down do not
/// count.
local_addresses look_at_addresses();

/// The cards on which neighbours can be told of a node that listens on `listen_address`: those that
/// have it, or all for any address; without loopback, containers and tunnels.
std::vector<std::string> cards_to_tell_on(const std::string& listen_address);

/// Watches them on a thread of its own: the kernel tells of each change (netlink), and where it
/// does not, a look every few seconds does.
class address_watch {
 public:
  /// `changed` is called on that thread with each set that is another than the last one, `known` at
  /// first; it must not block for long.
  address_watch(local_addresses known, std::function<void(const local_addresses&)> changed);
  address_watch(const address_watch&) = delete;
  address_watch& operator=(const address_watch&) = delete;
  /// `changed` is not called any more afterwards.
  ~address_watch();

 private:
  void run(local_addresses known, const std::function<void(const local_addresses&)>& changed) const;
  bool wait() const;

  int news_ = -1;  // netlink; -1 where there is none
  int stop_ = -1;  // eventfd
  std::thread thread_;
};

}  // namespace bramble
