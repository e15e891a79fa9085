#include "config/defaults_gateway.hpp"
#include "gateway/api/parts.hpp"

namespace bramble::gateway {

turnstile::pass turnstile::enter(const std::string& sentence) {
  if (inside_.fetch_add(1) >= most_) {
    --inside_;
    throw refusal(429, sentence, defaults::gateway_try_again);
  }
  return pass{*this};
}

model_card card_for(const api_parts& parts, const route& to) {
  if (parts.door.is_unloaded(to.name))
    throw refusal(400, "Model " + to.name + " was unloaded here; POST v2/repository/models/" +
                           to.name + "/load loads it again.");
  auto card = parts.door.card(to.name);
  if (!to.version.empty() && !is_version(card, to.version))
    throw refusal(404, "Model " + to.name + " has the version " + version_of(card) + ", and not " +
                           printable(to.version) + ".");
  return card;
}

infer_reply infer_measured(const api_parts& parts, http_call& call, model_card& card,
                           infer_request request) {
  const auto asked = std::make_shared<const infer_request>(std::move(request));
  const auto renew = [&] {
    parts.door.forget_card(card.name);
    return parts.door.card(card.name);
  };
  const auto began = std::chrono::steady_clock::now();
  infer_reply reply;
  try {
    reply = parts.door.infer(asked, [&] { return call.is_abandoned(); });
  } catch (const refusal&) {
    throw;
  } catch (const request_was_abandoned&) {
    parts.metrics.count_abandoned();
    throw refusal(499, "The client went away.");
  } catch (const user_error& e) {
    // The name may mean another model by now, which takes other inputs.
    if (renew().identity != card.identity)
      throw refusal(503, "Model " + card.name + " was replaced meanwhile; ask again.",
                    defaults::gateway_try_again);
    throw refusal(500, e.what());
  }
  const auto waited = std::chrono::steady_clock::now() - began;
  if (reply.identity != card.identity) card = renew();
  parts.metrics.observe(card.name, reply, waited);
  return reply;
}

}  // namespace bramble::gateway
