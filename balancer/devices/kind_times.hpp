#pragma once

#include <array>

#include "balancer/devices/device.hpp"
#include "model/graph/graph.hpp"
#include "model/plan/op_table.hpp"

namespace bramble {

/// Kinds of ops as descriptions tell them apart.
enum class op_class : std::uint8_t { dense_3x3, dense, depthwise, other };
inline constexpr std::size_t op_classes = 4;

const char* name_of(op_class which);  ///< as a description's table is called; "other" has none

op_class class_of(const graph& g, op_id id);

/// What all ops of one class take together, each whole.
struct kind_time {
  std::size_t ops = 0;
  double macs = 0;
  double weight_bytes = 0;
  double ms = 0;
};

/// A model on a device as its table says: what a description is to be held against. Ops that the
/// table does not know are left out. By `op_class`.
std::array<kind_time, op_classes> times_by_kind(const graph& g, const op_table& table);

}  // namespace bramble
