#include "discovery/mdns/avahi_teller.hpp"

#include <avahi-common/alternative.h>
#include <net/if.h>

#include <utility>

namespace bramble {
namespace {

std::vector<int> numbers_of(const std::vector<std::string>& cards) {
  std::vector<int> out;
  out.reserve(cards.size());
  for (const auto& each : cards)
    if (const auto number = ::if_nametoindex(each.c_str()); number != 0)
      out.push_back(static_cast<int>(number));
  return out;
}

avahi_text text_for(const mdns_notice& what) {
  AvahiStringList* out = nullptr;
  for (const auto& line : text_of(what)) out = ::avahi_string_list_add(out, line.c_str());
  // The library adds in front.
  return avahi_text{::avahi_string_list_reverse(out)};
}

}  // namespace

void avahi_teller::tell(AvahiClient* client, const mdns_announcement& what) {
  auto cards = numbers_of(what.cards);
  if (group_ && !has_collided() && told_ == what && cards_ == cards) return;
  if (label_.empty() || told_.what != what.what) label_ = label_of(what.what);
  if (has_collided()) take_another_label();
  take_back();
  told_ = what;
  cards_ = std::move(cards);
  if (cards_.empty()) return;
  group_.reset(::avahi_entry_group_new(
      client,
      [](AvahiEntryGroup* group, AvahiEntryGroupState now, void* self) {
        auto& teller = *static_cast<avahi_teller*>(self);
        teller.state_ = now;
        if (now == AVAHI_ENTRY_GROUP_FAILURE)
          teller.trouble_ =
              ::avahi_strerror(::avahi_client_errno(::avahi_entry_group_get_client(group)));
      },
      this));
  int error = group_ ? add(told_, cards_) : ::avahi_client_errno(client);
  // Somebody on this machine has it: another program of ours, or one of another owner.
  if (error == AVAHI_ERR_COLLISION) {
    ::avahi_entry_group_reset(group_.get());
    take_another_label();
    error = add(told_, cards_);
  }
  if (error != AVAHI_OK) trouble_ = ::avahi_strerror(error);
}

void avahi_teller::take_back() {
  group_.reset();
  state_ = AVAHI_ENTRY_GROUP_UNCOMMITED;
  trouble_.clear();
}

int avahi_teller::add(const mdns_announcement& what, const std::vector<int>& cards) {
  const auto text = text_for(what.what);
  for (const int card : cards)
    if (const int error = ::avahi_entry_group_add_service_strlst(
            group_.get(), card, AVAHI_PROTO_UNSPEC, AvahiPublishFlags{}, label_.c_str(),
            type_of(what.what.kind), nullptr, nullptr, what.what.port, text.get());
        error != AVAHI_OK)
      return error;
  return ::avahi_entry_group_commit(group_.get());
}

void avahi_teller::take_another_label() {
  const avahi_string other{::avahi_alternative_service_name(label_.c_str())};
  if (other) label_ = other.get();
}

}  // namespace bramble
