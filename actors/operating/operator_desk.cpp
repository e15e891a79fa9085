#include "actors/operating/operator_desk.hpp"

#include "actors/operating/hand_table.hpp"
#include "config/base/error.hpp"

namespace bramble {
namespace {

/// Of one actor, or of all.
hand_reply offers_of(const operator_desk_state& state, const std::string& actor) {
  hand_reply out;
  for (const auto& each : state.table)
    if (actor.empty() || each->offer.actor == actor) out.offers.push_back(each->offer);
  if (out.offers.empty()) find_entry(state.table, actor, "");  // which says who there is
  return out;
}

std::string text_of(const hand_message& what) {
  auto out = what.message;
  for (const auto& each : what.values) out += " " + each.name + "=" + each.value;
  return out;
}

caf::result<hand_reply> send_by_hand(operator_desk_pointer self, const hand_message& what) {
  const auto& state = self->state;
  auto promise = self->make_response_promise<hand_reply>();
  try {
    if (what.message.empty()) {
      promise.deliver(offers_of(state, what.actor));
      return promise;
    }
    const auto& entry = find_entry(state.table, what.actor, what.message);
    check_fields(entry.offer, what.values);
    entry.send(self, what.values, promise);
    if (entry.offer.changes)
      tell(state.config.tell, "change", state.config.self,
           "the actor " + what.actor + " of " + state.config.self + " was sent \"" + text_of(what) +
               "\", by hand");
  } catch (const user_error& e) {
    promise.deliver(failure(e.what()));
  }
  return promise;
}

}  // namespace

operator_desk_actor::behavior_type operator_desk(operator_desk_pointer self,
                                                 operator_desk_config config) {
  self->state.config = std::move(config);
  self->state.table = hand_table(self->state.config);
  return {
      [=](hand_atom, const hand_message& what) { return send_by_hand(self, what); },
      [=](detail_atom) -> std::string {
        return std::to_string(self->state.table.size()) + " messages can be sent by hand";
      },
  };
}

}  // namespace bramble
