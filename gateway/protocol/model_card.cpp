#include "gateway/protocol/model_card.hpp"

#include <nlohmann/json.hpp>

#include "config/defaults.hpp"
#include "gateway/protocol/datatypes.hpp"
#include "model/graph/manifest.hpp"

namespace bramble::gateway {
namespace {

nlohmann::json forms_json(const std::vector<named_form>& forms) {
  auto out = nlohmann::json::array();
  for (const auto& each : forms)
    out.push_back(
        {{"name", each.name}, {"datatype", datatype_of(each.type)}, {"shape", each.shape}});
  return out;
}

}  // namespace

std::string version_of(const model_card& card) {
  return short_identity(card.identity);
}

bool is_version(const model_card& card, const std::string& version) {
  return version.size() >= defaults::identity_prefix_least && card.identity.starts_with(version);
}

std::string metadata_json(const model_card& card) {
  const nlohmann::json out{{"name", card.name},
                           {"versions", {version_of(card)}},
                           {"platform", "bramble"},
                           {"inputs", forms_json(card.inputs)},
                           {"outputs", forms_json(card.outputs)}};
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace bramble::gateway
