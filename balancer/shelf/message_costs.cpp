#include "balancer/shelf/message_costs.hpp"

#include <algorithm>
#include <cmath>

namespace bramble {
namespace {

double handled_ms(const message_costs& costs, double ms_per_mb, wire_type wire,
                  const value_info& value, const region& part) {
  auto ms = costs.message_ms + static_cast<double>(wire_bytes(wire, value, part)) / 1e6 * ms_per_mb;
  if (wire != wire_type::fp32 && value.type == element_type::f32)
    ms += static_cast<double>(bytes_of(value, part)) / 1e6 *
          (wire == wire_type::fp16 ? costs.fp16_ms_per_mb : costs.int8_ms_per_mb);
  return ms;
}

}  // namespace

bool is_sound(const message_costs& costs) {
  const auto all = {costs.message_ms, costs.sent_ms_per_mb, costs.received_ms_per_mb,
                    costs.fp16_ms_per_mb, costs.int8_ms_per_mb};
  return std::ranges::all_of(all, [](double ms) { return std::isfinite(ms) && ms >= 0; });
}

std::uint64_t wire_bytes(wire_type wire, const value_info& value, const region& part) {
  if (value.type != element_type::f32) return bytes_of(value, part);
  const auto count = static_cast<std::uint64_t>(part.elements());
  if (wire == wire_type::fp32) return count * 4;
  if (wire == wire_type::fp16) return count * 2;
  // Each channel of a map has a scale of its own; anything else has one in all.
  const auto scales = is_map(value) ? static_cast<std::uint64_t>(part.channels.size()) : 1;
  return count + scales * sizeof(float);
}

double sent_ms(const message_costs& costs, wire_type wire, const value_info& value,
               const region& part) {
  return handled_ms(costs, costs.sent_ms_per_mb, wire, value, part);
}

double received_ms(const message_costs& costs, wire_type wire, const value_info& value,
                   const region& part) {
  return handled_ms(costs, costs.received_ms_per_mb, wire, value, part);
}

}  // namespace bramble
