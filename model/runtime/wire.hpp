#pragma once

#include "config/base/codec.hpp"
#include "model/plan/program.hpp"

namespace bramble {

/// How a transfer's floats are written between two nodes. fp32 is exact. fp16 is rounded to the
/// nearest half and saturates at 65504: at most 2^-11 of the element. int8 has one scale per
/// channel of the region: at most 1/254 of the channel's largest magnitude. Values that are no
/// floats, and floats that are no map, always travel as they are. Not-a-numbers stay so in fp16 and
/// become 0 in int8.

/// Bytes of the payload.
std::size_t encoded_bytes(wire_type wire, const value_info& value, const region& part);

/// Writes `part`, dense (NHWC for maps) at `from`, to `to`, which has room for `encoded_bytes`.
void encode_wire(wire_type wire, const value_info& value, const region& part,
                 const std::uint8_t* from, std::uint8_t* to);

/// The way back. Throws `user_error` unless `payload` has `encoded_bytes`.
void decode_wire(wire_type wire, const value_info& value, const region& part, byte_span payload,
                 std::uint8_t* to);

}  // namespace bramble
