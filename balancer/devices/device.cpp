#include "balancer/devices/device.hpp"

#include "config/parse.hpp"

namespace bramble {

std::string name_of(const device_description& device) {
  return device.factor == 1 ? device.id : device.id + "@" + format_number(device.factor);
}

device_description at_speed(device_description device, double factor) {
  device.factor *= factor;
  for (auto* kernels : {&device.dense_3x3, &device.dense, &device.depthwise})
    kernels->gmacs *= factor;
  device.memory_gb_per_s *= factor;
  for (auto& end : device.likely_gb_per_s) end *= factor;
  for (auto* ms : {&device.op_fixed_ms, &device.message_ms, &device.sent_ms_per_mb,
                   &device.received_ms_per_mb, &device.fp16_ms_per_mb, &device.int8_ms_per_mb})
    *ms /= factor;
  device.cipher.mb_per_s *= factor;
  return device;
}

double cipher_ms_per_mb(const device_description& device) {
  return 1e3 / device.cipher.mb_per_s / device.cores;
}

message_costs message_costs_of(const device_description& device) {
  message_costs out;
  out.message_ms = device.message_ms / device.cores;
  out.sent_ms_per_mb = device.sent_ms_per_mb / device.cores + cipher_ms_per_mb(device);
  out.received_ms_per_mb = device.received_ms_per_mb / device.cores + cipher_ms_per_mb(device);
  out.fp16_ms_per_mb = device.fp16_ms_per_mb;
  out.int8_ms_per_mb = device.int8_ms_per_mb;
  return out;
}

}  // namespace bramble
