#pragma once

#include "actors/client/infer_call.hpp"
#include "actors/models/model_reader.hpp"
#include "actors/node/node.hpp"
#include "actors/requests/chunk_buffer.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/temporary_folder.hpp"

namespace bramble::test {

inline const std::vector<std::int64_t> large{1, 1, 701, 703};  // 1.97 MB, no multiple of a part
inline const std::vector<std::int64_t> small{1, 1, 2, 2};

/// Adds two inputs of this shape.
inline manifest sum_model(const std::vector<std::int64_t>& shape) {
  manifest m;
  m.model.name = "sum";
  m.model.values = {{shape, element_type::f32, no_id},
                    {shape, element_type::f32, no_id},
                    {shape, element_type::f32, 0}};
  m.model.inputs = {0, 1};
  m.model.outputs = {2};
  op o;
  o.name = "aten::maximum";
  o.kind = op_kind::elementwise;
  o.inputs = {0, 1};
  o.outputs = {2};
  o.call = {"aten::maximum", "", {value_ref{0}, value_ref{1}}};
  m.model.ops = {o};
  return m;
}

inline host_tensor pattern(const std::vector<std::int64_t>& shape, std::uint8_t seed) {
  host_tensor out{shape, element_type::f32, byte_vector(4 * element_count(shape))};
  for (std::size_t i = 0; i < out.bytes.size(); ++i)
    out.bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 251 + seed);
  return out;
}

inline infer_request request_of(const std::vector<std::int64_t>& shape) {
  infer_request out;
  out.model = &shape == &large ? "large" : "small";
  out.inputs = {pattern(shape, 1), pattern(shape, 2)};
  return out;
}

inline infer_request announcement() {
  auto out = request_of(large);
  out.inputs = shapes_of(out.inputs);
  out.in_parts = true;
  return out;
}

/// A node whose requester does what the test says: its face, its chunk buffer.
struct shelf_of_one : actor_fixture {
  temporary_folder folder;
  model_store store{folder.path() / "models"};
  /// What the requester got, and what it answers: the inputs, or an error. Empty: not yet.
  std::shared_ptr<std::vector<infer_request>> got = std::make_shared<std::vector<infer_request>>();
  std::shared_ptr<std::optional<std::string>> error =
      std::make_shared<std::optional<std::string>>();
  std::shared_ptr<bool> answers = std::make_shared<bool>(true);
  requester_actor requests;
  chunk_buffer_actor chunks;
  node_actor face;

  shelf_of_one() {
    store.set_name("large", {store.put_manifest(sum_model(large))});
    store.set_name("small", {store.put_manifest(sum_model(small))});
    requests = fake<requester_actor>([got = got, error = error, answers = answers](
                                         caf::event_based_actor* self) -> caf::behavior {
      return {[=](infer_atom, const infer_request& ask,
                  const caf::strong_actor_ptr&) -> caf::result<infer_reply> {
        got->push_back(ask);
        if (*error) return failure(**error);
        if (!*answers) {
          self->make_response_promise();
          return caf::delegated<infer_reply>{};
        }
        infer_reply out;
        out.outputs = ask.inputs;
        return out;
      }};
    });
    const model_source models{spawn(model_reader, store), nullptr};
    chunks = spawn(chunk_buffer, chunk_buffer_config{"pi1", models, requests});
    node_parts inside;
    inside.chunks = chunks;
    inside.models = models;
    face = system.spawn(node, hello{}, inside);
    spawned(face);
    run();
  }

  void spawned(const node_actor& which) {
    spawn([which](caf::event_based_actor* self) -> caf::behavior {
      self->link_to(which);
      return {[](const std::string&) {}};
    });
  }

  std::shared_ptr<infer_outcome> call(const node_actor& node, const infer_request& request) {
    auto out = std::make_shared<infer_outcome>();
    spawn(infer_call, node, std::make_shared<const infer_request>(request),
          [out](infer_outcome what) { *out = std::move(what); });
    run();
    return out;
  }

  caf::strong_actor_ptr client() {
    return caf::actor_cast<caf::strong_actor_ptr>(spawn(
        [](caf::event_based_actor*) -> caf::behavior { return {[](const std::string&) {}}; }));
  }

  std::string held() { return *ask<std::string>(chunks, detail_atom::value)->reply; }
  const std::string nothing = "0 requests with large tensors, 0 bytes";
};

}  // namespace bramble::test
