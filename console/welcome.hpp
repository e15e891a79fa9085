#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "actors/transport/join/server.hpp"
#include "config/options.hpp"
#include "config/paths.hpp"

namespace bramble {

/// "10m", "90s", "2h", or minutes without a unit. Throws `user_error`; `what` names the flag.
std::chrono::seconds parse_duration(const std::string& text, const std::string& what);

/// The reverse, for people: "9:31", "1:02:00".
std::string clock_text(std::chrono::seconds left);

/// Addresses of this machine that another one may reach: the likeliest, not more than fit a code.
std::vector<std::string> hosts_to_invite_to(const std::string& listen_address);

/// What a node that joins is told of the shelf: this node first, where the guest reached it, then
/// whom this one remembers. As discovery/peer_memory.hpp writes it.
std::string shelf_as_told(const home_paths& paths, const key_info& keys,
                          const node_options& options, const join_guest& guest);

}  // namespace bramble
