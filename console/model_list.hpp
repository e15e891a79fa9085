#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "model/store/store.hpp"

namespace bramble {

/// A model of this home, of other nodes, or of both.
struct listed_model {
  std::string name;  ///< empty: it has none
  std::string identity;
  std::optional<stored_model> here;
  std::vector<std::string> nodes = {};  ///< that have it whole, and by this name
  /// What is to be said of the name: that it is contested, or that this one was replaced.
  std::string note = {};
};

/// By name; the models of this home, and those that only other nodes have. `shelf` is empty where
/// no node told.
std::vector<listed_model> list_models(const std::vector<stored_model>& here,
                                      const std::vector<held_model>& shelf);

/// A table for people. Ends with a newline.
std::string describe(const std::vector<listed_model>& models);
/// The same of a shelf alone, without what is known of a home.
std::string describe_of_shelf(const std::vector<listed_model>& models);

/// What `--json` prints; its keys are part of the program's interface. `knows_shelf`: a node told.
nlohmann::json to_json(const std::vector<listed_model>& models, bool knows_shelf);

}  // namespace bramble
