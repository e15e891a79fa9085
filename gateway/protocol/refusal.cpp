#include "gateway/protocol/refusal.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace bramble::gateway {

std::string json_string(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string error_body(const std::string& sentence) {
  return "{\"error\":" + json_string(sentence) + "}";
}

std::string retry_after_text(std::chrono::milliseconds when) {
  const auto whole = std::chrono::ceil<std::chrono::seconds>(when).count();
  return std::to_string(std::max<std::int64_t>(1, whole));
}

}  // namespace bramble::gateway
