#include "config/keys.hpp"

#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "config/base/error.hpp"
#include "config/base/files.hpp"
#include "config/defaults.hpp"
#include "config/defaults_join.hpp"
#include "config/issued_names.hpp"
#include "config/options.hpp"
#include "config/revocations.hpp"
#include "config/staged_files.hpp"

namespace bramble {
namespace {

namespace fs = std::filesystem;

const std::string authority_prefix = "bramble cluster ";

wall_time now() {
  return std::chrono::system_clock::now();
}

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() != fs::file_type::not_found;
}

constexpr unsigned secret = 0600;
constexpr unsigned open_to_all = 0644;

std::string random_id() {
  std::array<unsigned char, 4> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1)
    throw std::runtime_error("OpenSSL has no random numbers");
  static const char* digits = "0123456789abcdef";
  std::string out;
  for (const auto byte : bytes) {
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

struct cluster_identity {
  std::string name;
  std::string id;
};

/// From an authority's common name, "bramble cluster NAME ID".
std::optional<cluster_identity> identity_of(const X509& authority) {
  const auto text = common_name(authority);
  const auto space = text.rfind(' ');
  if (!text.starts_with(authority_prefix) || space < authority_prefix.size()) return std::nullopt;
  cluster_identity out{text.substr(authority_prefix.size(), space - authority_prefix.size()),
                       text.substr(space + 1)};
  const bool hexadecimal = out.id.size() == 8 && std::ranges::all_of(out.id, [](char c) {
                             return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                           });
  if (!hexadecimal) return std::nullopt;
  try {
    check_name(out.name, defaults::cluster_name_longest, "");
  } catch (const user_error&) {
    return std::nullopt;
  }
  return out;
}

struct node_secrets {
  private_key key;
  certificate node;
  certificate authority;
  cluster_identity cluster;
};

/// A key, its certificate and its authority's from PEM texts, if they belong together and are valid
/// today. `what` begins the messages; `remedy` ends them.
node_secrets checked(private_key key, certificate node, certificate authority,
                     const std::string& what, const std::string& remedy) {
  const auto fail = [&](const std::string& why) { return user_error(what + why + remedy); };
  if (!key) throw fail("the private key is missing or damaged");
  if (!node) throw fail("the node's certificate is missing or damaged");
  if (!authority) throw fail("the certificate of the authority is missing or damaged");
  if (!is_key_of(*key, *node)) throw fail("the private key is not that of the certificate");
  auto cluster = identity_of(*authority);
  if (!cluster) throw fail("the authority is not one of a Bramble cluster");
  try {
    check_node_name(common_name(*node), "");
  } catch (const user_error&) {
    throw fail("the certificate has no name that a node can have");
  }
  const auto dates = dates_of(*node);
  if (!dates) throw fail("the dates of the certificate are damaged");
  const auto when = *dates;
  const auto today = now();
  // Said in our words, because it is what happens to a Pi that has lost the time.
  if (today < when.from)
    throw clock_error(what + "the certificate begins on " + format_date(when.from) +
                      ", and this machine's clock says " + format_date(today) + "; set the clock.");
  if (today > when.until) throw fail("the certificate ended on " + format_date(when.until));
  if (const auto own = dates_of(*authority); own && today < own->from)
    throw clock_error(what + "the cluster's authority begins on " + format_date(own->from) +
                      ", and this machine's clock says " + format_date(today) +
                      "; set the clock, or, if it was wrong when `bramble keys init` ran, run that "
                      "again in an empty folder.");
  if (const auto why = why_not_trusted(*node, *authority, today); !why.empty())
    throw fail("the certificate is not vouched for by the authority (" + why + ")");
  return {std::move(key), std::move(node), std::move(authority), std::move(*cluster)};
}

byte_vector read_key_file(const fs::path& path) {
  return read_file(path, defaults::key_file_limit_bytes);
}

/// Keys made by a clock of 1970 begin and end then.
void check_clock() {
  if (now() >= defaults::clock_least) return;
  throw clock_error(
      "This machine's clock says " + format_date(now()) +
      ", which cannot be; set it, or wait until it has got the time from the network, "
      "and type the same again.");
}

/// What an authority signs while it is not valid itself is accepted by nobody. Its dates and the
/// clock do not tell which of the two was wrong.
void check_valid_today(const X509& authority, const key_paths& paths) {
  const auto when = *dates_of(authority);
  const auto today = now();
  if (today < when.from)
    throw clock_error(paths.ca_crt.string() + ": the cluster's authority begins on " +
                      format_date(when.from) + ", and this machine's clock says " +
                      format_date(today) +
                      "; set the clock, or, if it was wrong when `bramble keys init` ran, move the "
                      "folder away and run that again.");
  if (today > when.until)
    throw user_error(paths.ca_crt.string() + ": the cluster's authority ended on " +
                     format_date(when.until) +
                     "; move the folder away and type `bramble keys init` to begin a new cluster.");
}

certificate authority_in(const key_paths& paths) {
  auto authority = certificate_from_pem(read_key_file(paths.ca_crt));
  if (!authority || !is_authority(*authority) || !dates_of(*authority))
    throw user_error(paths.ca_crt.string() +
                     ": this is no certificate of an authority; move the folder " +
                     paths.folder.string() + " away to start anew.");
  return authority;
}

void require_private(const fs::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && (info.st_mode & 077) != 0)
    throw user_error(path.string() +
                     ": this private key can be read by other users; type `chmod "
                     "600 " +
                     path.string() + "`.");
}

validity from_now(std::chrono::hours length) {
  const auto today = now();
  return {today - defaults::validity_head_start, today + length};
}

std::string join_hint(const std::string& node_name) {
  return "`bramble join CODE` with what `bramble invite` prints on the first node, or `ssh FIRST "
         "bramble keys issue " +
         node_name + " | bramble keys install -`,";
}

/// Whoever certifies nodes here.
struct signer {
  certificate authority;
  private_key key;
};

signer signer_in(const key_paths& paths, const std::string& node_name) {
  if (!is_there(paths.ca_key) || !is_there(paths.ca_crt))
    throw user_error(paths.folder.string() +
                     " has no authority that could certify a node; type `bramble "
                     "keys issue " +
                     node_name + "` on the node where `bramble keys init` ran.");
  signer out{authority_in(paths), key_from_pem(read_key_file(paths.ca_key))};
  if (!out.key || !is_key_of(*out.key, *out.authority))
    throw user_error(paths.ca_key.string() + ": this is not the private key of " +
                     paths.ca_crt.string() +
                     "; bring the folder back from a copy, or move it away "
                     "to begin a new cluster.");
  check_valid_today(*out.authority, paths);
  return out;
}

issued_certificate entry_of(const X509& node, const std::string& how) {
  return {.name = common_name(node),
          .day = format_date(now()),
          .until = format_date(dates_of(node)->until),
          .serial = serial_number(node),
          .how = how};
}

}  // namespace

key_paths::key_paths(const fs::path& folder)
    : folder{folder},
      ca_crt{folder / "ca.crt"},
      ca_key{folder / "ca.key"},
      node_crt{folder / "node.crt"},
      node_key{folder / "node.key"},
      issued{folder / "issued"},
      revoked{folder / "revoked.crl"} {}

void init_keys(const fs::path& folder, const std::string& cluster_name,
               const std::string& node_name) {
  check_name(cluster_name, defaults::cluster_name_longest, "The name of a cluster");
  check_node_name(node_name, "The name of a node");
  check_clock();
  const key_paths paths{folder};
  if (is_there(paths.ca_crt) || is_there(paths.ca_key))
    throw user_error(folder.string() +
                     " already has the keys of a cluster; move that folder away "
                     "to begin another one.");
  const auto authority_key = make_key();
  const auto authority =
      make_authority(*authority_key, authority_prefix + cluster_name + " " + random_id(),
                     from_now(defaults::authority_validity));
  const auto key = make_key();
  const auto node = make_node_certificate(*key, node_name, *authority, *authority_key,
                                          from_now(defaults::node_validity));
  staged_files files{folder};
  files.add(paths.node_key, to_pem(*key), secret);
  files.add(paths.node_crt, to_pem(*node), open_to_all);
  files.add(paths.ca_key, to_pem(*authority_key), secret);
  files.add(paths.ca_crt, to_pem(*authority), open_to_all);
  files.commit();
  record_issued(paths.issued, entry_of(*node, "init"), true);
}

certified_node certify(const fs::path& folder, const std::string& node_name, EVP_PKEY& key,
                       const std::string& how, bool replace) {
  check_node_name(node_name, "The name of a node");
  const key_paths paths{folder};
  check_clock();
  const auto by = signer_in(paths, node_name);
  // Clusters from before there was a list: at least the node itself is known.
  if (!replace && certified_name(folder) == node_name)
    throw user_error(node_name +
                     " is the name of this node itself; choose another name for the other one, or "
                     "type `bramble keys issue --replace " +
                     node_name + "` to renew the keys of this one.");
  auto when = from_now(defaults::node_validity);
  when.until = std::min(when.until, dates_of(*by.authority)->until);
  const auto node = make_node_certificate(key, node_name, *by.authority, *by.key, when);
  record_issued(paths.issued, entry_of(*node, how), replace);
  return {to_pem(*node), to_pem(*by.authority)};
}

byte_vector issue_keys(const fs::path& folder, const std::string& node_name, bool replace) {
  const auto key = make_key();
  const auto made = certify(folder, node_name, *key, "issue", replace);
  const auto text = to_pem(*key) + made.certificate + made.authority;
  const auto bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

void install_keys(const fs::path& folder, byte_span bundle) {
  if (bundle.size() > defaults::key_file_limit_bytes)
    throw user_error("The bundle of keys is larger than any that `bramble keys issue` makes.");
  const auto secrets =
      checked(key_from_pem(bundle), certificate_from_pem(bundle, 0),
              certificate_from_pem(bundle, 1), "The bundle of keys cannot be used: ",
              "; type " + join_hint("NAME") + " with the name of a node that has the authority.");
  const key_paths paths{folder};
  if (is_there(paths.ca_crt) &&
      fingerprint(*authority_in(paths)) != fingerprint(*secrets.authority))
    throw user_error(folder.string() + " has the keys of another cluster than " +
                     secrets.cluster.name + " " + secrets.cluster.id +
                     "; move that folder away to join this one.");
  if (!is_there(paths.ca_crt) && is_there(paths.ca_key))
    throw user_error(paths.ca_key.string() +
                     " is the key of an authority whose certificate is "
                     "missing; move that folder away to join another cluster.");
  staged_files files{folder};
  files.add(paths.node_key, to_pem(*secrets.key), secret);
  files.add(paths.node_crt, to_pem(*secrets.node), open_to_all);
  files.add(paths.ca_crt, to_pem(*secrets.authority), open_to_all);
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
              certificate_from_pem(read_key_file(paths.node_crt)),
              certificate_from_pem(read_key_file(paths.ca_crt)), folder.string() + ": ",
              "; type " + join_hint("NAME") + " for a new one.");
  key_info info{.paths = paths,
                .node_name = common_name(*secrets.node),
                .cluster_name = secrets.cluster.name,
                .cluster_id = secrets.cluster.id,
                .ca_fingerprint = fingerprint(*secrets.authority),
                .expiry = dates_of(*secrets.node)->until,
                .can_issue = is_there(paths.ca_key)};
  return info;
}

std::string revoke_keys(const fs::path& folder, const std::string& node_name) {
  const key_paths paths{folder};
  const auto by = signer_in(paths, node_name);
  if (certified_name(folder) == node_name)
    throw user_error(node_name +
                     " is this node itself, which certifies the others; it cannot be "
                     "revoked. Type `bramble keys list` for the others.");
  std::vector<std::string> serials;
  for (const auto& each : read_issued(paths.issued)) {
    if (each.name != node_name) continue;
    if (each.serial.empty())
      throw user_error(
          "The keys of " + node_name +
          " were issued by an older version, which noted no serial number: give it new "
          "ones with `bramble keys issue --replace " +
          node_name + "`, or move this folder away to begin a new cluster.");
    serials.push_back(each.serial);
  }
  if (serials.empty())
    throw user_error("No keys were issued here for " + printable(node_name) +
                     "; type `bramble keys list` for those that were.");
  std::string before;
  if (is_there(paths.revoked)) before = as_text(read_key_file(paths.revoked));
  auto list = add_revoked(before, *by.authority, *by.key, serials, now());
  write_file_atomically(paths.revoked, as_bytes(list), open_to_all);
  return list;
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
