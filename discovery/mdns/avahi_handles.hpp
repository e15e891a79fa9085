#pragma once

#include <avahi-client/client.h>
#include <avahi-client/lookup.h>
#include <avahi-client/publish.h>
#include <avahi-common/error.h>
#include <avahi-common/malloc.h>
#include <avahi-common/simple-watch.h>

#include <memory>

namespace bramble {

// What Avahi's library gives, each freed with its owner: everything else before the client.

template <auto Free>
struct avahi_release {
  template <class T>
  void operator()(T* what) const {
    Free(what);
  }
};

using avahi_poll = std::unique_ptr<AvahiSimplePoll, avahi_release<avahi_simple_poll_free>>;
using avahi_client = std::unique_ptr<AvahiClient, avahi_release<avahi_client_free>>;
using avahi_group = std::unique_ptr<AvahiEntryGroup, avahi_release<avahi_entry_group_free>>;
using avahi_browser =
    std::unique_ptr<AvahiServiceBrowser, avahi_release<avahi_service_browser_free>>;
using avahi_resolver =
    std::unique_ptr<AvahiServiceResolver, avahi_release<avahi_service_resolver_free>>;
using avahi_text = std::unique_ptr<AvahiStringList, avahi_release<avahi_string_list_free>>;
using avahi_string = std::unique_ptr<char, avahi_release<::avahi_free>>;

}  // namespace bramble
