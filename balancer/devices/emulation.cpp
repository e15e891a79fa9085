#include "balancer/devices/emulation.hpp"

#include "balancer/devices/device_times.hpp"

namespace bramble {

emulated_plan::emulated_plan(emulated_model_ptr on, const plan& p)
    : on_{std::move(on)},
      costs_{message_costs_of(on_->device)},
      cipher_ms_per_mb_{bramble::cipher_ms_per_mb(on_->device)},
      wire_{p.wire},
      transfers_{derive(*on_->model, p).transfers} {}

double emulated_plan::piece_ms(op_id op, const region& out) const {
  return bramble::piece_ms(on_->device, *on_->model, op, out);
}

message_time emulated_plan::divided(double ms, const transfer& t) const {
  const auto mb = static_cast<double>(wire_bytes(wire_, on_->model->values[t.value], t.part)) / 1e6;
  const auto encryption = mb * cipher_ms_per_mb_;
  return {ms - encryption, encryption};
}

message_time emulated_plan::sent(std::uint32_t transfer) const {
  const auto& t = transfers_.at(transfer);
  return divided(sent_ms(costs_, wire_, on_->model->values[t.value], t.part), t);
}

message_time emulated_plan::received(std::uint32_t transfer) const {
  const auto& t = transfers_.at(transfer);
  return divided(received_ms(costs_, wire_, on_->model->values[t.value], t.part), t);
}

}  // namespace bramble
