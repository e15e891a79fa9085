#include "config/options.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>

#include "config/base/files.hpp"
#include "config/base/hash.hpp"

namespace bramble {

void check_node_name(std::string_view name, const std::string& what) {
  check_name(name, defaults::node_name_longest, what);
}

void check_wire(std::string_view wire, const std::string& what) {
  static constexpr std::array<std::string_view, 3> known{"fp32", "fp16", "int8"};
  if (std::ranges::find(known, wire) == known.end())
    throw user_error(what + " must be fp32, fp16 or int8.");
}

double parse_models_max(std::string_view text, const std::string& what) {
  return parse_number(text, 0, defaults::models_max_gb_most, what);
}

void apply_environment(node_options& options, const environment& variables) {
  if (const auto name = variables("BRAMBLE_NAME")) {
    check_node_name(*name, "BRAMBLE_NAME");
    options.name = *name;
  }
  if (const auto listen = variables("BRAMBLE_LISTEN")) {
    const auto where = parse_endpoint(*listen, options.control_port, "BRAMBLE_LISTEN");
    options.listen_address = where.host;
    options.control_port = where.port;
  }
  if (const auto join = variables("BRAMBLE_JOIN"))
    options.join = parse_endpoints(*join, defaults::control_port, "BRAMBLE_JOIN");
  if (const auto mdns = variables("BRAMBLE_MDNS"))
    options.mdns = parse_switch(*mdns, "BRAMBLE_MDNS");
  if (const auto counters = variables("BRAMBLE_COUNTERS"))
    options.counters = parse_switch(*counters, "BRAMBLE_COUNTERS");
  if (const auto pace = variables("BRAMBLE_PACE"))
    options.pace_gmacs =
        parse_number(*pace, defaults::pace_gmacs_least, defaults::pace_gmacs_most, "BRAMBLE_PACE");
  if (const auto device = variables("BRAMBLE_DEVICE")) options.device = *device;
  if (const auto threads = variables("BRAMBLE_THREADS"))
    options.threads =
        static_cast<int>(parse_integer(*threads, 0, defaults::threads_limit, "BRAMBLE_THREADS"));
  if (const auto wire = variables("BRAMBLE_WIRE")) {
    check_wire(*wire, "BRAMBLE_WIRE");
    options.wire = *wire;
  }
  if (const auto most = variables("BRAMBLE_MODELS_MAX_GB"))
    options.models_max_gb = parse_models_max(*most, "BRAMBLE_MODELS_MAX_GB");
  if (const auto nodes = variables("BRAMBLE_NODE"))
    options.nodes = parse_client_nodes(*nodes, "BRAMBLE_NODE");
}

bool parse_switch(std::string_view text, const std::string& what) {
  if (text != "on" && text != "off") throw user_error(what + " must be on or off.");
  return text == "on";
}

std::vector<endpoint> parse_client_nodes(std::string_view text, const std::string& what) {
  // Empty text is no list here: a client has to talk to somebody.
  if (text.empty()) return {parse_endpoint(text, defaults::control_port, what)};
  return parse_endpoints(text, defaults::control_port, what);
}

node_options load_options(const std::filesystem::path& file, const environment& variables) {
  node_options options;
  std::error_code error;
  // Only a file that is not there is left out; one that cannot be read is a mistake to be told.
  if (std::filesystem::status(file, error).type() != std::filesystem::file_type::not_found)
    apply_toml(options, as_text(read_file(file, defaults::options_file_limit_bytes)),
               file.string());
  apply_environment(options, variables);
  return options;
}

void settle(node_options& options) {
  if (options.name.empty()) options.name = default_node_name();
  if (options.pace_gmacs && !options.device.empty())
    throw user_error(
        "A pace and a device both say how fast the node is to be; leave one of them out.");
  if (options.data_port == 0) {
    if (options.control_port == std::numeric_limits<std::uint16_t>::max())
      throw user_error(
          "The data port follows the control port, and there is none after 65535; "
          "choose a smaller control port or set network.data_port.");
    options.data_port = static_cast<std::uint16_t>(options.control_port + 1);
  }
  if (options.data_port == options.control_port)
    throw user_error("The control port and the data port are both " +
                     std::to_string(options.data_port) + "; they must differ.");
}

std::string default_node_name() {
  std::array<char, 256> hostname{};
  // A name that is too long is cut; the last byte stays zero.
  if (::gethostname(hostname.data(), hostname.size() - 1) != 0) return node_name_from("");
  const std::string_view whole{hostname.data()};
  return node_name_from(whole.substr(0, whole.find('.')));
}

std::string node_name_from(std::string_view hostname) {
  std::string name;
  bool is_foreign = false;
  for (const unsigned char c : hostname) {
    const bool fits = c < 128 && (std::isalnum(c) != 0 || c == '.' || c == '-');
    if (fits)
      name += static_cast<char>(std::tolower(c));
    else if (!name.ends_with('-'))
      name += '-';
    is_foreign = is_foreign || c >= 128;
  }
  const auto begin = std::min(name.find_first_not_of(".-"), name.size());
  name = name.substr(begin, defaults::node_name_longest);
  name.erase(name.find_last_not_of(".-") + 1);
  if (!name.empty()) return name;
  constexpr std::size_t digits = 4;
  const byte_span bytes{reinterpret_cast<const std::uint8_t*>(hostname.data()), hostname.size()};
  return is_foreign ? "node-" + sha256_hex(bytes).substr(0, digits) : "node";
}

fitting_name fit_node_name(std::string_view wanted) {
  fitting_name out{node_name_from(wanted), ""};
  if (out.name == wanted) return out;
  const auto shown = is_text(wanted) ? std::string{wanted} : printable(wanted);
  out.remark = "A node cannot be called \"" + shown +
               "\" (only a-z, 0-9, '.' and '-' go into a "
               "certificate everywhere); it is called " +
               out.name + ".";
  return out;
}

}  // namespace bramble
