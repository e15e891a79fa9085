#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "actors/planning/core/turn_simulation.hpp"
#include "actors/protocol/live_report.hpp"

namespace bramble {

/// Requests a second of "3/s", "0.5/s" or "3". Throws `user_error` for anything else.
double parse_load(const std::string& text);

/// What a shelf makes of a load, in each way alone and as it changes between them.
struct load_plan {
  std::string model;
  std::string wire;
  offered_load load;
  std::vector<way> ways;
  std::vector<response> times;  ///< by way
  load_forecast shelf;
};
load_plan plan_load(const graph& g, const shelf& s, wire_type wire, double effort,
                    const offered_load& load);

/// For people, ends with a newline; and for programs.
std::string describe(const load_plan& p);
nlohmann::json to_json(const load_plan& p);

/// Requests or answers: "2.06", "31.4".
std::string format_per_second(double per_second);

/// Which of a model's requests: "m", "m with fp16", "m, exactly".
std::string name_of_stream(const load_way& way);

/// What is asked of a host, and how its coordinator takes it; empty where nothing is.
std::string describe_load(const std::vector<model_load>& loads, const std::vector<load_way>& ways);
/// Lines of when and why the shelf went from one way to another; empty where it never did.
std::string describe_switches(const std::vector<load_way>& ways);
nlohmann::json to_json(const model_load& load);
nlohmann::json to_json(const load_way& way);

}  // namespace bramble
