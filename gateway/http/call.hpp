#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "config/base/codec.hpp"
#include "config/defaults_gateway.hpp"

namespace bramble::gateway {

/// What clients are held to; see config/defaults_gateway.hpp.
struct http_limits {
  std::chrono::milliseconds head = defaults::gateway_head_timeout;
  std::chrono::milliseconds idle = defaults::gateway_idle_timeout;
  std::chrono::milliseconds transfer = defaults::gateway_transfer_grace;
  std::size_t connections = defaults::gateway_connections_most;
  std::size_t connections_of_one = defaults::gateway_connections_of_one_most;
};

/// A request whose head is here, as those who answer it see it: no sockets, no library.
class http_call {
 public:
  http_call() = default;
  http_call(const http_call&) = delete;
  http_call& operator=(const http_call&) = delete;
  virtual ~http_call() = default;

  virtual const std::string& method() const = 0;
  /// Path and what stands behind '?', as they came.
  virtual const std::string& target() const = 0;
  /// Empty where there is none; of several the first.
  virtual std::string header(const std::string& name) const = 0;

  /// The body, of which nothing is read before the first call: so that whoever may not send one
  /// need not be waited for. Throws `refusal` where it is too large, does not come, or is
  /// compressed.
  virtual byte_span body() = 0;

  /// Whether whoever asked has gone.
  virtual bool is_abandoned() const = 0;
};

struct http_answer {
  int status = 200;
  std::string type = "application/json";  ///< of the content
  std::string content;
  std::vector<std::pair<std::string, std::string>> headers = {};
  /// Instead of `content`: the next piece of an answer that has no end, called until it returns
  /// false or nobody listens. May wait, but looks at `is_abandoned` while it does.
  std::function<bool(std::string& piece, const http_call& call)> follow = nullptr;
};

/// Answers any number of calls at once, refusals included: throws nothing.
using http_answerer = std::function<http_answer(http_call&)>;

}  // namespace bramble::gateway
