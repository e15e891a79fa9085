#pragma once

#include <chrono>
#include <string>

namespace bramble {

// What systemd, or whoever else set NOTIFY_SOCKET, is told of this process: sd_notify(3). Where the
// variable is not set all of it does nothing.

/// Does somebody want to be told?
bool has_service_manager();

/// How often to say that this process is alive: several times in WATCHDOG_USEC where that is set
/// for us.
std::chrono::milliseconds sign_of_life_interval();

/// It works, and does this. The first time that makes it ready; each time it keeps the watchdog
/// quiet.
void tell_alive(const std::string& status);

/// It is about to end, by itself.
void tell_stopping();

}  // namespace bramble
