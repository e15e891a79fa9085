#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "model/graph/graph.hpp"

namespace bramble {

/// What a profile says of the ops that transformers have, and back; empty for what says something
/// else. Whether it fits the graph is `validate`'s to say.
nlohmann::json json_of(const matrix_product& product);
/// False, too, where `node` says windows that are none.
bool read_product(const nlohmann::json& node, const nlohmann::json& product, op& o);

struct taken_by_profile {
  taken_rows rows;
  std::vector<std::vector<std::int64_t>> constants;  ///< shapes
};
nlohmann::json json_of_take(const graph& g, const op& o);
std::optional<taken_by_profile> taken_from(const nlohmann::json& node);

}  // namespace bramble
