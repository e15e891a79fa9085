#include "discovery/mdns/avahi_watcher.hpp"

#include <avahi-common/address.h>
#include <net/if.h>

#include <algorithm>
#include <array>

#include "config/defaults_mdns.hpp"
#include "discovery/addresses.hpp"

namespace bramble {
namespace {

/// With the card, where the address means nothing without it. Empty where that is gone already.
std::string host_at(const AvahiAddress& address, int card) {
  std::array<char, AVAHI_ADDRESS_STR_MAX> text{};
  ::avahi_address_snprint(text.data(), text.size(), &address);
  const std::string out{text.data()};
  if (!is_link_local_address(out)) return out;
  std::array<char, IF_NAMESIZE> name{};
  if (::if_indextoname(static_cast<unsigned>(card), name.data()) == nullptr) return {};
  return out + "%" + name.data();
}

std::vector<std::string> lines_of(AvahiStringList* text) {
  std::vector<std::string> out;
  for (; text != nullptr; text = ::avahi_string_list_get_next(text))
    out.emplace_back(reinterpret_cast<const char*>(::avahi_string_list_get_text(text)),
                     ::avahi_string_list_get_size(text));
  return out;
}

mdns_notice::kind_t kind_of(const std::string& type) {
  return type == defaults::mdns_node_type ? mdns_notice::kind_t::node
                                          : mdns_notice::kind_t::invitation;
}

}  // namespace

void avahi_watcher::watch(AvahiClient* client) {
  if (!browsers_.empty()) return;
  client_ = client;
  for (const auto* type : {defaults::mdns_node_type, defaults::mdns_invitation_type}) {
    browsers_.emplace_back(::avahi_service_browser_new(client, AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC,
                                                       type, nullptr, AvahiLookupFlags{},
                                                       &avahi_watcher::on_browser, this));
    failed_ = failed_ || !browsers_.back();
  }
}

void avahi_watcher::stop() {
  entries_.clear();
  browsers_.clear();
  book_.clear();
  client_ = nullptr;
  failed_ = false;
}

std::optional<avahi_watcher::time_point> avahi_watcher::ask_again(time_point now) {
  std::optional<time_point> next;
  for (auto& [key, each] : entries_) {
    if (!each.again) continue;
    if (*each.again <= now) resolve(each);
    if (each.again) next = next ? std::min(*next, *each.again) : *each.again;
  }
  return next;
}

void avahi_watcher::saw(const sighting_key& key, const std::string& domain) {
  if (entries_.size() >= defaults::sightings_most && entries_.count(key) == 0) return;
  auto& fresh = entries_[key];
  fresh.owner = this;
  fresh.key = key;
  fresh.domain = domain;
  resolve(fresh);
}

void avahi_watcher::gone(const sighting_key& key) {
  entries_.erase(key);
  book_.gone(key);
}

void avahi_watcher::resolve(entry& what) {
  what.again.reset();
  const auto& key = what.key;
  // An address of the family by which it was heard: the other one is heard of by itself.
  what.resolver.reset(::avahi_service_resolver_new(
      client_, key.card, key.family, key.label.c_str(), key.type.c_str(), what.domain.c_str(),
      key.family, AvahiLookupFlags{}, &avahi_watcher::on_resolver, &what));
  if (!what.resolver) what.again = std::chrono::steady_clock::now() + defaults::mdns_resolve_again;
}

void avahi_watcher::resolved(const entry& what, const AvahiAddress& address, std::uint16_t port,
                             AvahiStringList* text) {
  const auto notice = read_notice(kind_of(what.key.type), lines_of(text), port);
  const auto host = host_at(address, what.key.card);
  if (notice && !host.empty())
    book_.saw(what.key, *notice, host);
  else
    book_.gone(what.key);
}

void avahi_watcher::on_browser(AvahiServiceBrowser*, AvahiIfIndex card, AvahiProtocol family,
                               AvahiBrowserEvent event, const char* label, const char* type,
                               const char* domain, AvahiLookupResultFlags, void* self) {
  auto& watcher = *static_cast<avahi_watcher*>(self);
  if (event == AVAHI_BROWSER_NEW)
    watcher.saw({card, family, type, label}, domain);
  else if (event == AVAHI_BROWSER_REMOVE)
    watcher.gone({card, family, type, label});
  else if (event == AVAHI_BROWSER_FAILURE)
    watcher.failed_ = true;
}

void avahi_watcher::on_resolver(AvahiServiceResolver*, AvahiIfIndex, AvahiProtocol,
                                AvahiResolverEvent event, const char*, const char*, const char*,
                                const char*, const AvahiAddress* address, std::uint16_t port,
                                AvahiStringList* text, AvahiLookupResultFlags, void* self) {
  auto& what = *static_cast<entry*>(self);
  if (event == AVAHI_RESOLVER_FOUND && address != nullptr)
    return what.owner->resolved(what, *address, port, text);
  what.owner->book_.gone(what.key);
  what.again = std::chrono::steady_clock::now() + defaults::mdns_resolve_again;
}

}  // namespace bramble
