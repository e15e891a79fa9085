#include "model/store/store_listing.hpp"

#include <algorithm>
#include <set>

#include "config/defaults.hpp"
#include "model/store/store_files.hpp"

namespace bramble {

std::optional<std::string> store_listing::resolve(const std::string& name_or_identity) const {
  for (const auto& each : models)
    if (!each.name.empty() && each.name == name_or_identity)
      return each.identity.empty() ? std::nullopt : std::optional{each.identity};
  if (name_or_identity.size() < defaults::identity_prefix_least || !is_hex(name_or_identity))
    return std::nullopt;
  std::set<std::string> matches;
  for (const auto& each : models)
    if (each.identity.starts_with(name_or_identity)) matches.insert(each.identity);
  // A name may outlive its manifest, and then a prefix of its identity means nothing.
  if (matches.size() != 1 || !is_complete(*matches.begin())) return std::nullopt;
  return *matches.begin();
}

std::optional<name_record> store_listing::record_of(const std::string& name) const {
  for (const auto& each : models)
    if (!each.name.empty() && each.name == name && !each.identity.empty())
      return name_record{each.identity, each.earlier};
  return std::nullopt;
}

bool store_listing::is_complete(const std::string& identity) const {
  return std::any_of(models.begin(), models.end(), [&](const stored_model& each) {
    return each.complete && each.identity == identity;
  });
}

std::vector<named_model> store_listing::complete_models() const {
  std::vector<named_model> out;
  for (const auto& each : models)
    if (each.complete) out.push_back({each.name, {each.identity, each.earlier}});
  return out;
}

}  // namespace bramble
