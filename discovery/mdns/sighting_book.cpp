#include "discovery/mdns/sighting_book.hpp"

#include <algorithm>
#include <tuple>

#include "config/defaults_mdns.hpp"
#include "discovery/addresses.hpp"

namespace bramble {
namespace {

int order_of(const std::string& host) {
  if (is_link_local_address(host)) return 2;
  return host.find(':') == std::string::npos ? 0 : 1;
}

}  // namespace

bool sighting_book::saw(const sighting_key& key, const mdns_notice& what, const std::string& host) {
  if (entries_.size() >= defaults::sightings_most && entries_.count(key) == 0) return false;
  entries_[key] = {what, host};
  return true;
}

std::vector<sighting> sighting_book::list() const {
  using place =
      std::tuple<mdns_notice::kind_t, std::string, std::string, std::string, std::uint16_t>;
  std::map<place, sighting> all;
  for (const auto& [key, each] : entries_) {
    const auto& what = each.what;
    auto& one = all[{what.kind, what.cluster_name, what.cluster_id, what.node, what.port}];
    one.what = what;
    if (one.hosts.size() < defaults::sighting_hosts_most &&
        std::ranges::find(one.hosts, each.host) == one.hosts.end())
      one.hosts.push_back(each.host);
  }
  std::vector<sighting> out;
  out.reserve(all.size());
  for (auto& [where, one] : all) {
    std::ranges::stable_sort(one.hosts, {}, order_of);
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace bramble
