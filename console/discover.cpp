#include "console/discover.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/format.hpp"
#include "console/terminal.hpp"

namespace bramble {

std::vector<shelf_in_sight> shelves_in(const std::vector<sighting>& seen, const mdns_notice* own) {
  std::vector<shelf_in_sight> out;
  for (const auto& each : seen) {
    const auto& what = each.what;
    auto shelf = std::ranges::find_if(out, [&](const shelf_in_sight& known) {
      return known.name == what.cluster_name && known.id == what.cluster_id;
    });
    if (shelf == out.end())
      shelf = out.insert(out.end(), {what.cluster_name,
                                     what.cluster_id,
                                     own != nullptr && is_same_shelf(what, *own),
                                     {},
                                     {}});
    (what.kind == mdns_notice::kind_t::node ? shelf->nodes : shelf->invitations).push_back(each);
  }
  std::ranges::stable_sort(out, {}, &shelf_in_sight::name);
  return out;
}

std::string describe(const std::vector<shelf_in_sight>& shelves) {
  std::string out;
  for (const auto& shelf : shelves) {
    out += (out.empty() ? "" : "\n") + bold("shelf " + shelf.name + " (" + shelf.id + ")") +
           (shelf.is_own ? ", this machine's" : "") + "\n";
    std::vector<std::vector<std::string>> rows{{"node", "port", "version", "addresses"}};
    for (const auto& node : shelf.nodes)
      rows.push_back(
          {node.what.node, std::to_string(node.what.port), node.what.version, joined(node.hosts)});
    if (rows.size() > 1) out += format_table(rows);
    for (const auto& open : shelf.invitations)
      out += open.what.node + " invites, on port " + std::to_string(open.what.port) + " of " +
             joined(open.hosts) + ": `bramble join CODE` with the code that it printed\n";
  }
  return out;
}

nlohmann::json to_json(const std::vector<shelf_in_sight>& shelves) {
  auto out = nlohmann::json::array();
  for (const auto& shelf : shelves) {
    auto nodes = nlohmann::json::array();
    for (const auto& each : shelf.nodes)
      nodes.push_back({{"name", each.what.node},
                       {"version", each.what.version},
                       {"addresses", each.hosts},
                       {"port", each.what.port}});
    auto invitations = nlohmann::json::array();
    for (const auto& each : shelf.invitations)
      invitations.push_back(
          {{"node", each.what.node}, {"addresses", each.hosts}, {"port", each.what.port}});
    out.push_back({{"cluster", shelf.name},
                   {"id", shelf.id},
                   {"own", shelf.is_own},
                   {"nodes", std::move(nodes)},
                   {"invitations", std::move(invitations)}});
  }
  return out;
}

}  // namespace bramble
