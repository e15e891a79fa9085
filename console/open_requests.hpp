#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "actors/protocol/request_report.hpp"

namespace bramble {

/// What lists of requests under way have in their columns, and a request's cells of them.
const std::vector<std::string>& request_columns();
std::vector<std::string> request_row(const std::string& host, const open_request& request);

/// What is under way at these hosts, for people and for programs. Ends with a newline.
std::string describe(const std::vector<request_list>& hosts);
nlohmann::json to_json(const std::vector<request_list>& hosts);

}  // namespace bramble
