#include "config/renewal.hpp"

#include <charconv>

#include "config/authorities.hpp"
#include "config/base/files.hpp"
#include "config/defaults.hpp"
#include "config/issued_names.hpp"
#include "config/keys.hpp"
#include "config/parse.hpp"
#include "config/revocations.hpp"

namespace bramble {
namespace {

byte_vector pem_in(const std::filesystem::path& file) {
  return read_file(file, defaults::key_file_limit_bytes);
}

/// "2035-11-23"; the beginning of time for what is no day.
wall_time day_from(const std::string& text) {
  int parts[3] = {0, 0, 0};
  const auto* at = text.data();
  const auto* end = at + text.size();
  for (int& each : parts) {
    const auto [stop, error] = std::from_chars(at, end, each);
    if (error != std::errc{}) return {};
    at = stop == end ? stop : stop + 1;
  }
  const std::chrono::year_month_day day{std::chrono::year{parts[0]},
                                        std::chrono::month{static_cast<unsigned>(parts[1])},
                                        std::chrono::day{static_cast<unsigned>(parts[2])}};
  return day.ok() ? wall_time{std::chrono::sys_days{day}} : wall_time{};
}

/// Older lists do not say by whom: then there was one authority only.
bool is_by_present(const issued_certificate& one, const key_paths& paths) {
  const auto present = certificate_from_pem(pem_in(paths.ca_crt));
  if (!present) return true;
  return one.authority.empty() ? founder_of(*present) == fingerprint(*present)
                               : one.authority == listed_fingerprint(*present);
}

void check_due(const key_paths& paths, const std::string& node_name, wall_time now) {
  const revocations revoked{paths};
  const issued_certificate* last = nullptr;
  const auto all = read_issued(paths.issued);
  for (const auto& each : all)
    if (each.name == node_name) last = &each;
  if (last == nullptr)
    throw user_error("No keys were issued for " + printable(node_name) + " by this authority.");
  if (revoked.covers_serial(last->serial))
    throw user_error("The keys of " + node_name + " are revoked.");
  if (!is_by_present(*last, paths)) return;
  // Lists of before there were serial numbers do not say until when.
  if (last->until.empty()) return;
  if (!is_due_for_renewal({day_from(last->day), day_from(last->until)}, now))
    throw user_error("The certificate of " + node_name + " is valid until " + last->until +
                     " and not due for renewal.");
}

}  // namespace

bool is_due_for_renewal(const validity& when, wall_time now) {
  return now >= when.from + (when.until - when.from) / 3 * 2;
}

renewal_need need_of_renewal(const std::filesystem::path& folder, wall_time now) {
  const auto keys = load_keys(folder);
  const auto own = certificate_from_pem(pem_in(keys.paths.node_crt));
  renewal_need out;
  out.until = keys.expiry;
  out.is_authority_here = keys.can_issue;
  out.is_due = own && is_due_for_renewal(*dates_of(*own), now);
  const auto key = key_from_pem(pem_in(keys.paths.node_key));
  out.request = make_certificate_request(*key, keys.node_name);
  return out;
}

std::string renew_certificate(const std::filesystem::path& folder, const std::string& node_name,
                              byte_span request, wall_time now) {
  const key_paths paths{folder};
  std::error_code error;
  if (!std::filesystem::exists(paths.ca_key, error))
    throw user_error("The cluster's authority is not on this node.");
  const auto asked = request_from_der(request);
  if (!asked) throw user_error("The request for a certificate is damaged.");
  check_due(paths, node_name, now);
  const auto made = certify(folder, node_name, *key_of(*asked), "renewal", true);
  return made.certificate + made.authority;
}

wall_time replace_certificate(const std::filesystem::path& folder, const std::string& text) {
  const auto before = load_keys(folder);
  const auto fresh = certificate_from_pem(as_bytes(text));
  if (!fresh || common_name(*fresh) != before.node_name)
    throw user_error("The new certificate is not for " + before.node_name + ".");
  // As a bundle with the key that is here: whatever does not belong together is refused.
  const auto bundle =
      as_text(pem_in(before.paths.node_key)) + text + as_text(pem_in(before.paths.ca_crt));
  install_keys(folder, as_bytes(bundle));
  return load_keys(folder).expiry;
}

}  // namespace bramble
