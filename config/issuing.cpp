// Certifying nodes, where the authority is.
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <utility>

#include "config/base/error.hpp"
#include "config/base/files.hpp"
#include "config/defaults.hpp"
#include "config/defaults_join.hpp"
#include "config/issued_names.hpp"
#include "config/key_files.hpp"
#include "config/options.hpp"
#include "config/revocations.hpp"
#include "config/staged_files.hpp"

namespace bramble {
namespace {

namespace fs = std::filesystem;
using namespace key_files;

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
validity from_now(std::chrono::hours length) {
  const auto today = now();
  return {today - defaults::validity_head_start, today + length};
}
/// Whoever certifies nodes here.
struct signer {
  std::vector<certificate> authorities;
  private_key key;

  X509& present() const { return *authorities.front(); }
};

signer signer_in(const key_paths& paths, const std::string& node_name) {
  if (!is_there(paths.ca_key) || !is_there(paths.ca_crt))
    throw user_error(paths.folder.string() +
                     " has no authority that could certify a node; type `bramble "
                     "keys issue " +
                     node_name + "` on the node where `bramble keys init` ran.");
  signer out{authorities_in(paths), key_from_pem(read_key_file(paths.ca_key))};
  // A rotation did not come to its end: the key before is still that of the authority.
  if (is_there(paths.ca_key_before))
    if (auto before = key_from_pem(read_key_file(paths.ca_key_before));
        before && is_key_of(*before, out.present()))
      out.key = std::move(before);
  if (!out.key || !is_key_of(*out.key, out.present()))
    throw user_error(paths.ca_key.string() + ": this is not the private key of " +
                     paths.ca_crt.string() +
                     "; bring the folder back from a copy, or move it away "
                     "to begin a new cluster.");
  check_valid_today(out.present(), paths);
  return out;
}

issued_certificate entry_of(const X509& node, X509& authority, const std::string& how) {
  return {.name = common_name(node),
          .day = format_date(now()),
          .until = format_date(dates_of(node)->until),
          .serial = serial_number(node),
          .how = how,
          .authority = listed_fingerprint(authority)};
}

validity within(validity when, const X509& authority) {
  when.until = std::min(when.until, dates_of(authority)->until);
  return when;
}
}  // namespace

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
  record_issued(paths.issued, entry_of(*node, *authority, "init"), true);
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
  const auto node = make_node_certificate(key, node_name, by.present(), *by.key,
                                          within(from_now(defaults::node_validity), by.present()));
  record_issued(paths.issued, entry_of(*node, by.present(), how), replace);
  return {to_pem(*node) + to_pem(between_in(paths)), to_pem(by.authorities)};
}

byte_vector issue_keys(const fs::path& folder, const std::string& node_name, bool replace) {
  const auto key = make_key();
  const auto made = certify(folder, node_name, *key, "issue", replace);
  const auto text = to_pem(*key) + made.certificate + made.authority;
  const auto bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
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
  auto list = add_revoked(before, by.authorities, *by.key, serials, now());
  write_file_atomically(paths.revoked, as_bytes(list), open_to_all);
  return list;
}

wall_time rotate_authority(const fs::path& folder, wall_time former_until) {
  const key_paths paths{folder};
  check_clock();
  auto by = signer_in(paths, certified_name(folder));
  const auto own = load_keys(folder);
  former_until = std::min(former_until, dates_of(by.present())->until);
  auto next =
      make_successor(by.present(), *by.key, from_now(defaults::authority_validity), former_until);
  auto between = between_in(paths);
  between.insert(between.begin(), std::move(next.cross));
  const auto key = key_from_pem(read_key_file(paths.node_key));
  const auto node = make_node_certificate(*key, own.node_name, *next.authority, *next.key,
                                          from_now(defaults::node_validity));
  const auto entry = entry_of(*node, *next.authority, "rotate");
  auto& all = by.authorities;
  all.insert(all.begin(), std::move(next.authority));
  std::string before;
  if (is_there(paths.revoked)) before = as_text(read_key_file(paths.revoked));
  // Signed anew, for those that will know the new authority only; and its number tells all the
  // others that there is one.
  const auto revoked = add_revoked(before, all, *next.key, {}, now());
  staged_files files{folder};
  // A machine that is switched off in between has a key too many, never one too few.
  files.add(paths.ca_key_before, to_pem(*by.key), secret);
  files.add(paths.ca_key, to_pem(*next.key), secret);
  files.add(paths.node_crt, to_pem(*node) + to_pem(between), open_to_all);
  files.add(paths.ca_crt, to_pem(all), open_to_all);
  files.add(paths.revoked, revoked, open_to_all);
  files.commit();
  std::error_code error;
  fs::remove(paths.ca_key_before, error);
  record_issued(paths.issued, entry, true);
  return former_until;
}

}  // namespace bramble
