#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "model/plan/plan.hpp"

namespace bramble {

/// A plan in a few lines for people: what it predicts, and per node what it does and why. Ends with
/// a newline. `p` must come from `make_plan`: with a verdict for every node.
std::string report_text(const plan& p);

/// The object that `bramble plan --json` prints; its keys are part of the program's interface.
nlohmann::json report_json(const plan& p);

}  // namespace bramble
