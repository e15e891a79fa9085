#include "gateway/api/api.hpp"

#include "config/defaults_gateway.hpp"
#include "gateway/access/origin.hpp"
#include "gateway/page/page_files.hpp"

namespace bramble::gateway {
namespace {

constexpr const char* token_hint =
    "send a token (Authorization: Bearer ...), which `bramble gateway token NAME` makes";

/// The page loads nothing from elsewhere, runs no script but its own, and is in no frame.
constexpr const char* page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

http_answer page(const route& to) {
  for (const auto& file : page_files())
    if (to.name == file.path || (to.name == "/" && file.path == "/index.html"))
      return {200,
              std::string{file.type},
              std::string{file.content},
              {{"Content-Security-Policy", page_policy},
               {"X-Frame-Options", "DENY"},
               {"Cross-Origin-Opener-Policy", "same-origin"},
               {"Cache-Control", "no-cache"}}};
  throw refusal(404, "There is nothing at " + printable(to.name) + ".");
}

}  // namespace

http_answer refusal_answer(const refusal& why) {
  http_answer out{why.status, "application/json", error_body(why.what())};
  if (why.retry_after) out.headers.emplace_back("Retry-After", retry_after_text(*why.retry_after));
  if (why.status == 401) out.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"bramble\"");
  return out;
}

gateway_api::gateway_api(shelf_door& door, shelf_watch& watch, access_rules rules)
    : rules_{std::move(rules)},
      tokens_{rules_.tokens},
      inferences_{defaults::gateway_inferences_most},
      followers_{defaults::gateway_followers_most},
      parts_{door, watch, metrics_, inferences_, followers_} {}

access_level gateway_api::check_access(http_call& call, permission wanted) {
  // A page from elsewhere may make a browser ask us; it says where it is from, or whom it believes
  // to ask.
  if (rules_.loopback_only && !is_loopback_host(call.header("Host")))
    throw refusal(403, "This gateway is for this machine alone, by the name localhost.");
  if (call.method() != "GET" && call.method() != "HEAD" &&
      !is_same_origin(call.header("Origin"), call.header("Host")))
    throw refusal(403, "Pages of other origins may not ask this gateway.");
  const auto header = call.header("Authorization");
  if (wanted == permission::none && header.empty()) return access_level::none;
  auto level = rules_.loopback_only ? access_level::read : access_level::none;
  if (!header.empty()) {
    level = tokens_.level_of(bearer_token(header));
    if (level == access_level::none && wanted != permission::none)
      throw refusal(401,
                    std::string{"The token is none that this gateway knows; "} + token_hint + ".");
  }
  if (wanted == permission::write && level != access_level::write)
    throw refusal(level == access_level::none || header.empty() ? 401 : 403,
                  std::string{"This changes the shelf: "} + token_hint + " with --write.");
  if (wanted == permission::read && level == access_level::none)
    throw refusal(401,
                  std::string{"This gateway is reached from other machines: "} + token_hint + ".");
  return level;
}

http_answer gateway_api::metrics_text() {
  const auto seen = parts_.watch.look();
  gateway_metrics::gauges now;
  if (server_) std::tie(now.connections, now.turned_away) = server_();
  now.inferences = inferences_.inside();
  now.followers = followers_.inside();
  return {200, "text/plain; version=0.0.4; charset=utf-8",
          metrics_.text(seen.what.get(), seen.trouble.empty(), now)};
}

http_answer gateway_api::dispatch(http_call& call, const route& to) {
  switch (to.what) {
    case target::classify:
    case target::run:
      return answer_photo(parts_, call, to);
    case target::shelf:
    case target::events:
    case target::node_drain:
    case target::node_resume:
    case target::node_pace:
      return answer_shelf(parts_, call, to);
    case target::metrics:
      return metrics_text();
    case target::page:
      return page(to);
    default:
      return answer_protocol(parts_, call, to);
  }
}

http_answer gateway_api::answer(http_call& call) {
  const auto began = std::chrono::steady_clock::now();
  std::string endpoint = "unknown";
  http_answer out;
  try {
    const auto path = std::string_view{call.target()}.substr(0, call.target().find('?'));
    const auto to = route_of(call.method(), path);
    endpoint = name_of(to.what);
    const auto level = check_access(call, permission_for(to.what));
    out = dispatch(call, to);
    // The page offers what its token allows.
    if (to.what == target::shelf || to.what == target::events)
      out.headers.emplace_back("Bramble-Access", level == access_level::write ? "write" : "read");
  } catch (const refusal& e) {
    out = refusal_answer(e);
  } catch (const user_error& e) {
    out = refusal_answer(refusal{400, e.what()});
  } catch (const std::exception& e) {
    out = refusal_answer(refusal{500, std::string{"The gateway failed: "} + e.what() + "."});
  }
  out.headers.emplace_back("X-Content-Type-Options", "nosniff");
  out.headers.emplace_back("Referrer-Policy", "no-referrer");
  if (endpoint != "page") out.headers.emplace_back("Cache-Control", "no-store");
  metrics_.count_call(endpoint, out.status, std::chrono::steady_clock::now() - began);
  return out;
}

}  // namespace bramble::gateway
