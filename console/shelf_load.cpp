#include "console/shelf_load.hpp"

#include <algorithm>

#include "config/format.hpp"
#include "console/live.hpp"
#include "console/load_report.hpp"
#include "console/terminal.hpp"

namespace bramble {
namespace {

std::string waited(const model_load& load) {
  return format_ms(load.queued_p50_ms) + " / " + format_ms(load.queued_p95_ms);
}

std::string saturation(const load_way& way) {
  return way.most_per_second > 0 ? format_per_second(way.most_per_second) : "-";
}

std::string describe_hosts(const shelf_load& load) {
  std::vector<std::vector<std::string>> rows{
      {"host", "model", "requests/s", "under way", "waiting", "waited ms", "refused"}};
  for (const auto& [host, each] : load.hosts)
    rows.push_back({host, each.model, format_per_second(each.per_second),
                    std::to_string(each.running), std::to_string(each.queued), waited(each),
                    std::to_string(each.refused)});
  return format_table(rows);
}

std::string describe_ways(const std::vector<load_way>& ways) {
  std::vector<std::vector<std::string>> rows{
      {"requests for", "way", "for", "under way", "waiting", "at most/s"}};
  for (const auto& each : ways)
    rows.push_back({name_of_stream(each), each.kind, format_duration(each.for_s),
                    std::to_string(each.running), std::to_string(each.queued), saturation(each)});
  auto out = format_table(rows);
  for (const auto& each : ways) out += name_of_stream(each) + ": " + each.how + "\n";
  return out;
}

}  // namespace

coordinator_ways ask_ways(const key_info& keys, const cluster_status& status) {
  try {
    return {node_client{keys, {address_of(status, status.coordinator)}}.live().ways, {}};
  } catch (const user_error& e) {
    return {{}, e.what()};
  }
}

std::vector<load_way> ways_in_use(const key_info& keys, const cluster_status& status) {
  const bool is_asked = std::ranges::any_of(
      status.nodes, [](const node_status& node) { return !node.report.loads.empty(); });
  return is_asked ? ask_ways(keys, status).ways : std::vector<load_way>{};
}

shelf_load load_of_shelf(const cluster_status& status, coordinator_ways ways,
                         const std::string& model) {
  const auto is_other = [&](const std::string& name) { return !model.empty() && name != model; };
  shelf_load out{status.coordinator, {}, std::move(ways)};
  for (const auto& node : status.nodes)
    for (const auto& load : node.report.loads)
      if (node.state == "alive" && !is_other(load.model)) out.hosts.push_back({node.name, load});
  std::erase_if(out.taken.ways, [&](const load_way& way) { return is_other(way.model); });
  return out;
}

shelf_load load_of_shelf(const key_info& keys, node_client& client, const std::string& model) {
  const auto status = client.status();
  return load_of_shelf(status, ask_ways(keys, status), model);
}

std::string describe(const shelf_load& load) {
  auto out = load.hosts.empty() ? "nothing was asked of any host of late\n" : describe_hosts(load);
  if (!load.taken.unknown.empty())
    return out + "how requests are taken is not known: " + load.taken.unknown + "\n";
  if (load.taken.ways.empty())
    return out + "every request has all nodes: there were never two at a time of late\n";
  out += describe_ways(load.taken.ways);
  const auto changes = describe_switches(load.taken.ways);
  return out + (changes.empty() ? "no switches\n" : "last switches\n" + changes);
}

nlohmann::json to_json(const shelf_load& load) {
  auto hosts = nlohmann::json::array(), ways = nlohmann::json::array();
  for (const auto& each : load.hosts) {
    auto one = to_json(each.load);
    one["host"] = each.host;
    hosts.push_back(std::move(one));
  }
  for (const auto& each : load.taken.ways) ways.push_back(to_json(each));
  nlohmann::json out{{"coordinator", load.coordinator}, {"hosts", hosts}, {"ways", ways}};
  if (!load.taken.unknown.empty()) out["ways_unknown"] = load.taken.unknown;
  return out;
}

}  // namespace bramble
