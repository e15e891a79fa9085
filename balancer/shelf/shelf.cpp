#include "balancer/shelf/shelf.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "config/base/error.hpp"
#include "config/defaults.hpp"
#include "config/parse.hpp"

namespace bramble {

namespace {

bool is_positive(double x) {
  return std::isfinite(x) && x > 0;
}

void validate_node(const shelf_node& node, const std::string& where) {
  if (node.name.empty()) throw user_error(where + " has a node without a name.");
  auto fail = [&](const std::string& what) {
    throw user_error(where + ": node " + printable(node.name) + " has " + what + ".");
  };
  // A device that was calibrated needs no overall figure.
  const bool has_times = node.has_table() || !node.profile.empty() || !node.device.empty();
  if (!is_positive(node.gmacs) && !(node.gmacs == 0 && has_times))
    fail("a gmacs figure that is not a positive number");
  if (!is_positive(node.profile_scale)) fail("a scale that is not a positive number");
  // A device that is yet to be loaded brings its own.
  if (!is_positive(node.nic_mbit) && !(node.nic_mbit == 0 && !node.device.empty()))
    fail("a nic_mbit figure that is not a positive number");
  if (!is_sound(node.messages)) fail("costs of messages that are no times");
  if (!is_sound(node.table))
    fail("measured times that are no times or do not ascend by rows and channels");
}

void validate_link(const shelf_link& link, const std::set<std::string>& names,
                   const std::string& where) {
  auto fail = [&](const std::string& what) {
    throw user_error(where + ": the link between " + printable(link.a) + " and " +
                     printable(link.b) + " " + what + ".");
  };
  if (names.count(link.a) == 0 || names.count(link.b) == 0)
    fail("ends at a node that is not there");
  if (link.a == link.b) fail("joins a node to itself");
  if (!is_positive(link.mbit)) fail("has an mbit figure that is not a positive number");
  if (!std::isfinite(link.rtt_ms) || link.rtt_ms < 0) fail("has an rtt_ms figure that is no time");
}

/// As short as it reads back the same.
std::string exact(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

}  // namespace

void add_measured_link(shelf& s, const shelf_link& measured) {
  if (measured.mbit <= 0 || !s.has(measured.a) || !s.has(measured.b)) return;
  const auto ends = std::minmax(measured.a, measured.b);
  for (auto& link : s.links) {
    if (std::minmax(link.a, link.b) != ends) continue;
    link.mbit = std::min(link.mbit, measured.mbit);
    link.rtt_ms = std::max(link.rtt_ms, measured.rtt_ms);
    return;
  }
  s.links.push_back({ends.first, ends.second, measured.mbit, measured.rtt_ms});
}

std::string format_shelf(const shelf& s) {
  auto out = "host = " + quoted(s.host) + "\n";
  for (const auto& node : s.nodes) {
    out += "\n[[node]]\nname = " + quoted(node.name) + "\n";
    if (node.gmacs > 0) out += "gmacs = " + exact(node.gmacs) + "\n";
    if (!node.device.empty()) out += "device = " + quoted(node.device) + "\n";
    if (!node.profile.empty()) out += "profile = " + quoted(node.profile) + "\n";
    if (!node.profile.empty() && node.profile_scale != 1)
      out += "scale = " + exact(node.profile_scale) + "\n";
    if (node.memory_mb > 0) out += "memory_mb = " + std::to_string(node.memory_mb) + "\n";
    if (node.nic_mbit > 0) out += "nic_mbit = " + exact(node.nic_mbit) + "\n";
  }
  for (const auto& link : s.links)
    out += "\n[[link]]\nbetween = [" + quoted(link.a) + ", " + quoted(link.b) +
           "]\nmbit = " + exact(link.mbit) + "\nrtt_ms = " + exact(link.rtt_ms) + "\n";
  return out;
}

bool shelf::has(const std::string& name) const {
  return std::ranges::find(nodes, name, &shelf_node::name) != nodes.end();
}

std::size_t shelf::index_of(const std::string& name) const {
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].name == name) return i;
  std::string known;
  for (const auto& node : nodes) known += (known.empty() ? "" : ", ") + node.name;
  throw user_error("There is no node " + printable(name) + " on the shelf; there " +
                   (nodes.empty() ? "are none." : "is " + known + "."));
}

void validate(const shelf& s, const std::string& where) {
  if (s.nodes.empty()) throw user_error(where + " has no nodes.");
  if (s.nodes.size() > defaults::shelf_nodes_limit)
    throw user_error(where + " has more than " + std::to_string(defaults::shelf_nodes_limit) +
                     " nodes.");
  std::set<std::string> names;
  for (const auto& node : s.nodes) {
    validate_node(node, where);
    if (!names.insert(node.name).second)
      throw user_error(where + " has two nodes named " + printable(node.name) + ".");
  }
  if (names.count(s.host) == 0)
    throw user_error(where + ": the host " + printable(s.host) + " is not among its nodes.");
  std::set<std::pair<std::string, std::string>> pairs;
  for (const auto& link : s.links) {
    validate_link(link, names, where);
    if (!pairs.insert(std::minmax(link.a, link.b)).second)
      throw user_error(where + ": the link between " + link.a + " and " + link.b +
                       " is given twice.");
  }
}

}  // namespace bramble
