#include "balancer/devices/load_devices.hpp"

#include "balancer/devices/device_file.hpp"
#include "balancer/devices/device_times.hpp"

namespace bramble {

void load_devices(shelf& s, const graph& g) {
  for (auto& node : s.nodes) {
    if (node.device.empty()) continue;
    const auto device = find_device(node.device);
    node.table = device_table(device, g);
    node.messages = message_costs_of(device);
    if (node.nic_mbit == 0) node.nic_mbit = device.nic_mbit;
  }
}

}  // namespace bramble
