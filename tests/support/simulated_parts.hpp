#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/simulated_network.hpp"

/// What a node of a simulated shelf has in place of sockets and of a device that can be measured.
namespace bramble::test {

inline constexpr double device_gmacs = 0.05;  // 0.2 s for the model of the simulation

/// Sends through the simulated network, and knows its rates without measuring.
class simulated_transport : public tensor_transport {
 public:
  simulated_transport(simulated_network& net, std::string me) : net_{net}, me_{std::move(me)} {}

  void add_peer(const std::string& name, const std::vector<std::string>&, std::uint16_t) override {
    if (auto* machine = net_.find(me_)) machine->tensor_peers.insert(name);
  }
  void expect_peer(const std::string&) override {}
  void remove_peer(const std::string& name) override {
    if (auto* machine = net_.find(me_)) machine->tensor_peers.erase(name);
  }
  send_result send(const std::string& peer, frame_header header, std::shared_ptr<const void>,
                   const std::uint8_t* data, std::size_t size,
                   std::function<void(bool)> done) override {
    header.size = size;
    frame what{header, allocate_payload(size)};
    std::copy_n(data, size, what.data.get());
    if (!net_.carry(me_, peer, what)) return send_result::no_link;
    if (done) done(true);
    return send_result::queued;
  }
  bool probe(const std::string&) override { return true; }
  void limit_rate(double) override {}
  std::vector<link_stats> stats() const override {
    std::vector<link_stats> out;
    if (const auto* machine = net_.find(me_))
      for (const auto& peer : machine->tensor_peers) {
        link_stats link;
        link.peer = peer;
        link.up = net_.has_tensor_link(me_, peer);
        link.mbit_out = net_.rate(me_, peer);
        link.mbit_in = net_.rate(peer, me_);
        link.settled_out = true;
        link.rtt_ms = 0.4;
        out.push_back(link);
      }
    return out;
  }

 private:
  simulated_network& net_;
  std::string me_;
};

/// Finds and connects at once, or not at all.
dialer_actor::behavior_type simulated_dialer(dialer_actor::pointer self, simulated_network* net,
                                             const std::string& me);

/// Of a device of `device_gmacs` that is never slower.
capacity_meter_actor::behavior_type simulated_meter(capacity_meter_actor::pointer self);

}  // namespace bramble::test
