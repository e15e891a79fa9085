#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>
#include <semaphore>

#include "config/defaults_gateway.hpp"
#include "config/version.hpp"
#include "gateway/api/parts.hpp"
#include "gateway/protocol/infer_answer.hpp"
#include "gateway/protocol/json_reader.hpp"

namespace bramble::gateway {
namespace {

using nlohmann::json;

http_answer with_json(const json& what, int status = 200) {
  return {status, "application/json", what.dump(-1, ' ', false, json::error_handler_t::replace)};
}

/// "Inference-Header-Content-Length": how much of the body is JSON.
std::optional<std::size_t> json_bytes_of(const http_call& call) {
  const auto text = call.header("Inference-Header-Content-Length");
  if (text.empty()) return std::nullopt;
  std::size_t out = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size())
    throw user_error("\"Inference-Header-Content-Length\" is no number of bytes.");
  return out;
}

http_answer server_metadata() {
  return with_json({{"name", "bramble"},
                    {"version", version},
                    {"extensions", {"binary_tensor_data", "classification", "model_repository"}}});
}

http_answer server_ready(const api_parts& parts) {
  const bool ready = parts.watch.is_ready();
  json out{{"live", true}, {"ready", ready}};
  if (ready) return with_json(out);
  const auto seen = parts.watch.now();
  out["error"] = seen.trouble.empty() ? "No node is ready yet." : seen.trouble;
  auto answer = with_json(out, 503);
  answer.headers.emplace_back("Retry-After", retry_after_text(defaults::gateway_try_again));
  return answer;
}

http_answer model_ready(const api_parts& parts, const route& to) {
  if (parts.door.is_unloaded(to.name))
    return with_json({{"name", to.name}, {"ready", false}, {"error", "It was unloaded here."}},
                     400);
  const auto card = card_for(parts, to);
  if (!parts.watch.is_ready())
    throw refusal(503, "No node is ready yet.", defaults::gateway_try_again);
  return with_json({{"name", card.name}, {"ready", true}});
}

/// What is read of JSON takes several times its size in memory meanwhile.
asked_inference decode_in_turn(byte_span body, std::optional<std::size_t> json_bytes) {
  static std::counting_semaphore<> readers{defaults::gateway_json_readers};
  if (json_bytes.value_or(body.size()) <= defaults::gateway_json_small_bytes)
    return decode_inference(body, json_bytes);
  readers.acquire();
  const std::unique_ptr<std::counting_semaphore<>, void (*)(std::counting_semaphore<>*)> turn{
      &readers, [](std::counting_semaphore<>* of) { of->release(); }};
  return decode_inference(body, json_bytes);
}

http_answer infer(const api_parts& parts, http_call& call, const route& to) {
  const auto json_bytes = json_bytes_of(call);
  // Before it takes a place: who sends slowly keeps nobody out.
  const auto body = call.body();
  const auto pass = parts.inferences.enter("Too many requests are under way; try again soon.");
  auto card = card_for(parts, to);
  auto asked = decode_in_turn(body, json_bytes);
  auto request = request_for(card, asked);
  const auto reply = infer_measured(parts, call, card, std::move(request));
  auto encoded = encode_inference(card, asked, reply);
  http_answer out;
  out.content = std::move(encoded.body);
  if (encoded.json_bytes != 0) {
    out.type = "application/octet-stream";
    out.headers.emplace_back("Inference-Header-Content-Length", std::to_string(encoded.json_bytes));
  }
  return out;
}

std::string body_text(http_call& call) {
  const auto body = call.body();
  if (body.size() > defaults::gateway_json_bytes_most)
    throw refusal(413, "The request is larger than any of its kind.");
  return {reinterpret_cast<const char*>(body.data()), body.size()};
}

http_answer repository_index(const api_parts& parts, http_call& call) {
  const auto asked = read_object(body_text(call));
  const auto ready = asked.find("ready");
  if (ready != asked.end() && !ready->is_boolean()) throw user_error("\"ready\" is true or false.");
  const bool only_ready = ready != asked.end() && ready->get<bool>();
  auto out = json::array();
  for (const auto& each : parts.door.models()) {
    if (only_ready && !each.ready) continue;
    json entry{{"name", each.name},
               {"state", each.ready ? "READY" : "UNAVAILABLE"},
               {"reason", each.reason}};
    if (!each.identity.empty()) {
      model_card card;
      card.identity = each.identity;
      entry["version"] = version_of(card);
    }
    out.push_back(std::move(entry));
  }
  return with_json(out);
}

/// The protocol knows parameters for both; none of them is of use on a shelf, and what is asked for
/// and not done has to be told.
void refuse_parameters(http_call& call) {
  const auto asked = read_object(body_text(call));
  const auto given = asked.find("parameters");
  if (given == asked.end() || given->empty()) return;
  if (given->is_object() && given->size() == 1 && given->contains("unload_dependents")) return;
  throw user_error("Models are loaded as they are; no parameters are taken.");
}

}  // namespace

http_answer answer_protocol(const api_parts& parts, http_call& call, const route& to) {
  switch (to.what) {
    case target::server_live:
      return with_json({{"live", true}});
    case target::server_ready:
      return server_ready(parts);
    case target::server_metadata:
      return server_metadata();
    case target::model_ready:
      return model_ready(parts, to);
    case target::model_metadata:
      return {200, "application/json", metadata_json(card_for(parts, to))};
    case target::repository_index:
      return repository_index(parts, call);
    case target::repository_load:
      refuse_parameters(call);
      parts.door.load(to.name);
      return with_json(json::object());
    case target::repository_unload:
      refuse_parameters(call);
      parts.door.unload(to.name);
      return with_json(json::object());
    default:
      return infer(parts, call, to);
  }
}

}  // namespace bramble::gateway
