#include "config/options.hpp"
#include "config/toml_section.hpp"

namespace bramble {
namespace {

void read_node(toml_section& from, node_options& to) {
  from.text("name", [&](const std::string& name, const std::string& what) {
    check_node_name(name, what);
    to.name = name;
  });
  from.integer("threads", 0, defaults::threads_limit, to.threads);
  from.number("pace_gmacs", defaults::pace_gmacs_least, defaults::pace_gmacs_most, to.pace_gmacs);
  from.text("device", [&](const std::string& device, const std::string&) { to.device = device; });
}

void read_join(toml_section& from, node_options& to) {
  const auto* value = from.find("join");
  if (value == nullptr) return;
  const std::string wanted = R"(a list of texts, such as ["pi1.local"])";
  const auto* list = value->as_array();
  if (list == nullptr) from.wrong_type(*value, "join", wanted);
  to.join.clear();
  for (const auto& entry : *list) {
    const auto* text = entry.as_string();
    if (text == nullptr) from.wrong_type(entry, "join", wanted);
    to.join.push_back(parse_endpoint(text->get(), defaults::control_port, from.at(entry, "join")));
  }
}

void read_network(toml_section& from, node_options& to) {
  from.text("listen", [&](const std::string& address, const std::string& what) {
    to.listen_address = parse_host(address, what);
  });
  from.integer("control_port", 1, 65535, to.control_port);
  from.integer("data_port", 1, 65535, to.data_port);
  read_join(from, to);
  from.flag("mdns", to.mdns);
}

void read_inference(toml_section& from, node_options& to) {
  from.text("wire", [&](const std::string& wire, const std::string& what) {
    check_wire(wire, what);
    to.wire = wire;
  });
}

void read_models(toml_section& from, node_options& to) {
  std::optional<double> most;
  from.number("max_gb", 0, defaults::models_max_gb_most, most);
  to.models_max_gb = most.value_or(to.models_max_gb);
}

void read_client(toml_section& from, node_options& to) {
  from.text("node", [&](const std::string& nodes, const std::string& what) {
    to.nodes = parse_client_nodes(nodes, what);
  });
}

}  // namespace

void apply_toml(node_options& options, std::string_view toml, const std::string& file) {
  const auto table = parse_toml(toml, file);
  toml_section whole{table, file, ""};
  // Nothing is changed by a file with a mistake in its last line.
  auto changed = options;
  whole.table("node", [&](toml_section& from) { read_node(from, changed); });
  whole.table("network", [&](toml_section& from) { read_network(from, changed); });
  whole.table("inference", [&](toml_section& from) { read_inference(from, changed); });
  whole.table("models", [&](toml_section& from) { read_models(from, changed); });
  whole.table("client", [&](toml_section& from) { read_client(from, changed); });
  whole.finish();
  options = std::move(changed);
}

}  // namespace bramble
