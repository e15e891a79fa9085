#include "actors/requests/chunk_buffer.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "config/defaults.hpp"

namespace bramble {
namespace {

using chunk_buffer_pointer = private_chunk_buffer::stateful_pointer<chunk_buffer_state>;
using reply_promise = caf::typed_response_promise<infer_reply>;

constexpr auto nothing_under_way = "This client has no tensors under way.";

/// True when the client owes us its next step: a part, or a question for one.
bool awaits_client(const chunk& p) {
  return !p.running && (p.admitted || !p.inputs.complete());
}

void tell_if_idle(chunk_buffer_state& state) {
  if (state.chunks.empty() && state.awaiting_idle.pending()) state.awaiting_idle.deliver(true);
}

void drop(chunk_buffer_pointer self, const caf::actor_addr& client) {
  auto& state = self->state;
  const auto found = state.chunks.find(client);
  if (found == state.chunks.end()) return;
  state.held -= found->second.bytes;
  state.chunks.erase(found);
  self->demonitor(client);
  tell_if_idle(state);
}

/// The one answer of a request whose inputs are not complete.
void refuse(chunk_buffer_pointer self, const caf::actor_addr& client, const caf::error& why) {
  const auto found = self->state.chunks.find(client);
  if (found == self->state.chunks.end()) return;
  if (found->second.promise.pending()) found->second.promise.deliver(why);
  drop(self, client);
}

void touch(chunk_buffer_pointer self, chunk& p) {
  p.touched = self->clock().now();
}

/// A client that is there but does not go on must not keep memory from others.
void look_at(chunk_buffer_pointer self, const caf::actor_addr& client) {
  const auto found = self->state.chunks.find(client);
  if (found == self->state.chunks.end() || !awaits_client(found->second)) return;
  const auto rest = found->second.touched + defaults::part_timeout - self->clock().now();
  if (rest > rest.zero()) {
    self->delayed_send(self, rest, idle_chunk_atom::value, client);
    return;
  }
  spdlog::warn("a client did not go on with its tensors for {} s: they are dropped",
               std::chrono::duration_cast<std::chrono::seconds>(defaults::part_timeout).count());
  refuse(self, client, failure("The client did not go on sending its inputs."));
}

void watch(chunk_buffer_pointer self, const caf::actor_addr& client) {
  touch(self, self->state.chunks.at(client));
  self->delayed_send(self, defaults::part_timeout, idle_chunk_atom::value, client);
}

/// Small outputs go with the reply; large ones stay until the client has fetched them.
void reply(chunk_buffer_pointer self, const caf::actor_addr& client, reply_promise promise,
           infer_reply& answer) {
  auto& state = self->state;
  const auto bytes = bytes_of(answer.outputs);
  if (bytes <= defaults::message_tensor_bytes || !client) {
    promise.deliver(std::move(answer));
    return drop(self, client);
  }
  const auto [place, fresh] = state.chunks.try_emplace(client);
  auto& p = place->second;
  if (fresh) self->monitor(client);
  state.held += bytes - p.bytes;
  p.bytes = bytes;
  p.outputs = std::move(answer.outputs);
  p.running = false;
  p.admitted = true;
  answer.outputs = shapes_of(p.outputs);
  answer.in_parts = true;
  promise.deliver(std::move(answer));
  watch(self, client);
}

void pass_on(chunk_buffer_pointer self, infer_request&& ask, const caf::strong_actor_ptr& client,
             reply_promise promise) {
  const auto address = caf::actor_cast<caf::actor_addr>(client);
  self->request(self->state.config.requester, caf::infinite, infer_atom_v, std::move(ask), client)
      .then([=](infer_reply& answer) { reply(self, address, promise, answer); },
            [=](caf::error& e) mutable {
              promise.deliver(std::move(e));
              drop(self, address);
            });
}

std::string megabytes(std::uint64_t bytes) {
  return std::to_string((bytes + 999'999) / 1'000'000) + " MB";
}

/// To the requester, once the inputs are here and the model is known to take them.
void run_if_ready(chunk_buffer_pointer self, const caf::strong_actor_ptr& client, chunk& p) {
  if (!p.admitted || !p.inputs.complete() || p.running) return;
  auto ask = std::move(p.ask);
  ask.inputs = std::move(p.inputs).tensors();
  ask.in_parts = false;
  p.running = true;
  // Copies of a promise do not know of each other: one answer, one promise.
  pass_on(self, std::move(ask), client, std::exchange(p.promise, {}));
}

caf::error no_room(const chunk_buffer_state& state, std::uint64_t bytes) {
  return failure("The inputs take " + megabytes(bytes) + "; " + state.config.self + " has " +
                 megabytes(state.held) + " of its " + megabytes(defaults::chunks_limit_bytes) +
                 " for large tensors in use. Try again in a moment, or ask another node.");
}

/// Why the model does not take inputs of these forms; none when it does.
caf::error complaint_about(const opened_model& model, const std::vector<host_tensor>& forms) {
  try {
    check_forms(model.content.model, forms);
  } catch (const user_error& e) {
    return failure(e.what());
  }
  return {};
}

/// There is no room for its inputs: nothing is taken. But that is not what the client is told whose
/// inputs are wrong anyway.
caf::result<infer_reply> turn_away(chunk_buffer_pointer self, const infer_request& ask,
                                   const caf::error& full) {
  auto promise = self->make_response_promise<infer_reply>();
  self->state.models.find(
      self, ask.model,
      [=, forms = ask.inputs](const opened_model_ptr& model) mutable {
        const auto wrong = complaint_about(*model, forms);
        promise.deliver(wrong ? wrong : full);
      },
      [=](const caf::error& e) mutable { promise.deliver(e); });
  return promise;
}

void admit(chunk_buffer_pointer self, const caf::strong_actor_ptr& client,
           const opened_model& model) {
  const auto address = caf::actor_cast<caf::actor_addr>(client);
  const auto found = self->state.chunks.find(address);
  if (found == self->state.chunks.end()) return;
  auto& p = found->second;
  if (const auto wrong = complaint_about(model, p.ask.inputs)) return refuse(self, address, wrong);
  p.admitted = true;
  watch(self, address);  // nobody looked while the client had nothing left to send
  run_if_ready(self, client, p);
}

caf::result<infer_reply> infer(chunk_buffer_pointer self, infer_request& ask,
                               const caf::strong_actor_ptr& client) {
  auto& state = self->state;
  if (!ask.in_parts) {
    const auto promise = self->make_response_promise<infer_reply>();
    pass_on(self, std::move(ask), client, promise);
    return promise;
  }
  const auto address = caf::actor_cast<caf::actor_addr>(client);
  if (!address) return failure("Inputs in parts need a client that sends them.");
  if (state.moved) return state.moved;
  if (state.chunks.count(address) != 0) return failure("This client has other tensors under way.");
  chunk p;
  try {
    p.inputs = chunk_assembler{shapes_of(ask.inputs)};
    if (p.inputs.complete()) throw user_error("Inputs that come in parts are empty.");
  } catch (const user_error& e) {
    return failure(e.what());
  }
  if (state.held + p.inputs.bytes() > defaults::chunks_limit_bytes)
    return turn_away(self, ask, no_room(state, p.inputs.bytes()));
  p.ask = ask;
  p.ask.inputs = shapes_of(ask.inputs);
  p.bytes = p.inputs.bytes();
  const auto promise = self->make_response_promise<infer_reply>();
  p.promise = promise;
  state.held += p.bytes;
  state.chunks.emplace(address, std::move(p));
  self->monitor(address);
  watch(self, address);
  state.models.find(
      self, ask.model, [=](const opened_model_ptr& model) { admit(self, client, *model); },
      [=](const caf::error& e) { refuse(self, address, e); });
  return promise;
}

caf::result<std::uint64_t> take_part(chunk_buffer_pointer self, const tensor_part& part,
                                     const caf::strong_actor_ptr& client) {
  const auto address = caf::actor_cast<caf::actor_addr>(client);
  const auto found = self->state.chunks.find(address);
  if (found == self->state.chunks.end()) return failure(nothing_under_way);
  auto& p = found->second;
  try {
    p.inputs.take(part);
  } catch (const user_error& e) {
    const auto why = failure(e.what());
    if (awaits_client(p)) refuse(self, address, why);
    return why;
  }
  touch(self, p);
  const auto taken = p.inputs.taken();
  run_if_ready(self, client, p);
  return taken;
}

caf::result<tensor_part> give_part(chunk_buffer_pointer self, std::uint64_t offset,
                                   const caf::strong_actor_ptr& client) {
  const auto found = self->state.chunks.find(caf::actor_cast<caf::actor_addr>(client));
  if (found == self->state.chunks.end()) return failure(nothing_under_way);
  touch(self, found->second);
  try {
    return cut_part(found->second.outputs, offset);
  } catch (const user_error& e) {
    return failure(e.what());
  }
}

/// Clients that have not sent everything yet send it to another node.
void leave(chunk_buffer_pointer self, const leave_reply& left) {
  auto& state = self->state;
  state.moved = redirect_of_clients(state.config.self, left);
  std::vector<caf::actor_addr> incomplete;
  for (const auto& [client, p] : state.chunks)
    if (!p.inputs.complete()) incomplete.push_back(client);
  for (const auto& client : incomplete) refuse(self, client, state.moved);
}

caf::result<bool> await_idle(chunk_buffer_pointer self) {
  auto& state = self->state;
  if (state.chunks.empty()) return true;
  state.awaiting_idle = self->make_response_promise<bool>();
  return state.awaiting_idle;
}

}  // namespace

private_chunk_buffer::behavior_type chunk_buffer(chunk_buffer_pointer self,
                                                 chunk_buffer_config config) {
  self->state.config = std::move(config);
  self->state.models = model_lookup{self->state.config.models};
  self->set_down_handler([=](caf::down_msg& down) { drop(self, down.source); });
  return {
      [=](infer_atom, infer_request& ask, const caf::strong_actor_ptr& client) {
        return infer(self, ask, client);
      },
      [=](part_atom, const tensor_part& part, const caf::strong_actor_ptr& client) {
        return take_part(self, part, client);
      },
      [=](output_atom, std::uint64_t offset, const caf::strong_actor_ptr& client) {
        return give_part(self, offset, client);
      },
      [=](idle_chunk_atom, const caf::actor_addr& client) { look_at(self, client); },
      [=](send_on_atom, const leave_reply& left) { leave(self, left); },
      [=](idle_atom) { return await_idle(self); },
      [=](detail_atom) -> std::string {
        const auto& state = self->state;
        return std::to_string(state.chunks.size()) + " requests with large tensors, " +
               std::to_string(state.held) + " bytes";
      },
  };
}

}  // namespace bramble
