#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "config/base/error.hpp"

namespace bramble::gateway {

/// Why a request is not answered: the sentence goes to whoever asked, under this status of HTTP.
/// Any other `user_error` of a decoder is a bad request (400).
class refusal : public user_error {
 public:
  refusal(int code, const std::string& sentence,
          std::optional<std::chrono::milliseconds> when = std::nullopt)
      : user_error{sentence}, status{code}, retry_after{when} {}

  int status;
  std::optional<std::chrono::milliseconds> retry_after;  ///< it may be asked again then
};

/// {"error": "..."}, as the protocol writes all errors, whatever bytes the sentence is made of.
std::string error_body(const std::string& sentence);

/// Whole seconds, at least one: what stands behind "Retry-After".
std::string retry_after_text(std::chrono::milliseconds when);

/// A JSON string with its quotes.
std::string json_string(const std::string& text);

}  // namespace bramble::gateway
