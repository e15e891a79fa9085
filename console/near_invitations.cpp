#include "console/near_invitations.hpp"

#include <algorithm>

#include "config/base/error.hpp"
#include "config/defaults_mdns.hpp"
#include "console/terminal.hpp"
#include "discovery/address_watch.hpp"
#include "discovery/mdns/avahi.hpp"

namespace bramble {

using daemon_t = mdns_view::daemon_t;

invitation_sign::invitation_sign(const key_info& keys, std::uint16_t port,
                                 const std::string& listen_address)
    : mdns_{make_avahi([this](const mdns_view& view) {
        const std::lock_guard lock{mutex_};
        last_ = view;
        news_.notify_all();
      })} {
  mdns_->tell(
      {notice_of(keys, mdns_notice::kind_t::invitation, port), cards_to_tell_on(listen_address)});
}

void invitation_sign::await_visible() {
  std::unique_lock lock{mutex_};
  news_.wait_for(lock, defaults::join_listen_for, [this] {
    return last_.is_published || last_.daemon == daemon_t::absent || !last_.trouble.empty();
  });
  if (last_.is_published) return;
  std::string why = last_.trouble;
  if (why.empty())
    why = last_.daemon == daemon_t::present ? "no card of this machine leads to others"
                                            : "the Avahi daemon does not answer";
  throw user_error(
      "A code without an address leads nowhere, since nobody here tells the network of "
      "this invitation (" +
      why + "): leave out --short, or type `sudo apt install avahi-daemon`.");
}

std::vector<join_code> led_to(const join_code& code, const std::vector<sighting>& seen) {
  std::vector<join_code> out;
  for (const auto& each : seen) {
    if (each.what.kind != mdns_notice::kind_t::invitation || each.hosts.empty() ||
        short_fingerprint(each.what.authority) != code.authority ||
        out.size() == defaults::near_invitations_most)
      continue;
    auto& found = out.emplace_back(code);
    found.hosts = each.hosts;
    found.port = each.what.port;
  }
  return out;
}

std::vector<join_code> find_invitations(const join_code& code, std::chrono::seconds patience) {
  const auto view = with_progress("looking for the node that invites", [&] {
    return listen_to_mdns(patience, [&](const mdns_view& now) {
      return now.daemon == daemon_t::absent || !led_to(code, now.seen).empty();
    });
  });
  auto out = led_to(code, view.seen);
  if (!out.empty()) return out;
  if (view.daemon != daemon_t::present)
    throw user_error(
        "Where the inviting node is cannot be asked on this network (" +
        (view.trouble.empty() ? "the Avahi daemon does not answer" : view.trouble) +
        "): type `sudo apt install avahi-daemon`, or `bramble invite` without --short there, "
        "which prints a code with an address.");
  throw user_error(
      "Nobody on this network says that it invites to the cluster of this code; the invitation was "
      "used or has ended, or that machine is in another network: type `bramble invite` there, "
      "which prints a code with an address.");
}

}  // namespace bramble
