#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <initializer_list>

#include "balancer/shelf/shelf.hpp"
#include "config/base/files.hpp"
#include "config/defaults.hpp"
#include "config/parse.hpp"

namespace bramble {
namespace {

std::string listed(std::initializer_list<std::string_view> names) {
  std::string out;
  for (auto name : names) {
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
}

class shelf_reader {
 public:
  shelf_reader(const toml::table& root, std::string file) : root_{root}, file_{std::move(file)} {}

  shelf run() {
    check_keys(root_, "the shelf", {"host", "node", "link"});
    for (const auto* node : tables("node")) read_node(*node);
    if (shelf_.nodes.empty())
      throw user_error(
          file_ +
          ": there are no nodes; each begins with [[node]] and has a name and gmacs or device.");
    const auto* host = root_.get("host");
    if (host == nullptr)
      throw user_error(file_ + ": there is no host; write host = \"" + shelf_.nodes[0].name +
                       "\" in front of the nodes.");
    shelf_.host = text(*host, "host");
    check_known(*host, shelf_.host, "host");
    for (const auto* link : tables("link")) read_link(*link);
    validate(shelf_, file_);
    return std::move(shelf_);
  }

 private:
  [[noreturn]] void fail(const toml::node& at, const std::string& what) const {
    throw user_error(file_ + ":" + std::to_string(at.source().begin.line) + ": " + what + ".");
  }

  void check_keys(const toml::table& table, const std::string& of,
                  std::initializer_list<std::string_view> known) const {
    for (auto&& [key, value] : table) {
      if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
      fail(value, "unknown key " + printable(key.str()) + "; " + of + " has " + listed(known));
    }
  }

  /// The tables of `[[key]]`; none when it is absent.
  std::vector<const toml::table*> tables(std::string_view key) const {
    std::vector<const toml::table*> out;
    const auto* node = root_.get(key);
    if (node == nullptr) return out;
    const auto* array = node->as_array();
    if (array == nullptr)
      fail(*node, std::string{key} + " is written as [[" + std::string{key} + "]]");
    for (const auto& item : *array) {
      if (!item.is_table())
        fail(item, std::string{key} + " is written as [[" + std::string{key} + "]]");
      out.push_back(item.as_table());
    }
    return out;
  }

  const toml::node& required(const toml::table& table, const char* key) const {
    const auto* node = table.get(key);
    if (node == nullptr) fail(table, std::string{key} + " is missing");
    return *node;
  }

  std::string text(const toml::node& node, const char* key) const {
    const auto value = node.value_exact<std::string>();
    if (!value || value->empty()) fail(node, std::string{key} + " must be a name in quotes");
    return *value;
  }

  double positive(const toml::node& node, const char* key) const {
    const auto value = node.value<double>();
    if (!node.is_number() || !value || !std::isfinite(*value) || *value <= 0)
      fail(node, std::string{key} + " must be a positive number");
    return *value;
  }

  double not_negative(const toml::node& node, const char* key) const {
    const auto value = node.value<double>();
    if (!node.is_number() || !value || !std::isfinite(*value) || *value < 0)
      fail(node, std::string{key} + " must be a number that is not negative");
    return *value;
  }

  void check_known(const toml::node& at, const std::string& name, const char* key) const {
    for (const auto& node : shelf_.nodes)
      if (node.name == name) return;
    fail(at, std::string{key} + " names " + printable(name) + ", which is no node of this file");
  }

  void read_node(const toml::table& table) {
    check_keys(table, "a node",
               {"name", "gmacs", "device", "memory_mb", "nic_mbit", "profile", "scale"});
    shelf_node node;
    const auto& name = required(table, "name");
    node.name = text(name, "name");
    check_name(node.name, defaults::node_name_longest,
               file_ + ":" + std::to_string(name.source().begin.line) + ": name");
    for (const auto& other : shelf_.nodes)
      if (other.name == node.name) fail(name, "there are two nodes named " + node.name);
    read_speed(table, node);
    if (const auto* memory = table.get("memory_mb")) {
      const auto value = memory->value_exact<std::int64_t>();
      if (!value || *value <= 0) fail(*memory, "memory_mb must be a positive whole number");
      node.memory_mb = static_cast<std::uint64_t>(*value);
    }
    const auto* nic = table.get("nic_mbit");
    if (nic != nullptr)
      node.nic_mbit = positive(*nic, "nic_mbit");
    else if (node.device.empty())
      node.nic_mbit = defaults::nic_mbit;
    shelf_.nodes.push_back(std::move(node));
    if (shelf_.nodes.size() > defaults::shelf_nodes_limit)
      fail(table, "a shelf has at most " + std::to_string(defaults::shelf_nodes_limit) + " nodes");
  }

  void read_speed(const toml::table& table, shelf_node& node) const {
    if (const auto* device = table.get("device")) {
      node.device = text(*device, "device");
      for (const auto* other : {"gmacs", "profile", "scale"})
        if (const auto* given = table.get(other))
          fail(*given, std::string{"device and "} + other +
                           " both say how fast the node is; leave one of them out");
      return;
    }
    const auto* profile = table.get("profile");
    const auto* scale = table.get("scale");
    if (profile == nullptr || table.get("gmacs") != nullptr)
      node.gmacs = positive(required(table, "gmacs"), "gmacs");
    if (scale != nullptr) {
      if (profile == nullptr) fail(*scale, "scale divides the times of a profile; there is none");
      if (node.gmacs > 0)
        fail(*scale, "scale and gmacs both say how fast the node is; leave one of them out");
      node.profile_scale = positive(*scale, "scale");
    }
    if (profile != nullptr)
      node.profile =
          (std::filesystem::path{file_}.parent_path() / text(*profile, "profile")).string();
  }

  void read_link(const toml::table& table) {
    check_keys(table, "a link", {"between", "mbit", "rtt_ms"});
    const auto& between = required(table, "between");
    const auto* names = between.as_array();
    if (names == nullptr || names->size() != 2)
      fail(between, "between must be two names, such as [\"pi1\", \"pi2\"]");
    shelf_link link;
    link.a = text(*names->get(0), "between");
    link.b = text(*names->get(1), "between");
    for (const auto& end : {link.a, link.b}) check_known(between, end, "between");
    if (link.a == link.b) fail(between, "a link joins two different nodes");
    for (const auto& other : shelf_.links)
      if (std::minmax(other.a, other.b) == std::minmax(link.a, link.b))
        fail(between, "the link between " + link.a + " and " + link.b + " is given twice");
    link.mbit = positive(required(table, "mbit"), "mbit");
    const auto* rtt = table.get("rtt_ms");
    link.rtt_ms = rtt == nullptr ? defaults::rtt_ms : not_negative(*rtt, "rtt_ms");
    shelf_.links.push_back(std::move(link));
  }

  const toml::table& root_;
  std::string file_;
  shelf shelf_;
};

}  // namespace

shelf parse_shelf(std::string_view text, const std::string& name) {
  try {
    return shelf_reader{toml::parse(text, name), name}.run();
  } catch (const toml::parse_error& e) {
    throw user_error(name + ":" + std::to_string(e.source().begin.line) +
                     ": this is no TOML: " + printable(e.description(), 200) + ".");
  }
}

shelf read_shelf(const std::string& path) {
  return parse_shelf(as_text(read_file(path, defaults::shelf_file_limit_bytes)), path);
}

}  // namespace bramble
