#include <nlohmann/json.hpp>
#include <optional>

#include "config/defaults.hpp"
#include "config/defaults_gateway.hpp"
#include "gateway/api/parts.hpp"
#include "gateway/protocol/json_reader.hpp"
#include "gateway/view/shelf_json.hpp"

namespace bramble::gateway {
namespace {

using nlohmann::json;
using kind_t = runtime_override::kind_t;

http_answer shelf(const api_parts& parts) {
  const auto seen = parts.watch.look();
  return {200, "application/json", shelf_json(seen.what.get(), seen.trouble)};
}

/// A state a second, as server-sent events; a comment where there is none, which shows whether
/// anybody is there still.
http_answer follow(const api_parts& parts) {
  const auto pass = std::make_shared<turnstile::pass>(
      parts.followers.enter("Too many follow the shelf already; try again later."));
  const auto number = std::make_shared<std::optional<std::uint64_t>>();
  auto* watch = &parts.watch;
  http_answer out;
  out.type = "text/event-stream";
  out.headers.emplace_back("X-Accel-Buffering", "no");  // of a proxy between
  out.follow = [pass, number, watch](std::string& piece, const http_call& call) {
    if (call.is_abandoned()) return false;
    const auto seen = *number
                          ? watch->await_other_than(**number, 2 * defaults::gateway_watch_interval)
                          : watch->look();
    if (seen.number == *number) {
      piece = ": nothing new\n\n";
      return true;
    }
    *number = seen.number;
    piece = "event: shelf\nid: " + std::to_string(seen.number) +
            "\ndata: " + shelf_json(seen.what.get(), seen.trouble) + "\n\n";
    return true;
  };
  return out;
}

double share_of(http_call& call) {
  const auto body = call.body();
  const auto asked = read_object({reinterpret_cast<const char*>(body.data()), body.size()});
  const auto share = asked.find("share");
  if (share == asked.end() || !share->is_number() ||
      !(share->get<double>() >= defaults::pace_factor_least) || !(share->get<double>() <= 1))
    throw user_error("\"share\" is what is left of the node's speed, from 0.01 to 1.");
  return share->get<double>();
}

http_answer change(const api_parts& parts, const route& to, const runtime_override& what) {
  const auto said = parts.door.change(to.name, what);
  return {200, "application/json",
          json{{"node", to.name}, {"effect", said}}.dump(-1, ' ', false,
                                                         json::error_handler_t::replace)};
}

}  // namespace

http_answer answer_shelf(const api_parts& parts, http_call& call, const route& to) {
  switch (to.what) {
    case target::shelf:
      return shelf(parts);
    case target::events:
      return follow(parts);
    case target::node_drain:
      return change(parts, to, {kind_t::drain, 0});
    case target::node_resume:
      return change(parts, to, {kind_t::resume, 0});
    default:
      return change(parts, to, {kind_t::pace, share_of(call)});
  }
}

}  // namespace bramble::gateway
