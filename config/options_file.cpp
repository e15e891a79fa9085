#include <toml++/toml.h>

#include <algorithm>

#include "config/base/error.hpp"
#include "config/options.hpp"

namespace bramble {
namespace {

std::string place(const std::string& file, const toml::source_position& at) {
  return file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": ";
}

/// One table of the file. Each `find` takes a key; `finish` complains about what nobody took.
class section {
 public:
  section(const toml::table& table, std::string file, std::string prefix)
      : table_{table}, file_{std::move(file)}, prefix_{std::move(prefix)} {}

  const toml::node* find(std::string_view key) {
    known_.emplace_back(key);
    return table_.get(key);
  }

  /// How messages about this value begin.
  std::string at(const toml::node& value, std::string_view key) const {
    return place(file_, value.source().begin) + prefix_ + std::string{key};
  }

  [[noreturn]] void wrong_type(const toml::node& value, std::string_view key,
                               const std::string& wanted) const {
    throw user_error(at(value, key) + " must be " + wanted + ".");
  }

  /// Runs `use(text, what)` on the string at `key`, where there is one.
  template <class Use>
  void text(std::string_view key, Use use) {
    const auto* value = find(key);
    if (value == nullptr) return;
    const auto* string = value->as_string();
    if (string == nullptr) wrong_type(*value, key, "a text in quotes");
    use(string->get(), at(*value, key));
  }

  template <class Integer>
  void integer(std::string_view key, std::int64_t least, std::int64_t most, Integer& out) {
    const auto* value = find(key);
    if (value == nullptr) return;
    const auto range =
        "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
    const auto* number = value->as_integer();
    if (number == nullptr || number->get() < least || number->get() > most)
      wrong_type(*value, key, range);
    out = static_cast<Integer>(number->get());
  }

  void number(std::string_view key, double least, double most, std::optional<double>& out) {
    const auto* value = find(key);
    if (value == nullptr) return;
    const auto given = value->value<double>();
    // Also refuses NaN, which compares false with everything.
    if (!value->is_number() || !given || !(*given >= least && *given <= most))
      wrong_type(*value, key,
                 "a number from " + format_number(least) + " to " + format_number(most));
    out = *given;
  }

  void finish() const {
    for (const auto& [key, value] : table_) {
      if (std::ranges::find(known_, key.str()) != known_.end()) continue;
      std::string list;
      for (const auto& known : known_) list += (list.empty() ? "" : ", ") + prefix_ + known;
      throw user_error(place(file_, key.source().begin) + "there is no option " + prefix_ +
                       printable(key.str()) + "; known here: " + list + ".");
    }
  }

 private:
  const toml::table& table_;
  std::string file_;
  std::string prefix_;
  std::vector<std::string> known_;
};

/// Runs `read` on a table of the file, where there is one, and then `finish`.
template <class Read>
void with_section(section& file, const std::string& name, const std::string& file_name, Read read) {
  const auto* value = file.find(name);
  if (value == nullptr) return;
  const auto* table = value->as_table();
  if (table == nullptr) file.wrong_type(*value, name, "a table, as in [" + name + "]");
  section inside{*table, file_name, name + "."};
  read(inside);
  inside.finish();
}

void read_node(section& from, node_options& to) {
  from.text("name", [&](const std::string& name, const std::string& what) {
    check_node_name(name, what);
    to.name = name;
  });
  from.integer("threads", 0, defaults::threads_limit, to.threads);
  from.number("pace_gmacs", defaults::pace_gmacs_least, defaults::pace_gmacs_most, to.pace_gmacs);
}

void read_join(section& from, node_options& to) {
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

void read_network(section& from, node_options& to) {
  from.text("listen", [&](const std::string& address, const std::string& what) {
    to.listen_address = parse_host(address, what);
  });
  from.integer("control_port", 1, 65535, to.control_port);
  from.integer("data_port", 1, 65535, to.data_port);
  read_join(from, to);
}

void read_inference(section& from, node_options& to) {
  from.text("wire", [&](const std::string& wire, const std::string& what) {
    check_wire(wire, what);
    to.wire = wire;
  });
}

void read_models(section& from, node_options& to) {
  std::optional<double> most;
  from.number("max_gb", 0, defaults::models_max_gb_most, most);
  to.models_max_gb = most.value_or(to.models_max_gb);
}

void read_client(section& from, node_options& to) {
  from.text("node", [&](const std::string& nodes, const std::string& what) {
    to.nodes = parse_client_nodes(nodes, what);
  });
}

toml::table parse(std::string_view text, const std::string& file) {
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& e) {
    throw user_error(place(file, e.source().begin) +
                     "this is no TOML: " + printable(e.description(), 200) + ".");
  }
}

}  // namespace

void apply_toml(node_options& options, std::string_view toml, const std::string& file) {
  const auto table = parse(toml, file);
  section whole{table, file, ""};
  // Nothing is changed by a file with a mistake in its last line.
  auto changed = options;
  with_section(whole, "node", file, [&](section& from) { read_node(from, changed); });
  with_section(whole, "network", file, [&](section& from) { read_network(from, changed); });
  with_section(whole, "inference", file, [&](section& from) { read_inference(from, changed); });
  with_section(whole, "models", file, [&](section& from) { read_models(from, changed); });
  with_section(whole, "client", file, [&](section& from) { read_client(from, changed); });
  whole.finish();
  options = std::move(changed);
}

}  // namespace bramble
