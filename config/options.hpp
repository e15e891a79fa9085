#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/defaults.hpp"
#include "config/environment.hpp"
#include "config/parse.hpp"

namespace bramble {

/// What the owner of a shelf can choose for a node or a client. config/bramble.toml explains each.
struct node_options {
  std::string name;                  ///< settled: never empty
  int threads = 0;                   ///< 0: one for each core
  std::optional<double> pace_gmacs;  ///< emulate a device of this rate
  std::string device;                ///< or this one (balancer/devices); empty: none

  std::string listen_address = defaults::listen_address;
  std::uint16_t control_port = defaults::control_port;
  std::uint16_t data_port = 0;  ///< 0 until settled: the port after control_port
  std::vector<endpoint> join;
  bool mdns = true;      ///< tell the network of this node, and look there for others
  bool counters = true;  ///< count what the node's actors do; off to see what counting costs

  std::string wire = defaults::wire;  ///< fp32, fp16 or int8

  double models_max_gb = defaults::models_max_gb;  ///< what models may take on disk, in 1e9 bytes

  /// What clients talk to: the first that answers. Never empty.
  std::vector<endpoint> nodes{{defaults::client_host, defaults::control_port}};

  bool operator==(const node_options&) const = default;
};

// The layers, from the bottom up: node_options{}, the file, the environment, the flags. A caller
// does
//
//   auto options = load_options(home_paths{home}.options);
//   ... flags, read with config/parse.hpp ...
//   settle(options);

/// Sets what `toml` gives. `file` names it in messages. Throws `user_error` with file, line, column
/// and key for text that is no TOML, unknown keys, wrong types and values out of range.
void apply_toml(node_options& options, std::string_view toml, const std::string& file);

/// Sets what BRAMBLE_NAME, _LISTEN (ADDRESS[:PORT]), _JOIN (with commas), _MDNS and _COUNTERS (on
/// or off), _PACE, _DEVICE, _THREADS, _WIRE, _MODELS_MAX_GB and _NODE (with commas) give. Throws
/// `user_error` naming the variable.
void apply_environment(node_options& options, const environment& variables = process_environment);

/// The defaults, the file where there is one, the environment. Throws as the two above.
node_options load_options(const std::filesystem::path& file,
                          const environment& variables = process_environment);

/// To be called when all layers are in: fills in what follows from other options and from the
/// machine, and throws `user_error` for values that do not go together.
void settle(node_options& options);

/// The rules that flags share with the file and the environment. `what` names the place.
void check_node_name(std::string_view name, const std::string& what);
void check_wire(std::string_view wire, const std::string& what);
double parse_models_max(std::string_view text, const std::string& what);
/// "on" or "off".
bool parse_switch(std::string_view text, const std::string& what);
/// One node or several between commas; never empty.
std::vector<endpoint> parse_client_nodes(std::string_view text, const std::string& what);
inline std::uint64_t bytes_of_gb(double gb) {
  return static_cast<std::uint64_t>(gb * 1e9);
}

/// The machine's name without its domain, as `node_name_from` makes it fit.
std::string default_node_name();

/// As a node's name: in lower case, with '-' for each run of what it cannot have. "node" when
/// nothing is left of it, with some digits of its hash where that was letters of another script:
/// two machines of two names shall not be called alike.
std::string node_name_from(std::string_view hostname);

/// What somebody wants a node to be called, and what it can be called. `remark` says so in a
/// sentence where that is something else.
struct fitting_name {
  std::string name;
  std::string remark;
};
fitting_name fit_node_name(std::string_view wanted);

}  // namespace bramble
