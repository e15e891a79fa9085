#include "actors/requests/core/wire_trials.hpp"

#include <algorithm>
#include <utility>

namespace bramble {
namespace {

constexpr std::array rounding_wires{wire_type::fp16, wire_type::int8};

}  // namespace

wire_type wire_trials::choose(const std::string& model, double max_error) {
  const auto* known = models_.find(model);
  auto best = wire_type::fp32;
  if (!known) return best;
  const auto exact_ms = known->wires[0].ms;
  auto best_ms = exact_ms * defaults::wire_gain;
  for (const auto wire : rounding_wires) {
    const auto& each = known->wires[static_cast<std::size_t>(wire)];
    const bool keeps = each.error && *each.error <= max_error * defaults::wire_error_margin;
    if (!keeps || exact_ms == 0 || each.ms >= best_ms) continue;
    best = wire;
    best_ms = each.ms;
  }
  return best;
}

std::optional<wire_type> wire_trials::answered(const std::string& model, wire_type by,
                                               double plan_ms) {
  auto& known = models_[model];
  known.wires[static_cast<std::size_t>(by)].ms = plan_ms;
  std::optional<wire_type> next;
  if (by == wire_type::fp32) {
    for (const auto wire : rounding_wires)
      if (!next && !known.wires[static_cast<std::size_t>(wire)].error) next = wire;
  } else if (++known.since >= defaults::wire_check_every) {
    next = wire_type::fp32;
  }
  if (!next || std::exchange(known.compares, true)) return std::nullopt;
  known.since = 0;
  return next;
}

void wire_trials::compared(const std::string& model, wire_type rounding, double plan_ms,
                           double error) {
  auto& known = models_[model];
  known.compares = false;
  auto& wire = known.wires[static_cast<std::size_t>(rounding)];
  wire.ms = plan_ms;
  // What was once exceeded may be again.
  wire.error = std::max(wire.error.value_or(0), error);
}

void wire_trials::not_compared(const std::string& model) {
  models_[model].compares = false;
}

double wire_trials::error_of(const std::string& model, wire_type wire) const {
  const auto* known = models_.peek(model);
  return known ? known->wires[static_cast<std::size_t>(wire)].error.value_or(0) : 0;
}

}  // namespace bramble
