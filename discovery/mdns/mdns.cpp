#include "discovery/mdns/mdns.hpp"

namespace bramble {

mdns_facts facts_of(const mdns_view& view, const mdns_notice& self) {
  mdns_facts out;
  out.has_daemon = view.daemon == mdns_view::daemon_t::present;
  out.trouble = view.trouble;
  for (const auto& each : view.seen) {
    if (each.what.kind != mdns_notice::kind_t::node) continue;
    if (!is_same_shelf(each.what, self))
      out.strangers.push_back(each);
    else if (each.what.node == self.node)
      out.is_self_seen = true;
    else
      out.peers.push_back(each);
  }
  return out;
}

}  // namespace bramble
