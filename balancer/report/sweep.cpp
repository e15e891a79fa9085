#include "balancer/report/sweep.hpp"

#include <algorithm>
#include <cmath>

#include "config/defaults.hpp"
#include "config/format.hpp"
#include "config/parse.hpp"

namespace bramble {
namespace {

std::vector<std::string> between_commas(const std::string& text) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c == ',')
      out.emplace_back();
    else
      out.back() += c;
  }
  return out;
}

std::vector<std::size_t> parse_counts(const std::string& text) {
  const auto most = static_cast<std::int64_t>(defaults::shelf_nodes_limit);
  const std::string what = "--sweep nodes";
  std::vector<std::size_t> out;
  for (const auto& part : between_commas(text)) {
    const auto dots = part.find("..");
    const auto first = parse_integer(part.substr(0, dots), 1, most, what);
    const auto last =
        dots == std::string::npos ? first : parse_integer(part.substr(dots + 2), first, most, what);
    for (auto n = first; n <= last; ++n) out.push_back(static_cast<std::size_t>(n));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<double> parse_rates(const std::string& text) {
  std::vector<double> out;
  for (const auto& part : between_commas(text))
    out.push_back(
        parse_number(part, defaults::sweep_rate_least, defaults::sweep_rate_most, "--sweep rate"));
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace

sweep_axes parse_sweep(const std::vector<std::string>& words) {
  sweep_axes axes;
  for (const auto& word : words) {
    const auto equals = word.find('=');
    const auto key = word.substr(0, equals);
    const auto value = equals == std::string::npos ? "" : word.substr(equals + 1);
    if (key == "nodes" && axes.nodes.empty() && !value.empty())
      axes.nodes = parse_counts(value);
    else if (key == "rate" && axes.rate_mbit.empty() && !value.empty())
      axes.rate_mbit = parse_rates(value);
    else
      throw user_error("--sweep takes nodes=1..8 and rate=50,100,300,940, each once, not " +
                       printable(word) + ".");
  }
  if (axes.nodes.empty()) axes.nodes = parse_counts("1..8");
  if (axes.rate_mbit.empty()) axes.rate_mbit = parse_rates("50,100,300,940");
  if (axes.nodes.size() * axes.rate_mbit.size() > defaults::sweep_points_limit)
    throw user_error("--sweep asks for more than " + std::to_string(defaults::sweep_points_limit) +
                     " plans; name fewer nodes or rates.");
  return axes;
}

shelf shelf_of_sweep(const shelf& s, std::size_t nodes, double rate_mbit) {
  if (nodes > s.nodes.size())
    throw user_error("--sweep asks for " + std::to_string(nodes) + " nodes, and the shelf has " +
                     std::to_string(s.nodes.size()) + ".");
  shelf out;
  out.host = s.host;
  const auto host = s.index_of(s.host);
  out.nodes.push_back(s.nodes[host]);
  for (std::size_t n = 0; n < s.nodes.size() && out.nodes.size() < nodes; ++n)
    if (n != host) out.nodes.push_back(s.nodes[n]);
  for (auto& node : out.nodes) node.nic_mbit = rate_mbit;
  return out;
}

sweep_result run_sweep(const graph& g, const shelf& s, const plan_request& request,
                       const sweep_axes& axes,
                       const std::function<void(const std::string&)>& progress) {
  sweep_result result{g.name, request, axes, {}};
  const auto all = axes.nodes.size() * axes.rate_mbit.size();
  // Said before any time is spent.
  (void)shelf_of_sweep(s, axes.nodes.back(), axes.rate_mbit.back());
  for (const auto rate : axes.rate_mbit) {
    for (const auto nodes : axes.nodes) {
      progress("planning " + std::to_string(result.points.size() + 1) + " of " +
               std::to_string(all) + ": " + std::to_string(nodes) +
               (nodes == 1 ? " node at " : " nodes at ") + format_number(rate) + " Mbit/s");
      const auto p = make_plan(g, shelf_of_sweep(s, nodes, rate), request);
      result.points.push_back({nodes, rate, workers(p).size(), p.predicted_ms, p.one_node_ms,
                               p.lower_bound_ms, p.plan_ms});
    }
  }
  return result;
}

std::vector<std::vector<std::string>> sweep_table(const sweep_result& result) {
  const auto& [counts, rates] = result.axes;
  std::vector<std::vector<std::string>> rows{{"nodes"}};
  for (const auto rate : rates) rows[0].push_back(format_number(rate) + " Mbit/s");
  for (std::size_t n = 0; n < counts.size(); ++n) {
    auto& row = rows.emplace_back();
    row.push_back(std::to_string(counts[n]));
    for (std::size_t r = 0; r < rates.size(); ++r) {
      const auto& point = result.points[r * counts.size() + n];
      row.push_back(fixed(point.speedup(), 2) + " (" + fixed(point.ceiling(), 2) + ")");
    }
  }
  return rows;
}

nlohmann::json sweep_json(const sweep_result& result) {
  auto points = nlohmann::json::array();
  for (const auto& point : result.points)
    points.push_back({{"nodes", point.nodes},
                      {"rate_mbit", point.rate_mbit},
                      {"working", point.working},
                      {"predicted_ms", point.predicted_ms},
                      {"one_node_ms", point.one_node_ms},
                      {"speedup", point.speedup()},
                      {"lower_bound_ms", point.lower_bound_ms},
                      {"ceiling", point.ceiling()},
                      {"plan_ms", point.plan_ms}});
  return {{"model", result.model},
          {"method", result.request.method},
          {"wire", name_of(result.request.wire)},
          {"points", points}};
}

}  // namespace bramble
