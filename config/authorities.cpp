#include "config/authorities.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

namespace bramble {
namespace {

const std::string founder_prefix = "bramble:founder:";
const std::string until_prefix = "bramble:former-until:";

std::string rest_of(const std::vector<std::string>& uris, const std::string& prefix) {
  for (const auto& each : uris)
    if (each.starts_with(prefix)) return each.substr(prefix.size());
  return "";
}

bool is_fingerprint(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

std::optional<succession> succession_of(const X509& authority) {
  const auto uris = uris_of(authority);
  const auto founder = rest_of(uris, founder_prefix);
  const auto until = rest_of(uris, until_prefix);
  std::int64_t seconds = 0;
  const auto* end = until.data() + until.size();
  const auto read = std::from_chars(until.data(), end, seconds);
  // Its clock counts nanoseconds: what is later than that can hold is no date.
  constexpr auto latest =
      std::chrono::duration_cast<std::chrono::seconds>(wall_time::duration::max()).count();
  const bool is_date =
      read.ec == std::errc{} && read.ptr == end && seconds >= 0 && seconds < latest;
  if (!is_fingerprint(founder) || !is_date) return std::nullopt;
  return succession{founder, wall_time{std::chrono::seconds{seconds}}};
}

std::string founder_of(X509& authority) {
  const auto known = succession_of(authority);
  return known ? known->founder : fingerprint(authority);
}

successor make_successor(X509& former, EVP_PKEY& former_key, validity when,
                         wall_time former_until) {
  auto key = make_key();
  const auto seconds = std::chrono::system_clock::to_time_t(former_until);
  auto authority =
      make_authority(*key, common_name(former), when,
                     {founder_prefix + founder_of(former), until_prefix + std::to_string(seconds)});
  auto cross = make_cross_certificate(*authority, former, former_key, {when.from, former_until});
  return {std::move(key), std::move(authority), std::move(cross)};
}

std::string listed_fingerprint(X509& authority) {
  constexpr std::size_t digits = 16;
  return fingerprint(authority).substr(0, digits);
}

std::vector<std::string> fingerprints_of(const std::vector<certificate>& all) {
  std::vector<std::string> out;
  out.reserve(all.size());
  for (const auto& each : all) out.push_back(fingerprint(*each));
  return out;
}

std::vector<certificate> authorities_among(std::vector<certificate> all) {
  std::erase_if(all, [](const certificate& each) { return !is_authority(*each); });
  return all;
}

std::vector<certificate> trusted_at(std::vector<certificate> authorities, wall_time now) {
  if (authorities.empty()) return authorities;
  const auto said = succession_of(*authorities.front());
  if (!said || now >= said->former_until)
    authorities.erase(authorities.begin() + 1, authorities.end());
  return authorities;
}

std::vector<certificate> trusted_in(byte_span pem, wall_time now) {
  return trusted_at(authorities_among(certificates_from_pem(pem)), now);
}

std::string to_pem(const std::vector<certificate>& all) {
  std::set<std::string> seen;
  std::string out;
  for (const auto& each : all)
    if (seen.insert(fingerprint(*each)).second) out += to_pem(*each);
  return out;
}

}  // namespace bramble
