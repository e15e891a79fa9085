#include "actors/doctor/core/check_shelf.hpp"

#include <algorithm>
#include <set>

#include "config/defaults_doctor.hpp"
#include "config/format.hpp"
#include "config/parse.hpp"

namespace bramble {
namespace {

std::string days(std::chrono::seconds left) {
  return std::to_string(std::chrono::duration_cast<std::chrono::hours>(left).count() / 24) +
         " days";
}

/// "0.1.0 (pi1, pi2), 0.2.0 (pi3)".
std::string grouped(const std::map<std::string, std::vector<std::string>>& nodes_by) {
  std::string out;
  for (const auto& [what, nodes] : nodes_by)
    out += (out.empty() ? "" : ", ") + printable(what) + " (" + joined(nodes) + ")";
  return out;
}

/// Where the sentence of an absence says after a semicolon what to try.
finding of_absence(const absence& what) {
  const auto cut = what.why.find("; ");
  auto plain = what;
  plain.why = what.why.substr(0, cut);
  const auto advice = cut == std::string::npos
                          ? "look whether it is on, and there type: scripts/launch-node.sh --status"
                          : what.why.substr(cut + 2);
  return is_problem(
      "members", "this node " + describe(plain) + ", for " + format_duration(what.for_s), advice);
}

bool is_alive(const node_status& node) {
  return node.state == "alive";
}

}  // namespace

std::vector<finding> check_members(const cluster_status& status) {
  std::vector<finding> out;
  std::set<std::string> told;
  for (const auto& each : status.missing) {
    out.push_back(of_absence(each));
    told.insert(each.who);
  }
  std::vector<std::string> ready;
  for (const auto& node : status.nodes) {
    if (node.state == "failed" && told.count(node.name) == 0)
      out.push_back(is_problem("members", node.name + " at " + node.address + " was lost",
                               "look whether it is on, and there type: scripts/launch-node.sh "
                               "--status"));
    if (!is_alive(node)) continue;
    if (node.report.ready || node.report.drained)
      ready.push_back(node.name);
    else
      out.push_back(
          is_warning("members",
                     node.name + (node.report.gmacs > 0 ? " has no link to some of the others yet"
                                                        : " has not measured its speed yet"),
                     "wait some seconds, then bramble doctor again"));
    for (const auto& trouble : node.report.troubles)
      if (node.name != status.self && trouble.to != status.self)
        out.push_back(is_problem(
            "members",
            "no tensors go between " + node.name + " and " + trouble.to + ": " + trouble.why,
            "on " + node.name + ": bramble doctor"));
  }
  if (!ready.empty())
    out.push_back(is_ok("members", std::to_string(ready.size()) + " of " +
                                       std::to_string(status.nodes.size()) +
                                       " are ready: " + joined(ready)));
  return out;
}

std::vector<finding> check_changes(const cluster_status& status) {
  std::vector<finding> out;
  for (const auto& node : status.nodes) {
    if (!is_alive(node)) continue;
    const auto& report = node.report;
    if (report.drained)
      out.push_back(is_warning("changes", node.name + " is drained: it works for nobody else",
                               "bramble resume " + node.name));
    if (report.pace_factor < 1)
      out.push_back(is_warning("changes",
                               node.name + " is slowed by hand to " + percent(report.pace_factor),
                               "bramble pace " + node.name + " 1"));
    if (report.rate_limit_mbit > 0)
      out.push_back(is_warning("changes",
                               node.name + " sends at " + format_mbit(report.rate_limit_mbit) +
                                   " Mbit/s at most, by hand",
                               "bramble rate " + node.name + " none"));
  }
  return out;
}

std::vector<finding> check_versions(const shelf_facts& facts) {
  std::map<std::string, std::vector<std::string>> versions;
  for (const auto& node : facts.status.nodes)
    if (is_alive(node)) versions[node.version].push_back(node.name);
  if (versions.empty()) return {};
  if (versions.size() > 1)
    return {is_warning("versions", "they differ: " + grouped(versions),
                       "install the same version everywhere, and start those nodes anew")};
  std::vector<finding> out;
  std::map<std::string, std::map<std::string, std::vector<std::string>>> builds;
  for (const auto& node : facts.nodes)
    if (!node.build.empty()) builds[node.platform][node.build].push_back(node.node);
  for (const auto& [platform, each] : builds)
    if (each.size() > 1)
      out.push_back(is_warning("versions",
                               "all are " + versions.begin()->first + ", but the builds for " +
                                   printable(platform) + " differ: " + grouped(each),
                               "install one package on all, as scripts/package makes it"));
  if (out.empty()) out.push_back(is_ok("versions", "all are " + versions.begin()->first));
  return out;
}

std::vector<finding> check_clocks(const shelf_facts& facts) {
  std::vector<finding> out;
  for (const auto& [node, ahead] : facts.clocks) {
    const auto apart = std::chrono::abs(ahead);
    if (apart < defaults::clocks_apart) continue;
    out.push_back(is_warning("clocks",
                             "that of " + node + " is " +
                                 format_duration(static_cast<double>(apart.count())) +
                                 (ahead.count() > 0 ? " ahead" : " behind"),
                             "on the one that is wrong: sudo timedatectl set-ntp true"));
  }
  if (out.empty() && !facts.clocks.empty()) out.push_back(is_ok("clocks", "all say the same"));
  return out;
}

std::vector<finding> check_certificates(const std::vector<examination>& nodes) {
  std::vector<finding> out;
  if (nodes.empty()) return out;
  const std::chrono::seconds now{nodes.front().clock_s};
  std::string first;
  std::chrono::seconds least = std::chrono::seconds::max();
  for (const auto& node : nodes) {
    if (node.certificate_until_s == 0) continue;
    const auto left = std::chrono::seconds{node.certificate_until_s} - now;
    if (left < least) least = left, first = node.node;
    if (left > defaults::certificate_ends_soon) continue;
    out.push_back(is_warning(
        "certificates",
        "that of " + node.node + " ends in " + days(left) +
            ": it was due to be renewed by itself, and the node with the authority did not do it",
        "start the node that `bramble keys list` works on, or there: bramble keys issue "
        "--replace " +
            node.node + " | ssh " + node.node + " bramble keys install -"));
  }
  if (out.empty() && !first.empty())
    out.push_back(
        is_ok("certificates", "the first to end is that of " + first + ", in " + days(least)));
  return out;
}

std::vector<finding> check_plans(const live_report& live) {
  std::vector<finding> out;
  std::vector<std::string> whole;
  for (const auto& each : live.plans) {
    const auto& p = each.p;
    // Other methods do without nodes because they were told to.
    if (p.method != "bramble") continue;
    bool all = true;
    for (std::size_t i = 0; i < p.nodes.size() && i < p.verdicts.size(); ++i) {
      if (p.verdicts[i].in) continue;
      all = false;
      out.push_back(is_warning("plans", p.model + ": " + p.verdicts[i].reason,
                               "bramble plan " + p.model +
                                   " --live shows the figures, bramble probe " + p.nodes[i] +
                                   " takes them again"));
    }
    if (all) whole.push_back(p.model);
  }
  if (!whole.empty()) out.push_back(is_ok("plans", "all nodes work on " + listed(whole)));
  return out;
}

std::vector<finding> check_models(const cluster_status& status) {
  std::vector<held_model> held;
  std::vector<std::string> alive;
  for (const auto& node : status.nodes) {
    if (!is_alive(node)) continue;
    alive.push_back(node.name);
    for (const auto& model : node.report.models)
      if (is_sound(model)) held.push_back({node.name, model});
  }
  std::vector<finding> out;
  for (const auto& conflict : conflicts_of(held))
    out.push_back(is_problem("models", conflict, "bramble model use NAME IDENTITY"));
  std::vector<std::string> everywhere;
  for (const auto& name : names_of(held)) {
    const auto meaning = meaning_of(name, held);
    if (meaning.identity.empty()) continue;
    std::vector<std::string> without;
    for (const auto& node : alive)
      if (std::find(meaning.holders.begin(), meaning.holders.end(), node) == meaning.holders.end())
        without.push_back(node);
    if (without.empty())
      everywhere.push_back(name);
    else
      out.push_back(is_warning(
          "models",
          name + " is not on " + listed(without) + " yet: the first request waits until it is",
          "bramble plan " + name + " brings it there"));
  }
  if (!everywhere.empty()) out.push_back(is_ok("models", listed(everywhere) + ": everywhere"));
  return out;
}

std::vector<finding> check_shelf(const shelf_facts& facts) {
  auto out = check_members(facts.status);
  append(out, check_versions(facts));
  append(out, check_clocks(facts));
  append(out, check_certificates(facts.nodes));
  append(out, check_speeds(facts.status));
  append(out, check_changes(facts.status));
  append(out, check_models(facts.status));
  append(out, check_plans(facts.live));
  return out;
}

}  // namespace bramble
