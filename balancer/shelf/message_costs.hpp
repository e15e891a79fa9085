#pragma once

#include <cstdint>

#include "config/defaults_balancer.hpp"
#include "model/graph/region.hpp"
#include "model/plan/plan.hpp"

namespace bramble {

/// What messages cost a node's computing, in milliseconds of its pieces' time: while a core sends
/// or receives, pieces have it not, so of a node whose pieces use all cores it is one core's share.
/// Handling keeps up with the wire and adds nothing to a message's way.
struct message_costs {
  double message_ms = defaults::message_cpu_ms;  ///< of each message, on either side
  double sent_ms_per_mb = defaults::message_cpu_ms_per_mb;
  double received_ms_per_mb = defaults::message_cpu_ms_per_mb;
  /// Converting elements to or from what travels, per MB of fp32: the computing thread does that.
  double fp16_ms_per_mb = defaults::fp16_convert_ms_per_mb;
  double int8_ms_per_mb = defaults::int8_convert_ms_per_mb;

  friend bool operator==(const message_costs&, const message_costs&) = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(message_ms, sent_ms_per_mb, received_ms_per_mb, fp16_ms_per_mb, int8_ms_per_mb);
  }
};

/// Whether all of them are finite and none is negative.
bool is_sound(const message_costs& costs);

/// Bytes of a part of a value as it travels: fp16 two per element, int8 one and a scale per
/// channel.
std::uint64_t wire_bytes(wire_type wire, const value_info& value, const region& part);

/// What sending or receiving it costs a node.
double sent_ms(const message_costs& costs, wire_type wire, const value_info& value,
               const region& part);
double received_ms(const message_costs& costs, wire_type wire, const value_info& value,
                   const region& part);

}  // namespace bramble
