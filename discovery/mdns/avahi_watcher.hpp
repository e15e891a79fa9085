#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "discovery/mdns/avahi_handles.hpp"
#include "discovery/mdns/sighting_book.hpp"

namespace bramble {

/// Who is told of, as one daemon sees it, on all cards and by both families. One thread, that of
/// the poll.
class avahi_watcher {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Begins, by this client, which runs. Nothing where it watches already.
  void watch(AvahiClient* client);
  void stop();

  /// Asks again for what did not come. When the next such call is due.
  std::optional<time_point> ask_again(time_point now);

  std::vector<sighting> seen() const { return book_.list(); }
  /// The daemon gave up watching: all is to be begun anew.
  bool has_failed() const { return failed_; }

 private:
  /// One service on one card; the library holds its address.
  struct entry {
    avahi_watcher* owner = nullptr;
    sighting_key key;
    std::string domain;
    avahi_resolver resolver;
    std::optional<time_point> again;
  };

  void saw(const sighting_key& key, const std::string& domain);
  void gone(const sighting_key& key);
  void resolve(entry& what);
  void resolved(const entry& what, const AvahiAddress& address, std::uint16_t port,
                AvahiStringList* text);
  static void on_browser(AvahiServiceBrowser*, AvahiIfIndex card, AvahiProtocol family,
                         AvahiBrowserEvent event, const char* label, const char* type,
                         const char* domain, AvahiLookupResultFlags, void* self);
  static void on_resolver(AvahiServiceResolver*, AvahiIfIndex, AvahiProtocol,
                          AvahiResolverEvent event, const char*, const char*, const char*,
                          const char*, const AvahiAddress* address, std::uint16_t port,
                          AvahiStringList* text, AvahiLookupResultFlags, void* self);

  AvahiClient* client_ = nullptr;
  std::vector<avahi_browser> browsers_;
  std::map<sighting_key, entry> entries_;  ///< at most defaults::sightings_most
  sighting_book book_;
  bool failed_ = false;
};

}  // namespace bramble
