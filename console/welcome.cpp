#include "console/welcome.hpp"

#include <algorithm>

#include "config/base/files.hpp"
#include "config/base/wall_clock.hpp"
#include "config/defaults_addresses.hpp"
#include "discovery/address_watch.hpp"
#include "discovery/peer_memory.hpp"

namespace bramble {
namespace {

std::chrono::seconds unit_of(char letter, const std::string& what) {
  if (letter == 's') return std::chrono::seconds{1};
  if (letter == 'm') return std::chrono::minutes{1};
  if (letter == 'h') return std::chrono::hours{1};
  throw user_error(what + " must be a time such as 10m, 90s or 2h.");
}

peer_memory remembered(const home_paths& paths, const key_info& keys) {
  std::error_code error;
  if (!std::filesystem::exists(paths.peers, error)) return {keys.founder, {}};
  return parse_peers(as_text(read_file(paths.peers, defaults::remembered_peers_limit_bytes)),
                     keys.founder);
}

std::string two_digits(std::int64_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

}  // namespace

std::chrono::seconds parse_duration(const std::string& text, const std::string& what) {
  const auto most = std::chrono::seconds{defaults::invitation_most}.count();
  auto digits = text;
  auto unit = std::chrono::seconds{std::chrono::minutes{1}};
  if (!digits.empty() && (digits.back() < '0' || digits.back() > '9')) {
    unit = unit_of(digits.back(), what);
    digits.pop_back();
  }
  return parse_integer(digits, 1, most / unit.count(), what) * unit;
}

std::string clock_text(std::chrono::seconds left) {
  const auto all = left.count();
  const auto minutes = all / 60 % 60;
  const auto hours = all / 3600;
  if (hours == 0) return std::to_string(minutes) + ":" + two_digits(all % 60);
  return std::to_string(hours) + ":" + two_digits(minutes) + ":" + two_digits(all % 60);
}

std::vector<std::string> hosts_to_invite_to(const std::string& listen_address) {
  auto all = addresses_of_self(listen_address, look_at_addresses());
  std::erase_if(all, is_link_local_address);
  const auto abroad = [](const std::string& each) { return !is_loopback_address(each); };
  // On a machine without a network there is nobody but itself to invite.
  if (std::ranges::any_of(all, abroad)) std::erase_if(all, is_loopback_address);
  if (all.size() > defaults::join_hosts_written) all.resize(defaults::join_hosts_written);
  return all;
}

std::string shelf_as_told(const home_paths& paths, const key_info& keys,
                          const node_options& options, const join_guest& guest) {
  auto out = remembered(paths, keys);
  const auto now = milliseconds_since_1970() / 1000;
  remembered_peer self{{}, options.control_port, now};
  auto own = addresses_of_self(options.listen_address, look_at_addresses());
  if (is_any_address(options.listen_address)) own.insert(own.begin(), guest.local);
  for (const auto& each : own)
    if (std::ranges::find(self.addresses, each) == self.addresses.end())
      self.addresses.push_back(each);
  out.peers[keys.node_name] = self;
  out.peers.erase(guest.name);
  // What is this machine here is another one there.
  if (!is_loopback_address(guest.remote))
    for (auto& [name, each] : out.peers) std::erase_if(each.addresses, is_loopback_address);
  std::erase_if(out.peers, [](const auto& each) { return each.second.addresses.empty(); });
  return format_peers(out);
}

}  // namespace bramble
