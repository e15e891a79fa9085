#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "balancer/report/model_stats.hpp"
#include "model/graph/manifest.hpp"
#include "model/plan/calibration.hpp"

namespace bramble {

/// What `bramble model show` says of one model.
struct model_shown {
  std::string name;
  std::string identity;
  manifest content;
  model_stats facts;
  std::optional<calibration> measured;  ///< on this device; has an entry for each op
};

/// For people; with every op's times at the end when `with_times`. Ends with a newline.
std::string describe(const model_shown& m, bool with_times);

/// The object that `--json` prints; its keys are part of the program's interface.
nlohmann::json to_json(const model_shown& m, bool with_times);

/// The graph for Graphviz: a cluster for each layer, a box for each op, the splittable ones
/// coloured.
std::string dot_text(const graph& g, const model_stats& facts);

/// "now", "5 minutes ago", "3 days ago".
std::string age_text(std::chrono::system_clock::duration age);

/// "2026-11-23T13:10:25Z".
std::string iso_time(std::chrono::system_clock::time_point time);

}  // namespace bramble
