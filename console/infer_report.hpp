#pragma once

#include <nlohmann/json.hpp>

#include "console/answers.hpp"
#include "console/inference.hpp"

namespace bramble {

/// An answer for people, and in the stable form {"model","host","epoch","method","latency_ms",...}.
/// `threshold` is what boxes were told from.
std::string describe(const model_description& model, const infer_reply& reply, const answer& what,
                     double threshold = defaults::box_score_least);
nlohmann::json to_json(const std::string& model, const infer_reply& reply, const answer& what,
                       const std::vector<std::string>& warnings);

/// An answer of many in a line, without its end: "cat.jpg  93.21 % class 281 tabby  41.2 ms".
std::string describe_briefly(const std::string& file, const infer_reply& reply, const answer& what);
/// A file that was not answered, likewise.
std::string describe_failure(const std::string& file, const std::string& why);

/// {"error"}, and where a node has too much to do "busy" and "retry_after_ms".
nlohmann::json failure_json(const std::exception& why);

/// As text, whatever bytes the names in it are made of: in one line, or in several for people.
std::string json_line(const nlohmann::json& value);
std::string json_text(const nlohmann::json& value);

/// A path as a terminal may show it.
std::string shown_path(const std::string& file);

}  // namespace bramble
