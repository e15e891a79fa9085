#include "discovery/mdns/notice.hpp"

#include <algorithm>
#include <map>

#include "config/base/error.hpp"
#include "config/defaults.hpp"
#include "config/defaults_mdns.hpp"
#include "config/parse.hpp"
#include "config/version.hpp"

namespace bramble {
namespace {

/// Of what a TXT record says. Another one is of a version that this one cannot know.
constexpr const char* form = "1";

bool is_name(const std::string& text, std::size_t longest) {
  try {
    check_name(text, longest, "");
    return true;
  } catch (const user_error&) {
    return false;
  }
}

bool are_digits(const std::string& text, std::size_t count) {
  return text.size() == count && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

mdns_notice notice_of(const key_info& keys, mdns_notice::kind_t kind, std::uint16_t port) {
  return {.kind = kind,
          .cluster_name = keys.cluster_name,
          .cluster_id = keys.cluster_id,
          .authority = keys.authorities.front().substr(0, defaults::mdns_authority_digits),
          .node = keys.node_name,
          .version = version,
          .port = port};
}

bool is_same_shelf(const mdns_notice& one, const mdns_notice& other) {
  return one.cluster_name == other.cluster_name && one.cluster_id == other.cluster_id;
}

const char* type_of(mdns_notice::kind_t kind) {
  return kind == mdns_notice::kind_t::node ? defaults::mdns_node_type
                                           : defaults::mdns_invitation_type;
}

std::string label_of(const mdns_notice& notice) {
  constexpr std::size_t longest = 63;
  const auto rest = " (" + notice.cluster_id + ")";
  return notice.node.substr(0, longest - rest.size()) + rest;
}

std::vector<std::string> text_of(const mdns_notice& notice) {
  return {std::string{"form="} + form, "cluster=" + notice.cluster_name,
          "id=" + notice.cluster_id,   "authority=" + notice.authority,
          "node=" + notice.node,       "version=" + notice.version};
}

std::optional<mdns_notice> read_notice(mdns_notice::kind_t kind,
                                       const std::vector<std::string>& text, std::uint16_t port) {
  std::map<std::string, std::string> said;
  for (const auto& line : text) {
    const auto equals = line.find('=');
    // The first of a key counts (RFC 6763, 6.4).
    if (equals != std::string::npos) said.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  const mdns_notice out{kind,         said["cluster"], said["id"], said["authority"],
                        said["node"], said["version"], port};
  const bool is_sound =
      said["form"] == form && is_name(out.cluster_name, defaults::cluster_name_longest) &&
      is_name(out.node, defaults::node_name_longest) &&
      are_digits(out.cluster_id, defaults::mdns_id_digits) &&
      are_digits(out.authority, defaults::mdns_authority_digits) &&
      out.version.size() <= defaults::mdns_version_longest &&
      printable(out.version, defaults::mdns_version_longest) == out.version && port != 0;
  if (!is_sound) return std::nullopt;
  return out;
}

}  // namespace bramble
