#include "balancer/devices/emulation.hpp"

#include "balancer/devices/device_times.hpp"

namespace bramble {

emulated_plan::emulated_plan(emulated_model_ptr on, const plan& p)
    : on_{std::move(on)},
      costs_{message_costs_of(on_->device)},
      wire_{p.wire},
      transfers_{derive(*on_->model, p).transfers} {}

double emulated_plan::piece_ms(op_id op, const region& out) const {
  return bramble::piece_ms(on_->device, *on_->model, op, out);
}

double emulated_plan::sent_ms(std::uint32_t transfer) const {
  const auto& t = transfers_.at(transfer);
  return bramble::sent_ms(costs_, wire_, on_->model->values[t.value], t.part);
}

double emulated_plan::received_ms(std::uint32_t transfer) const {
  const auto& t = transfers_.at(transfer);
  return bramble::received_ms(costs_, wire_, on_->model->values[t.value], t.part);
}

}  // namespace bramble
