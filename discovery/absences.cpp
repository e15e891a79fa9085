#include "discovery/absences.hpp"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "config/defaults.hpp"
#include "config/defaults_addresses.hpp"

namespace bramble {

/// Of one that is still missing the next attempt begins a new entry.
void absence_book::make_room() {
  if (entries_.size() < defaults::absences_most) return;
  entries_.erase(
      std::min_element(entries_.begin(), entries_.end(),
                       [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
}

std::optional<std::string> absence_book::failed(const std::string& key, const absence& what,
                                                time_point now) {
  if (entries_.count(key) == 0) make_room();
  const auto [at, fresh] = entries_.try_emplace(key, entry{what, now, now, now, {}});
  auto& known = at->second;
  const bool news =
      fresh || (known.what.why != what.why && now - known.said >= defaults::absence_news_pause);
  const bool again = !fresh && now - known.said >= known.pause;
  known.what = what;
  known.last = now;
  if (!news && !again) return std::nullopt;
  known.said = now;
  known.pause = news ? defaults::absence_pause_first
                     : std::min(2 * known.pause, defaults::absence_pause_last);
  return describe(what) + ".";
}

bool absence_book::over(const std::string& key) {
  return entries_.erase(key) != 0;
}

std::vector<absence> absence_book::list(time_point now) const {
  std::vector<absence> out;
  for (const auto& [key, each] : entries_) {
    // Who is refused tries again, or has gone.
    if (each.what.kind == absence::kind_t::refused &&
        now - each.last >= defaults::refusal_shown_for)
      continue;
    auto& one = out.emplace_back(each.what);
    one.for_s = std::chrono::duration<double>(now - each.since).count();
  }
  return out;
}

std::string describe(const absence& what) {
  switch (what.kind) {
    case absence::kind_t::not_joined:
      return "cannot join " + what.where + ": " + what.why;
    case absence::kind_t::missing:
      return "cannot reach " + what.who + " at " + what.where + ": " + what.why;
    default:
      return "refuses " + what.who + " at " + what.where + ": " + what.why;
  }
}

std::string advice_for(const std::string& why) {
  const auto says = [&](const char* text) { return why.find(text) != std::string::npos; };
  if (says(std::strerror(ECONNREFUSED)))
    return "; the machine is there, but no node at this port: start it with `bramble node`, or "
           "give "
           "the port it was started with";
  for (const int error : {ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, EHOSTDOWN})
    if (says(std::strerror(error)))
      return "; look whether the machine is on, whether both are in one network, and whether its "
             "firewall lets this port in";
  for (const int error : {EAI_NONAME, EAI_AGAIN, EAI_FAIL, EAI_NODATA})
    if (says(::gai_strerror(error)))
      return "; nobody here knows this name: give the machine's address, or try NAME.local";
  // What OpenSSL calls the first words of a program that speaks no TLS.
  for (const auto* text : {"wrong version number", "packet length too long", "record layer failure",
                           "unexpected message", "http request"})
    if (says(text))
      return "; another program answers there: give the port at which a node takes commands (" +
             std::to_string(defaults::control_port) + " unless it was started with another one)";
  if (says("did not answer within"))
    return "; something takes connections there and says nothing: another program, or a node that "
           "hangs";
  return {};
}

}  // namespace bramble
