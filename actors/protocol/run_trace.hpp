#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/plan/plan.hpp"

/// What nodes did for one request and when; part of the protocol (actors/protocol/messages.hpp).
namespace bramble {

/// A piece that was made, or a transfer that was handed to the network or taken in. Times are
/// milliseconds of the node's own clock.
struct trace_event {
  enum class kind_t : std::uint8_t { piece, sent, received } kind = kind_t::piece;
  std::uint32_t index = 0;  ///< op, or transfer of the plan's program
  region out;               ///< of a piece
  double begin_ms = 0;
  double end_ms = 0;  ///< as `begin_ms` but for pieces
  // Of a piece on an emulated device, what messages took of it.
  double handling_ms = 0;
  double encryption_ms = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(kind, index, out, begin_ms, end_ms, handling_ms, encryption_ms);
  }
};

/// One node's part in one request.
struct run_trace {
  std::uint64_t request = 0;
  std::string node;
  double began_ms = 0;  ///< by the node's clock, when it first heard of the request
  double ended_ms = 0;
  plan by;
  std::vector<trace_event> events;  ///< in the order in which they ended

  template <class Archive>
  void serialize(Archive& archive) {
    archive(request, node, began_ms, ended_ms, by, events);
  }
};

/// Which request: its number, or 0 for the newest of the model of this identity that the node was
/// host of and answered.
struct trace_query {
  std::string identity;
  std::uint64_t request = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(identity, request);
  }
};

/// A node's clock, in milliseconds since some moment of its own. Answered at once.
struct clock_reading {
  double ms = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(ms);
  }
};

}  // namespace bramble
