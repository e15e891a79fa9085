#pragma once

#include <nlohmann/json.hpp>

#include "balancer/devices/kind_times.hpp"
#include "console/bench.hpp"

namespace bramble {

/// What the owner of real devices sends so that a description can be held against them: kinds of
/// machines, their figures and times, by kind of op on the host. Nodes have numbers, the host is
/// the first; no name, address, cluster or input is in it (docs/devices.md).
nlohmann::json owner_report(const bench_result& result,
                            const std::array<kind_time, op_classes>& host_times);

}  // namespace bramble
