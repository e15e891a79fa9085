#include "config/key_files.hpp"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "config/base/error.hpp"
#include "config/base/files.hpp"
#include "config/defaults.hpp"
#include "config/options.hpp"

namespace bramble::key_files {
namespace {

namespace fs = std::filesystem;

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
}  // namespace

wall_time now() {
  return std::chrono::system_clock::now();
}

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() != fs::file_type::not_found;
}
byte_vector read_key_file(const fs::path& path) {
  return read_file(path, defaults::key_file_limit_bytes);
}
certificates_read split(std::vector<certificate> all) {
  certificates_read out;
  if (all.empty()) return out;
  out.first = std::move(all.front());
  all.erase(all.begin());
  out.others = std::move(all);
  return out;
}
node_secrets checked(private_key key, certificates_read shown, std::vector<certificate> all,
                     const std::string& what, const std::string& remedy) {
  const auto fail = [&](const std::string& why) { return user_error(what + why + remedy); };
  auto node = std::move(shown.first);
  if (!key) throw fail("the private key is missing or damaged");
  if (!node) throw fail("the node's certificate is missing or damaged");
  auto authorities = trusted_at(authorities_among(std::move(all)), now());
  if (authorities.empty()) throw fail("the certificate of the authority is missing or damaged");
  if (!is_key_of(*key, *node)) throw fail("the private key is not that of the certificate");
  auto cluster = identity_of(*authorities.front());
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
  if (const auto own = dates_of(*authorities.front()); own && today < own->from)
    throw clock_error(what + "the cluster's authority begins on " + format_date(own->from) +
                      ", and this machine's clock says " + format_date(today) +
                      "; set the clock, or, if it was wrong when `bramble keys init` ran, run that "
                      "again in an empty folder.");
  if (const auto why = why_not_trusted(*node, authorities, shown.others, today); !why.empty())
    throw fail("the certificate is not vouched for by the authority (" + why + ")");
  return {std::move(key), std::move(node), std::move(shown.others), std::move(authorities),
          std::move(*cluster)};
}
std::vector<certificate> authorities_in(const key_paths& paths) {
  auto all = trusted_in(read_key_file(paths.ca_crt), now());
  if (all.empty() || !dates_of(*all.front()))
    throw user_error(paths.ca_crt.string() +
                     ": this is no certificate of an authority; move the folder " +
                     paths.folder.string() + " away to start anew.");
  return all;
}
std::vector<certificate> between_in(const key_paths& paths) {
  if (!is_there(paths.node_crt)) return {};
  auto out = split(certificates_from_pem(read_key_file(paths.node_crt))).others;
  const auto today = now();
  std::erase_if(out, [&](const certificate& each) {
    const auto when = dates_of(*each);
    return !when || today > when->until;
  });
  return out;
}
std::string join_hint(const std::string& node_name) {
  return "`bramble join CODE` with what `bramble invite` prints on the first node, or `ssh FIRST "
         "bramble keys issue " +
         node_name + " | bramble keys install -`,";
}
}  // namespace bramble::key_files
