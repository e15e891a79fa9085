#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "balancer/plan.hpp"

namespace bramble {

/// A plan in a few lines for people: what it predicts, and per node what it does and why. Ends with
/// a newline. `p` must come from `make_plan`: with a verdict for every node.
std::string report_text(const plan& p);

/// The object that `bramble plan --json` prints; its keys are part of the program's interface.
nlohmann::json report_json(const plan& p);

/// A time with the digits that matter: "12.3", "688".
std::string format_ms(double ms);

/// "24 %" of 0.24.
std::string percent(double share);

/// "40 s", "12 min", "3 h".
std::string format_duration(double seconds);

/// A rate likewise: "290", "19.1", "0.45"; "-" for none.
std::string format_mbit(double mbit);

/// "5.3 MB", "12 kB", "40 B".
std::string format_bytes(std::uint64_t bytes);

const char* name_of(wire_type wire);

}  // namespace bramble
