#pragma once

#include <optional>

#include "config/parse.hpp"

namespace bramble::gateway {

/// A descriptor that listens there; a port of 0 is one that is free. Throws `user_error` where that
/// is not possible.
int listen_at(const endpoint& where);

/// One that was opened by whoever started this process, as systemd does for a socket unit
/// (sd_listen_fds(3)): then it is for nobody else to choose an address. Nothing: there is none.
/// Throws `user_error` for more than one, or one that does not listen.
std::optional<int> listener_from_parent();

/// Where a descriptor listens.
endpoint address_of_listener(int fd);

}  // namespace bramble::gateway
