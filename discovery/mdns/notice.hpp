#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/keys.hpp"

namespace bramble {

/// What a node tells its network of itself by DNS-SD, and what comes of others. Everybody may say
/// anything there: it is a hint where to look, and TLS decides who that is.
struct mdns_notice {
  enum class kind_t : std::uint8_t {
    node,       ///< the port is for commands
    invitation  ///< the port is open for machines that want to join
  } kind = kind_t::node;
  std::string cluster_name;  ///< two may be called alike ...
  std::string cluster_id;    ///< ... and differ here: 8 hexadecimal digits
  std::string authority;     ///< the first digits of its fingerprint, as many as a code has
  std::string node;
  std::string version;  ///< of its program
  std::uint16_t port = 0;

  friend bool operator==(const mdns_notice&, const mdns_notice&) = default;
};

/// Of a node with these keys.
mdns_notice notice_of(const key_info& keys, mdns_notice::kind_t kind, std::uint16_t port);

/// Whether both speak of one shelf. An authority may have followed another.
bool is_same_shelf(const mdns_notice& one, const mdns_notice& other);

/// "_bramble._tcp".
const char* type_of(mdns_notice::kind_t kind);

/// What people see in other programs, at most 63 bytes: nodes of two clusters may have one name.
std::string label_of(const mdns_notice& notice);

/// The TXT record: "key=value" each.
std::vector<std::string> text_of(const mdns_notice& notice);

/// The reverse: nothing for what no node says.
std::optional<mdns_notice> read_notice(mdns_notice::kind_t kind,
                                       const std::vector<std::string>& text, std::uint16_t port);

}  // namespace bramble
