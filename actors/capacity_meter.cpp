#include "actors/capacity_meter.hpp"

#include <spdlog/spdlog.h>

#include "actors/open_model.hpp"
#include "actors/yardstick.hpp"
#include "config/base/files.hpp"
#include "config/base/hash.hpp"
#include "model/runtime/calibrate.hpp"
#include "model/runtime/device_model.hpp"
#include "model/runtime/memory.hpp"

namespace bramble {
namespace {

/// Cached calibration of `identity`, else measured now and kept.
op_table table_of(const capacity_meter_config& config, const std::string& identity,
                  device_model& model) {
  const auto key = calibration_key(config.runtime, identity);
  const auto path = config.cache / (sha256_hex(as_bytes(key)).substr(0, 16) + ".calibration");
  if (auto kept = load_calibration(path, key, model.model().ops.size())) {
    use_choices(model, *kept);
    return *kept;
  }
  spdlog::info("measuring this device with model {}", identity.substr(0, 8));
  auto measured = calibrate(model);
  try {
    save_calibration(path, key, measured);
  } catch (const user_error& e) {
    spdlog::warn("the calibration is not kept: {}", e.what());
  }
  return measured;
}

/// Stretches measured times to the asked pace. A device that is slower than the pace already is
/// refused: it would be an emulation of nothing.
capacity_ptr stretch(const capacity_meter_config& config, op_table table, const graph& g) {
  auto out = std::make_shared<capacity>();
  const auto total_ms = whole_model_ms(table);
  const auto natural = total_macs(g) / total_ms / 1e6;
  out->gmacs = natural;
  if (config.pace_gmacs) {
    out->slowdown = natural / *config.pace_gmacs;
    if (out->slowdown < 1)
      throw user_error("This machine reaches " + std::to_string(natural) +
                       " GMAC/s with this model; a pace of " + std::to_string(*config.pace_gmacs) +
                       " cannot be emulated: start the node with a smaller --pace.");
    out->gmacs = *config.pace_gmacs;
    table.stretch(out->slowdown);
  }
  out->table = std::move(table);
  return out;
}

/// The pace is reached by whole models; the yardstick only says how fast the device is by nature.
double general_gmacs(const capacity_meter_config& config) {
  if (config.pace_gmacs) return *config.pace_gmacs;
  const auto g = std::make_shared<const graph>(yardstick());
  const auto ms = [&] {
    device_model model{g, zero_blobs(*g), config.runtime};
    return whole_model_ms(table_of(config, "yardstick", model));
  }();
  return_freed_memory();
  return total_macs(*g) / ms / 1e6;
}

capacity_meter_state::measured_model measure(const capacity_meter_config& config,
                                             const std::string& identity) {
  const auto model = open_model(config.store, identity, config.runtime);
  auto measured = stretch(config, table_of(config, identity, *model), model->model());
  return {std::move(measured), std::make_shared<const graph>(model->model()), {}};
}

/// The calibration, and what the pieces that ran since say of it.
capacity_ptr as_of_now(const capacity_meter_state::measured_model& known) {
  auto out = std::make_shared<capacity>(*known.calibrated);
  out->table = known.correction.corrected(*known.model, known.calibrated->table);
  out->gmacs *= whole_model_ms(known.calibrated->table) / whole_model_ms(out->table);
  return out;
}

}  // namespace

caf::behavior capacity_meter(caf::stateful_actor<capacity_meter_state>* self,
                             capacity_meter_config config) {
  use_threads(config.runtime.threads);
  self->state.config = std::move(config);
  return {
      [=](measure_atom) -> caf::result<double> {
        try {
          return general_gmacs(self->state.config);
        } catch (const std::exception& e) {
          return failure(e.what());
        }
      },
      [=](measure_atom, const std::string& identity) -> caf::result<capacity_ptr> {
        auto& state = self->state;
        if (auto kept = state.known.find(identity); kept != state.known.end())
          return as_of_now(kept->second);
        try {
          auto measured = measure(state.config, identity);
          return_freed_memory();  // every kernel in every size was there
          return state.known.emplace(identity, std::move(measured)).first->second.calibrated;
        } catch (const std::exception& e) {
          return failure(e.what());
        }
      },
      [=](observe_atom, const run_times& times) {
        const auto known = self->state.known.find(times.identity);
        if (known == self->state.known.end()) return;
        auto& mine = known->second;
        mine.correction.observe(*mine.model, mine.calibrated->table, times.pieces);
      },
      [=](detail_atom) -> std::string {
        std::string out = std::to_string(self->state.known.size()) + " models measured";
        for (const auto& [identity, each] : self->state.known) {
          char text[64];
          std::snprintf(text, sizeof text, ", %s: %.2f GMAC/s", identity.substr(0, 8).c_str(),
                        as_of_now(each)->gmacs);
          out += text;
        }
        return out;
      },
  };
}

}  // namespace bramble
