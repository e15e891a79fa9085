#include "actors/client/infer_call.hpp"

#include "actors/protocol/parts.hpp"
#include "config/defaults.hpp"

namespace bramble {
namespace {

struct call {
  caf::event_based_actor* self;
  node_actor node;
  std::shared_ptr<const infer_request> request;
  std::function<void(infer_outcome)> done;
  std::uint64_t bytes = 0;  ///< of the inputs or, once there is a reply, of its outputs
  std::uint64_t next = 0;   ///< where the next part to be sent, or asked for, begins
  infer_reply reply;
  chunk_assembler outputs;
};
using call_ptr = std::shared_ptr<call>;

void settle(const call_ptr& c, infer_outcome outcome) {
  if (!c->done) return;
  const auto done = std::move(c->done);
  c->done = nullptr;
  done(std::move(outcome));
  c->self->quit();
}

/// A node or a reply that makes no sense ends the call as any error does.
template <class Step>
void attempt(const call_ptr& c, const Step& step) {
  if (!c->done) return;
  try {
    step();
  } catch (const user_error& e) {
    settle(c, failure(e.what()));
  }
}

void send_part(const call_ptr& c) {
  if (c->next == c->bytes) return;
  auto part = cut_part(c->request->inputs, c->next);
  c->next += part.bytes.size();
  c->self->request(c->node, defaults::part_timeout, part_atom_v, std::move(part))
      .then([=](std::uint64_t) { attempt(c, [&] { send_part(c); }); },
            [=](caf::error& e) { settle(c, std::move(e)); });
}

void ask_for_part(const call_ptr& c) {
  if (c->next == c->bytes) return;
  const auto offset = c->next;
  c->next = end_of_part(c->reply.outputs, offset);
  c->self->request(c->node, defaults::part_timeout, output_atom_v, offset)
      .then(
          [=](const tensor_part& part) {
            attempt(c, [&] {
              c->outputs.take(part);
              if (!c->outputs.complete()) return ask_for_part(c);
              c->reply.outputs = std::move(c->outputs).tensors();
              c->reply.in_parts = false;
              settle(c, std::move(c->reply));
            });
          },
          [=](caf::error& e) { settle(c, std::move(e)); });
}

void take_reply(const call_ptr& c, infer_reply& reply) {
  if (!reply.in_parts) return settle(c, std::move(reply));
  c->reply = std::move(reply);
  c->outputs = chunk_assembler{c->reply.outputs};
  c->bytes = c->outputs.bytes();
  c->next = 0;
  if (c->bytes == 0) throw user_error("The node announced outputs that are empty.");
  for (std::size_t i = 0; i < defaults::parts_under_way; ++i) ask_for_part(c);
}

}  // namespace

void infer_call(caf::event_based_actor* self, node_actor node,
                std::shared_ptr<const infer_request> request,
                std::function<void(infer_outcome)> done) {
  const auto c = std::make_shared<call>();
  c->self = self;
  c->node = std::move(node);
  c->request = std::move(request);
  c->done = std::move(done);
  // CAF drops what is in flight to a node that dies without a word: somebody has to watch it.
  self->set_down_handler(
      [=](const caf::down_msg&) { settle(c, caf::make_error(caf::sec::request_receiver_down)); });
  self->monitor(c->node);
  auto ask = [&](const infer_request& what) {
    self->request(c->node, defaults::plan_timeout + defaults::request_patience, infer_atom_v, what)
        .then([=](infer_reply& reply) { attempt(c, [&] { take_reply(c, reply); }); },
              [=](caf::error& e) { settle(c, std::move(e)); });
  };
  attempt(c, [&] {
    const auto& whole = *c->request;
    const auto bytes = bytes_of(whole.inputs);
    if (bytes <= defaults::message_tensor_bytes) return ask(whole);
    infer_request head;
    head.model = whole.model;
    head.method = whole.method;
    head.wire = whole.wire;
    head.exact = whole.exact;
    head.max_error = whole.max_error;
    head.inputs = shapes_of(whole.inputs);
    head.in_parts = true;
    ask(head);
    c->bytes = bytes;
    for (std::size_t i = 0; i < defaults::parts_under_way; ++i) send_part(c);
  });
}

}  // namespace bramble
