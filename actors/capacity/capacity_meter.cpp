#include "actors/capacity/capacity_meter.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <functional>

#include "actors/capacity/pace.hpp"
#include "balancer/devices/device_times.hpp"
#include "config/base/files.hpp"
#include "config/base/hash.hpp"
#include "config/defaults_measuring.hpp"
#include "config/defaults_observing.hpp"
#include "config/format.hpp"
#include "model/runtime/calibrate.hpp"
#include "model/runtime/device_model.hpp"
#include "model/runtime/memory.hpp"
#include "model/runtime/open_model.hpp"
#include "model/runtime/reference_network.hpp"

namespace bramble {
namespace {

/// An identity is shortened as git shortens hashes; other names stay whole.
std::string short_name(const std::string& identity) {
  return identity.size() == sha256_hex({}).size() ? identity.substr(0, 8) : identity;
}

std::filesystem::path path_of(const capacity_meter_config& config, const std::string& key) {
  return config.cache / (sha256_hex(as_bytes(key)).substr(0, 16) + ".calibration");
}

void keep_calibration(const capacity_meter_config& config, const std::string& key,
                      const op_table& measured) {
  try {
    save_calibration(path_of(config, key), key, measured);
  } catch (const user_error& e) {
    spdlog::warn("the calibration is not kept: {}", e.what());
  }
}

/// Cached calibration of `identity`, else measured now and kept.
op_table table_of(const capacity_meter_config& config, const std::string& identity,
                  device_model& model) {
  const auto key = calibration_key(config.runtime, identity);
  if (auto kept = load_calibration(path_of(config, key), key, model.model().ops.size())) {
    use_choices(model, *kept);
    return *kept;
  }
  spdlog::info("measuring this device with model {}", short_name(identity));
  auto measured = calibrate(model);
  keep_calibration(config, key, measured);
  return measured;
}

/// What this device reaches with a few convolutions, by nature.
double natural_gmacs(const capacity_meter_config& config) {
  const auto g = std::make_shared<const graph>(reference_network());
  const auto ms = [&] {
    device_model model{g, zero_blobs(*g), config.runtime};
    return whole_model_ms(table_of(config, "reference_network", model));
  }();
  return_freed_memory();
  return total_macs(*g) / ms / 1e6;
}

/// Stretches measured times to the asked pace.
std::shared_ptr<capacity> stretch(const capacity_meter_config& config, op_table table,
                                  const graph& g) {
  auto out = std::make_shared<capacity>();
  const auto natural = total_macs(g) / whole_model_ms(table) / 1e6;
  const auto device = paced(
      natural, [&] { return natural_gmacs(config); }, config.pace_gmacs);
  out->gmacs = device.gmacs;
  out->pace.slowdown = device.slowdown;
  if (config.pace_gmacs) table.stretch(device.slowdown);
  out->table = std::move(table);
  return out;
}

/// As described: of what was measured, the choice of kernels and their bits are left.
std::shared_ptr<capacity> described(const device_description& device, op_table measured,
                                    std::shared_ptr<const graph> g) {
  auto out = std::make_shared<capacity>();
  out->table = std::move(measured);
  auto times = device_table(device, *g);
  out->table.ops = std::move(times.ops);
  out->table.slices = std::move(times.slices);
  out->gmacs = total_macs(*g) / whole_model_ms(out->table) / 1e6;
  out->messages = message_costs_of(device);
  out->pace.device = std::make_shared<const emulated_model>(emulated_model{std::move(g), device});
  return out;
}

/// The pace is reached by whole models; the reference network only says how fast the device is by
/// nature.
double general_gmacs(const capacity_meter_config& config) {
  if (config.pace_gmacs) return *config.pace_gmacs;
  if (!config.device) return natural_gmacs(config);
  const auto g = reference_network();
  return total_macs(g) / model_ms(*config.device, g) / 1e6;
}

/// What a calibration comes to, as this device is paced or described.
capacity_ptr capacity_by(const capacity_meter_config& config, op_table measured,
                         const std::shared_ptr<const graph>& g) {
  const auto kernels = kernels_of(measured);
  auto out = config.device ? described(*config.device, std::move(measured), g)
                           : stretch(config, std::move(measured), *g);
  out->pace.kernels = kernels;
  out->processor = calibration_key(config.runtime, "");
  return out;
}

capacity_meter_state::measured_model measure(const capacity_meter_config& config,
                                             const std::string& identity) {
  const auto model = open_model(config.store, identity, config.runtime);
  const auto g = std::make_shared<const graph>(model->model());
  return {capacity_by(config, table_of(config, identity, *model), g), g, {}, {}};
}

/// Computes ops of a measured model as it is wished, where that costs little, from now on.
void adopt(const capacity_meter_config& config, const std::string& identity,
           const std::vector<kernel_wish>& wishes, capacity_meter_state::measured_model& known) {
  const auto model = open_model(config.store, identity, config.runtime);
  auto table = table_of(config, identity, *model);
  const auto changed = adopt_kernels(*model, table, wishes);
  spdlog::info("{} of {} ops of model {} are computed as on the rest of the shelf", changed,
               wishes.size(), short_name(identity));
  if (changed == 0) return;
  keep_calibration(config, calibration_key(config.runtime, identity), table);
  known.calibrated = capacity_by(config, std::move(table), known.model);
}

/// The calibration, and what the pieces that ran since say of it.
capacity_ptr as_of_now(const capacity_meter_state::measured_model& known) {
  auto out = std::make_shared<capacity>(*known.calibrated);
  out->table = known.correction.corrected(*known.model, known.calibrated->table);
  out->gmacs *= whole_model_ms(known.calibrated->table) / whole_model_ms(out->table);
  return out;
}

using capacity_meter_pointer = capacity_meter_actor::stateful_pointer<capacity_meter_state>;
using known_models = std::map<std::string, capacity_meter_state::measured_model>;

/// How many times its calibration the device takes for this model.
double slowness(const capacity_meter_state::measured_model& known) {
  return known.calibrated->gmacs / as_of_now(known)->gmacs;
}

/// Of the model that it is slowest with; 1 where it knows none.
double least_speed(const known_models& known) {
  double least = 1;
  for (const auto& [identity, each] : known) least = std::min(least, 1 / slowness(each));
  return least;
}

/// Much quicker or slower than it was when that was told last.
void tell_of_speed(capacity_meter_state& state) {
  const auto speed = least_speed(state.known);
  if (std::max(speed / state.told_speed, state.told_speed / speed) < defaults::change_that_is_told)
    return;
  const bool slower = speed < state.told_speed;
  tell(state.config.tell, "device", "",
       std::string{slower ? "the device has become slower" : "the device has recovered"} +
           ": it computes at " + percent(speed) + " of what it was measured at, before at " +
           percent(state.told_speed));
  state.told_speed = speed;
}

void take_timing(capacity_meter_state::measured_model& model, const std::string& identity,
                 double ms, std::chrono::steady_clock::time_point now) {
  const auto change = model.recovery.timed(ms, now);
  if (change == 1) return;
  model.correction.scale(change);
  spdlog::info("this device is {:.1f} times as quick with model {} as when it last worked on it",
               1 / change, short_name(identity));
}

/// Measured now where it is not known. Who has it before a plan is made paces the pieces likewise.
capacity_ptr capacity_with(capacity_meter_pointer self, const std::string& identity) {
  auto& state = self->state;
  capacity_ptr out;
  if (const auto kept = state.known.find(identity); kept != state.known.end()) {
    kept->second.recovery.asked(self->clock().now());
    out = as_of_now(kept->second);
  } else {
    auto measured = measure(state.config, identity);
    return_freed_memory();  // every kernel in every size was there
    out = state.known.emplace(identity, std::move(measured)).first->second.calibrated;
  }
  if (state.executor) self->send(state.executor, slowdown_atom::value, identity, out->pace);
  return out;
}

/// The same after a try of other kernels.
capacity_ptr capacity_adopting(capacity_meter_pointer self, const std::string& identity,
                               const std::vector<kernel_wish>& wishes) {
  capacity_with(self, identity);
  auto& state = self->state;
  adopt(state.config, identity, wishes, state.known.at(identity));
  return_freed_memory();
  return capacity_with(self, identity);
}

/// Has a piece of the reference network timed for the models that want it, or for all.
void time_device(capacity_meter_pointer self, bool forced, std::function<void()> done) {
  self->request(self->state.executor, defaults::remeasure_timeout, reference_atom::value)
      .then(
          [=](double ms) {
            const auto now = self->clock().now();
            for (auto& [identity, each] : self->state.known)
              if (forced || each.recovery.is_due(now)) take_timing(each, identity, ms, now);
            done();
          },
          [=](caf::error& e) {
            spdlog::debug("the device was not timed: {}", sentence_of(e));
            done();
          });
}

/// Has the device timed when pieces of some model were not seen for long.
void look(capacity_meter_pointer self) {
  auto& state = self->state;
  const auto now = self->clock().now();
  const bool due = std::ranges::any_of(
      state.known, [&](const auto& each) { return each.second.recovery.is_due(now); });
  if (!due || state.timing || !state.executor) return;
  state.timing = true;
  time_device(self, false, [=] { self->state.timing = false; });
}

}  // namespace

capacity_meter_actor::behavior_type capacity_meter(capacity_meter_pointer self,
                                                   capacity_meter_config config) {
  use_threads(config.runtime.threads);
  self->state.config = std::move(config);
  return {
      [=](general_rate_atom) -> caf::result<double> {
        try {
          return general_gmacs(self->state.config);
        } catch (const std::exception& e) {
          return failure(e.what());
        }
      },
      [=](measure_atom, const std::string& identity) -> caf::result<capacity_ptr> {
        try {
          return capacity_with(self, identity);
        } catch (const std::exception& e) {
          return failure(e.what());
        }
      },
      [=](agree_atom, const std::string& identity,
          const kernel_wishes_ptr& wishes) -> caf::result<capacity_ptr> {
        try {
          return capacity_adopting(self, identity, *wishes);
        } catch (const std::exception& e) {
          return failure(e.what());
        }
      },
      [=](observe_atom, const run_times& times) {
        const auto known = self->state.known.find(times.identity);
        if (known == self->state.known.end()) return;
        auto& mine = known->second;
        mine.correction.observe(*mine.model, mine.calibrated->table, times.pieces);
        mine.recovery.observed(slowness(mine), self->clock().now());
        tell_of_speed(self->state);
      },
      [=](time_with_atom, const metered_executor& executor) { self->state.executor = executor; },
      [=](look_atom) { look(self); },
      [=](speed_atom) { return least_speed(self->state.known); },
      [=](probe_atom) -> caf::result<double> {
        auto promise = self->make_response_promise<double>();
        time_device(self, true, [=]() mutable { promise.deliver(least_speed(self->state.known)); });
        return promise;
      },
      [=](detail_atom) -> std::string {
        std::string out = std::to_string(self->state.known.size()) + " models measured";
        for (const auto& [identity, each] : self->state.known) {
          char text[64];
          std::snprintf(text, sizeof text, ", %s: %.2f GMAC/s", short_name(identity).c_str(),
                        as_of_now(each)->gmacs);
          out += text;
        }
        return out;
      },
  };
}

}  // namespace bramble
