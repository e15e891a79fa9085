#pragma once

#include <nlohmann/json.hpp>

#include "console/inference.hpp"

namespace bramble {

/// An answer for people, and in the stable form {"model","host","epoch","method","latency_ms",...}.
std::string describe(const model_description& model, const infer_reply& reply,
                     const std::vector<class_score>& top);
nlohmann::json to_json(const std::string& model, const infer_reply& reply,
                       const std::vector<class_score>& top,
                       const std::vector<std::string>& warnings);

}  // namespace bramble
