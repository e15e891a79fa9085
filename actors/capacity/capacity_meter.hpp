#pragma once

#include <filesystem>
#include <map>
#include <optional>

#include "actors/internal/actors.hpp"
#include "balancer/shelf/recovery_watch.hpp"
#include "model/runtime/threads.hpp"
#include "model/store/store.hpp"

namespace bramble {

struct capacity_meter_config {
  model_store store;
  std::filesystem::path cache;  ///< folder of calibrations
  runtime_options runtime;
  std::optional<double> pace_gmacs;          ///< emulate a device of this rate
  std::optional<device_description> device;  ///< emulate this one; not both
  event_teller tell = {};                    ///< of a device that became slower or quicker
};

/// Measures how fast this device runs each op of a model at each size, once, and keeps that on
/// disk; what executed pieces took corrects it from then on, and where there are none for a while,
/// a piece of the reference network. With a pace, all times are stretched by one factor so that the
/// whole model runs at that rate; the executor stretches the pieces by the same factor. With a
/// device, the times are those of its description, and the executor holds the pieces to them; what
/// is measured chooses the kernels. Computes for seconds: spawn it detached.
struct capacity_meter_state {
  static inline const char* name = "capacity_meter";
  capacity_meter_config config;
  struct measured_model {
    capacity_ptr calibrated;
    std::shared_ptr<const graph> model;
    capacity_correction correction;
    recovery_watch recovery;
  };
  std::map<std::string, measured_model> known;  ///< by identity
  metered_executor executor;
  double told_speed = 1;  ///< of the events: share of its calibration, as `speed_atom` answers
  bool timing = false;    ///< it was asked to, and has not answered yet
};

capacity_meter_actor::behavior_type capacity_meter(
    capacity_meter_actor::stateful_pointer<capacity_meter_state> self,
    capacity_meter_config config);

}  // namespace bramble
