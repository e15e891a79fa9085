#include "console/doctor.hpp"

#include <algorithm>

#include "config/defaults_doctor.hpp"
#include "config/doctor/check_machine.hpp"
#include "config/doctor/read_machine.hpp"
#include "config/keys.hpp"
#include "config/parse.hpp"
#include "config/version.hpp"
#include "console/terminal.hpp"
#include "discovery/doctor/check_network.hpp"
#include "discovery/doctor/read_network.hpp"

namespace bramble {
namespace {

/// What a node tells came from other machines in part.
std::string fit_for_terminal(const std::string& text) {
  return is_text(text) ? text : printable(text, text.size());
}

std::size_t count(const examination& what, finding::level_t level) {
  return static_cast<std::size_t>(
      std::count_if(what.findings.begin(), what.findings.end(),
                    [&](const finding& each) { return each.level == level; }));
}

std::string counted(std::size_t n, const std::string& what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string styled(finding::level_t level, const std::string& text) {
  return level == finding::level_t::ok ? dim(text) : bold(text);
}

std::string line_of(const finding& each, std::size_t check_width) {
  constexpr std::size_t level_width = 9;
  return styled(each.level, padded(name_of(each.level), level_width)) +
         padded(fit_for_terminal(each.check), check_width) + fit_for_terminal(each.says) +
         (each.advice.empty() ? "" : " -> " + fit_for_terminal(each.advice)) + "\n";
}

std::size_t width_of_checks(const examination& what) {
  constexpr std::size_t gap = 2;
  std::size_t out = 0;
  for (const auto& each : what.findings) out = std::max(out, each.check.size() + gap);
  return out;
}

/// Where its sentence says after a semicolon what to type, that is the advice.
finding unusable_keys(const std::string& sentence, const std::string& otherwise) {
  const auto cut = sentence.find("; ");
  return is_problem("keys", sentence.substr(0, cut),
                    cut == std::string::npos ? otherwise : sentence.substr(cut + 2));
}

finding check_keys(const home_paths& paths) {
  try {
    const auto keys = load_keys(paths.keys);
    return is_ok("keys", "node " + keys.node_name + " of cluster " + keys.cluster_name +
                             ", until " + format_date(keys.expiry));
  } catch (const clock_error& e) {
    return is_problem("keys", e.what(), "sudo timedatectl set-ntp true, and wait a minute");
  } catch (const user_error& e) {
    return unusable_keys(e.what(),
                         "bramble join CODE with what `bramble invite` prints on another node");
  }
}

}  // namespace

std::string describe(const examination& what) {
  std::string out;
  const auto width = width_of_checks(what);
  for (const auto& each : what.findings) out += line_of(each, width);
  return out + fit_for_terminal(what.node) + ": " +
         counted(count(what, finding::level_t::problem), "problem") + ", " +
         counted(count(what, finding::level_t::warning), "warning") + "\n";
}

std::string describe_problems(const examination& what) {
  std::string out;
  for (const auto& each : what.findings)
    if (each.level == finding::level_t::problem) out += line_of(each, each.check.size() + 2);
  return out;
}

nlohmann::json to_json(const examination& what, bool runs) {
  auto checks = nlohmann::json::array();
  for (const auto& each : what.findings)
    checks.push_back({{"check", each.check},
                      {"level", name_of(each.level)},
                      {"says", each.says},
                      {"advice", each.advice}});
  return {{"node", what.node},
          {"runs", runs},
          {"problems", count(what, finding::level_t::problem)},
          {"warnings", count(what, finding::level_t::warning)},
          {"checks", checks}};
}

examination examine_without_node(const home_paths& paths, const std::string& why) {
  examination out;
  out.node = certified_name(paths.keys);
  if (out.node.empty()) out.node = "this machine";
  out.version = version;
  const auto keys = check_keys(paths);
  const bool usable = keys.level == finding::level_t::ok;
  out.findings = {
      is_problem("node", usable ? "it does not answer: " + why : "it cannot run: no keys",
                 "scripts/launch-node.sh --background, or where the package is "
                 "installed: sudo systemctl start bramble"),
      keys};
  append(out.findings, check_machine(read_machine(paths.models)));
  network_facts network;
  network.cards = read_cards();
  read_segments(network);
  append(out.findings, check_network(network));
  return out;
}

}  // namespace bramble
