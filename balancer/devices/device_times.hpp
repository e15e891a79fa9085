#pragma once

#include <vector>

#include "balancer/devices/device.hpp"
#include "model/graph/graph.hpp"
#include "model/plan/op_table.hpp"

/// How long a described device takes. Pure. The emulating node holds its pieces to it, and plans
/// are made by tables of it: there is one answer.
namespace bramble {

/// Multiply-accumulates that its kernels do for a region: rows, pixels and channels rounded up to
/// whole tiles. Halos are in the region already. 0 for ops that do not multiply.
double kernel_macs(const device_description& device, const graph& g, op_id id, const region& out);

/// Bytes that pass through its memory: weights always, maps where together they exceed the last
/// cache.
double memory_bytes(const device_description& device, const graph& g, op_id id, const region& out);

/// A roofline: the longer of multiplying and moving, and what calling an op takes
/// (Williams, Waterman and Patterson, "Roofline", CACM 2009). In milliseconds.
double piece_ms(const device_description& device, const graph& g, op_id id, const region& out);

/// Every op whole, one after another.
double model_ms(const device_description& device, const graph& g);

/// What a calibration of such a device would say, without noise: the times of every op whole, of
/// strips of its rows and slices of its channels.
op_table device_table(const device_description& device, const graph& g);

}  // namespace bramble
