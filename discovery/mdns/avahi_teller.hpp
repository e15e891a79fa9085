#pragma once

#include <optional>
#include <string>
#include <vector>

#include "discovery/mdns/avahi_handles.hpp"
#include "discovery/mdns/mdns.hpp"

namespace bramble {

/// What is told to one daemon: one service on some cards. One thread, that of the poll.
class avahi_teller {
 public:
  /// Tells it by this client, which runs, in place of what it told before.
  void tell(AvahiClient* client, const mdns_announcement& what);
  void take_back();

  bool is_published() const { return state_ == AVAHI_ENTRY_GROUP_ESTABLISHED; }
  /// Somebody else has the label: it is to be told anew, by another one.
  bool has_collided() const { return state_ == AVAHI_ENTRY_GROUP_COLLISION; }
  const std::string& trouble() const { return trouble_; }

 private:
  int add(const mdns_announcement& what, const std::vector<int>& cards);
  void take_another_label();

  avahi_group group_;
  AvahiEntryGroupState state_ = AVAHI_ENTRY_GROUP_UNCOMMITED;
  mdns_announcement told_;
  std::vector<int> cards_;  ///< numbers of the cards; one that was plugged in again has another
  std::string label_;
  std::string trouble_;
};

}  // namespace bramble
