#include "discovery/mdns/beacon.hpp"

#include <algorithm>
#include <utility>

namespace bramble {

std::vector<sighted_node> members_in(const mdns_view& view, const mdns_notice& self) {
  std::vector<sighted_node> out;
  for (const auto& each : view.seen) {
    const auto& what = each.what;
    if (what.kind != mdns_notice::kind_t::node || !is_same_shelf(what, self) ||
        what.node == self.node)
      continue;
    // In order of names: a second one of the same name is a claim of somebody else.
    if (!out.empty() && out.back().name == what.node) continue;
    out.push_back({what.node, each.hosts, what.port});
  }
  return out;
}

beacon::beacon(beacon_config config) : self_{config.self} {
  const auto make = config.make;
  const auto heard = std::make_shared<listener>();
  heard->config = std::move(config);
  mdns_ = make([heard](const mdns_view& view) { heard->hear(view); });
}

void beacon::move(std::vector<std::string> cards) {
  mdns_->tell({self_, std::move(cards)});
}

void beacon::listener::hear(const mdns_view& view) {
  say_what_changed(view);
  auto members = members_in(view, config.self);
  if (members == last) return;
  last = std::move(members);
  config.sighted(last);
}

void beacon::listener::say_what_changed(const mdns_view& view) {
  if (view.daemon == mdns_view::daemon_t::absent) {
    if (!std::exchange(told_of_absence, true))
      config.say("nobody here speaks mDNS (" + view.trouble +
                 "): the shelf is found at --join addresses and where it was before; `sudo apt "
                 "install avahi-daemon` makes nodes find each other");
  } else if (!view.trouble.empty() && view.trouble != trouble) {
    config.say("this node is not told of by mDNS: " + view.trouble);
  }
  trouble = view.trouble;
  if (view.is_published && !std::exchange(was_published, true))
    config.say("told of by mDNS as \"" + label_of(config.self) + "\"");
}

}  // namespace bramble
