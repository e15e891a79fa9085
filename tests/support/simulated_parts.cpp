#include "tests/support/simulated_parts.hpp"

namespace bramble::test {

dialer_actor::behavior_type simulated_dialer(dialer_actor::pointer, simulated_network* net,
                                             const std::string& me) {
  const auto reached = [=](const places& where) -> std::string {
    for (const auto& host : where.hosts)
      if (const auto* there = net->find_at(host); there && net->is_connected(me, there->name))
        return host;
    return {};
  };
  return {
      [=](knock_atom, const places& where) { return !reached(where).empty(); },
      [=](seek_atom, const places& where) -> caf::result<reached_place> {
        const auto host = reached(where);
        const auto* self = net->find(me);
        if (host.empty() || !self) return failure("nobody answered.");
        return reached_place{host, self->address};
      },
      [=](dial_atom, const std::string& host, std::uint16_t) -> caf::result<node_actor> {
        const auto* there = net->find_at(host);
        if (!there || !net->is_connected(me, there->name)) return failure("nobody answered.");
        return net->connect(me, there->name);
      },
      [](detail_atom) -> std::string { return "dials"; },
  };
}

capacity_meter_actor::behavior_type simulated_meter(capacity_meter_actor::pointer) {
  return {
      [](general_rate_atom) { return device_gmacs; },
      [](measure_atom, const std::string&) {
        return capacity_ptr{
            std::make_shared<const capacity>(capacity{{}, device_gmacs, {}, {}, {}})};
      },
      [](agree_atom, const std::string&, const kernel_wishes_ptr&) -> caf::result<capacity_ptr> {
        return failure("It has no kernels.");
      },
      [](observe_atom, const run_times&) {},
      [](time_with_atom, const metered_executor&) {},
      [](look_atom) {},
      [](speed_atom) { return 1.0; },
      [](probe_atom) { return 1.0; },
      [](detail_atom) -> std::string { return "knows"; },
  };
}

}  // namespace bramble::test
