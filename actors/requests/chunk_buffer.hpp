#pragma once

#include <map>

#include "actors/internal/actors.hpp"
#include "actors/models/model_lookup.hpp"
#include "actors/protocol/parts.hpp"

namespace bramble {

struct chunk_buffer_config {
  std::string self;
  model_source models;
  requester_actor requester;
};

/// What a client has under way in parts: inputs until they are complete, then nothing but the count
/// of their bytes, then outputs.
struct chunk {
  infer_request ask;
  chunk_assembler inputs;
  caf::typed_response_promise<infer_reply> promise;
  bool admitted = false;    ///< the model takes such inputs
  std::uint64_t bytes = 0;  ///< announced, or held
  std::vector<host_tensor> outputs;
  bool running = false;  ///< the requester has it: nothing is expected of the client
  std::chrono::steady_clock::time_point touched;
};

using idle_chunk_atom = caf::atom_constant<caf::atom("idlechunk")>;
/// With its reminder to itself to look whether this client goes on.
using private_chunk_buffer =
    chunk_buffer_actor::extend<caf::reacts_to<idle_chunk_atom, caf::actor_addr>>;

struct chunk_buffer_state {
  static inline const char* name = "chunk_buffer";
  chunk_buffer_config config;
  model_lookup models;
  std::map<caf::actor_addr, chunk> chunks;  ///< by client: an actor for each inference
  std::uint64_t held = 0;                   ///< bytes of all chunks
  caf::error moved;                         ///< what clients are told once this node leaves
  caf::typed_response_promise<bool> awaiting_idle;
};

/// Between the node's face and the requester: puts together inputs that come in parts, and gives
/// large outputs out in parts, so that neither holds up the heartbeats of a slow link. What it
/// holds is bounded: inputs are announced with their shapes, which have to be those of the model,
/// and refused when all chunks together would be more than defaults::chunks_limit_bytes. Parts
/// are taken while the model is still looked up. A chunk goes with its client's end, or when the
/// client does not go on for defaults::part_timeout. Does not block.
private_chunk_buffer::behavior_type chunk_buffer(
    private_chunk_buffer::stateful_pointer<chunk_buffer_state> self, chunk_buffer_config config);

}  // namespace bramble
