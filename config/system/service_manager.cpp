#include "config/system/service_manager.hpp"

#include <systemd/sd-daemon.h>

#include <cstdlib>

#include "config/defaults_service.hpp"

namespace bramble {

bool has_service_manager() {
  return std::getenv("NOTIFY_SOCKET") != nullptr;
}

std::chrono::milliseconds sign_of_life_interval() {
  std::uint64_t microseconds = 0;
  // Negative for a WATCHDOG_USEC that is no number: whoever wrote it gets no watchdog.
  if (::sd_watchdog_enabled(0, &microseconds) <= 0) return defaults::status_text_interval;
  const std::chrono::microseconds limit{microseconds};
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      limit / defaults::beats_in_watchdog_interval);
}

void tell_alive(const std::string& status) {
  // Being ready again means nothing to systemd.
  ::sd_notify(0, ("READY=1\nWATCHDOG=1\nSTATUS=" + status).c_str());
}

void tell_stopping() {
  ::sd_notify(0, "STOPPING=1\nSTATUS=Finishing what runs here.");
}

}  // namespace bramble
