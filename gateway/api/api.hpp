#pragma once

#include <filesystem>
#include <functional>

#include "gateway/api/parts.hpp"

namespace bramble::gateway {

/// Who may ask.
struct access_rules {
  /// The gateway listens on loopback alone: whoever is on this machine may read. Elsewhere every
  /// call wants a token, and what changes the shelf wants one everywhere.
  bool loopback_only = true;
  std::filesystem::path tokens;  ///< file, see gateway/access/tokens.hpp
};

/// Everything that the gateway answers, apart from HTTP itself. Any thread.
class gateway_api {
 public:
  gateway_api(shelf_door& door, shelf_watch& watch, access_rules rules);

  /// Never throws: what is refused is an answer as well.
  http_answer answer(http_call& call);

  /// What the server has to tell for metrics.
  void ask_server(
      std::function<std::pair<std::size_t, std::uint64_t>()> connections_and_turned_away) {
    server_ = std::move(connections_and_turned_away);
  }

 private:
  access_level check_access(http_call& call, permission wanted);
  http_answer dispatch(http_call& call, const route& to);
  http_answer metrics_text();

  access_rules rules_;
  token_book tokens_;
  gateway_metrics metrics_;
  turnstile inferences_;
  turnstile followers_;
  api_parts parts_;
  std::function<std::pair<std::size_t, std::uint64_t>()> server_;
};

/// The answer that tells of a refusal.
http_answer refusal_answer(const refusal& why);

}  // namespace bramble::gateway
