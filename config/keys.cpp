#include "config/keys.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "config/base/error.hpp"
#include "config/base/files.hpp"
#include "config/defaults.hpp"
#include "config/key_files.hpp"
#include "config/staged_files.hpp"

namespace bramble {
namespace {

namespace fs = std::filesystem;
using namespace key_files;

void require_private(const fs::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && (info.st_mode & 077) != 0)
    throw user_error(path.string() +
                     ": this private key can be read by other users; type `chmod "
                     "600 " +
                     path.string() + "`.");
}
/// Of the authorities in a bundle those that the ones known here are or vouch for, and behind them
/// these. Throws for another cluster.
std::vector<certificate> acceptable(node_secrets& given, std::vector<certificate> known,
                                    const fs::path& folder) {
  auto& out = given.authorities;
  const auto present = fingerprint(*out.front());
  const auto prints = fingerprints_of(known);
  std::erase_if(out, [&](const certificate& each) {
    return std::ranges::count(prints, fingerprint(*each)) == 0 &&
           !is_vouched_for(*each, known, given.between, now());
  });
  const bool is_ours = !out.empty() && fingerprint(*out.front()) == present &&
                       founder_of(*out.front()) == founder_of(*known.front());
  if (!is_ours)
    throw user_error(folder.string() + " has the keys of another cluster than " +
                     given.cluster.name + " " + given.cluster.id +
                     "; move that folder away to join this one.");
  for (auto& each : known) out.push_back(std::move(each));
  return std::move(out);
}
}  // namespace

key_paths::key_paths(const fs::path& folder)
    : folder{folder},
      ca_crt{folder / "ca.crt"},
      ca_key{folder / "ca.key"},
      ca_key_before{folder / "ca.key.before"},
      node_crt{folder / "node.crt"},
      node_key{folder / "node.key"},
      issued{folder / "issued"},
      revoked{folder / "revoked.crl"} {}
void install_keys(const fs::path& folder, byte_span bundle) {
  if (bundle.size() > defaults::key_file_limit_bytes)
    throw user_error("The bundle of keys is larger than any that `bramble keys issue` makes.");
  auto shown = split(certificates_from_pem(bundle));
  std::vector<certificate> authorities, between;
  for (auto& each : shown.others)
    (is_authority(*each) ? authorities : between).push_back(std::move(each));
  shown.others = std::move(between);
  auto secrets =
      checked(key_from_pem(bundle), std::move(shown), std::move(authorities),
              "The bundle of keys cannot be used: ",
              "; type " + join_hint("NAME") + " with the name of a node that has the authority.");
  const key_paths paths{folder};
  auto trusted = to_pem(secrets.authorities);
  if (is_there(paths.ca_crt)) trusted = to_pem(acceptable(secrets, authorities_in(paths), folder));
  if (!is_there(paths.ca_crt) && is_there(paths.ca_key))
    throw user_error(paths.ca_key.string() +
                     " is the key of an authority whose certificate is "
                     "missing; move that folder away to join another cluster.");
  staged_files files{folder};
  files.add(paths.node_key, to_pem(*secrets.key), secret);
  files.add(paths.node_crt, to_pem(*secrets.node) + to_pem(secrets.between), open_to_all);
  files.add(paths.ca_crt, trusted, open_to_all);
  files.commit();
}

key_info load_keys(const fs::path& folder) {
  const key_paths paths{folder};
  if (!is_there(paths.ca_crt) || !is_there(paths.node_crt) || !is_there(paths.node_key))
    throw user_error("This node has no certificates in " + folder.string() +
                     "; type `bramble keys init` on the first node of a cluster, or " +
                     join_hint("NAME") + " to join one.");
  require_private(paths.node_key);
  const auto secrets =
      checked(key_from_pem(read_key_file(paths.node_key)),
              split(certificates_from_pem(read_key_file(paths.node_crt))),
              certificates_from_pem(read_key_file(paths.ca_crt)), folder.string() + ": ",
              "; type " + join_hint("NAME") + " for a new one.");
  key_info info{.paths = paths,
                .node_name = common_name(*secrets.node),
                .cluster_name = secrets.cluster.name,
                .cluster_id = secrets.cluster.id,
                .founder = founder_of(*secrets.authorities.front()),
                .authorities = fingerprints_of(secrets.authorities),
                .expiry = dates_of(*secrets.node)->until,
                .can_issue = is_there(paths.ca_key)};
  return info;
}
bool has_keys(const fs::path& folder) {
  return is_there(key_paths{folder}.node_crt);
}

std::string certified_name(const fs::path& folder) {
  const key_paths paths{folder};
  if (!is_there(paths.node_crt)) return "";
  const auto own = certificate_from_pem(read_key_file(paths.node_crt));
  return own ? common_name(*own) : "";
}

}  // namespace bramble
