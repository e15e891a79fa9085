#pragma once

#include "model/runtime/node_run.hpp"
#include "tests/support/random_graph.hpp"

namespace bramble::test {

/// Runs one request on all nodes of a plan in this thread, passing bytes by hand, in a random order
/// of steps and arrivals.
class simulated_nodes {
 public:
  simulated_nodes(const std::shared_ptr<device_model>& device, const plan& p) : host_{p.host} {
    for (std::uint16_t n = 0; n < p.nodes.size(); ++n)
      plans_.push_back(std::make_shared<loaded_plan>(device, p, n));
  }

  std::vector<host_tensor> run(const std::vector<host_tensor>& inputs, random_source& random) {
    std::vector<node_run> nodes;
    for (std::uint16_t n = 0; n < plans_.size(); ++n)
      nodes.emplace_back(plans_[n], n == host_ ? inputs : std::vector<host_tensor>{});
    std::vector<outbound> flying;
    auto send = [&flying](std::vector<outbound> sends) {
      for (auto& s : sends) flying.push_back(std::move(s));
    };
    for (auto& node : nodes) send(node.start());
    for (;;) {
      std::vector<std::size_t> able;
      for (std::size_t n = 0; n < nodes.size(); ++n)
        if (nodes[n].next()) able.push_back(n);
      if (able.empty() && flying.empty()) break;
      if (!flying.empty() && (able.empty() || random.chance(50))) {
        const auto i = static_cast<std::size_t>(
            random.number(0, static_cast<std::int64_t>(flying.size()) - 1));
        const auto out = std::move(flying[i]);
        flying.erase(flying.begin() + static_cast<std::ptrdiff_t>(i));
        nodes.at(out.to).receive(out.transfer, {out.data, out.size});
        bytes_ += out.size;
      } else {
        auto& node = nodes[random.pick(able)];
        send(node.execute(*node.next()).sends);
      }
    }
    for (const auto& node : nodes)
      if (!node.finished()) throw std::logic_error("a node waits for ever");
    return nodes[host_].outputs();
  }

  /// Sent so far.
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::uint16_t host_;
  std::vector<std::shared_ptr<const loaded_plan>> plans_;
  std::uint64_t bytes_ = 0;
};

/// One node alone.
inline std::vector<host_tensor> run_whole(const std::shared_ptr<device_model>& device,
                                          const std::vector<host_tensor>& inputs) {
  random_source order{1};
  return simulated_nodes{device, whole_plan(device->model(), "alone")}.run(inputs, order);
}

/// The largest difference as a share of the largest element of `expected`, or of 1, about the size
/// of inputs and weights, where `expected` is smaller: what is left of larger numbers that
/// cancelled has their rounding. Infinite when shapes or types differ or one of the two is not a
/// number.
inline double difference(const host_tensor& a, const host_tensor& expected) {
  constexpr auto everything = std::numeric_limits<double>::infinity();
  if (a.shape != expected.shape || a.type != expected.type ||
      a.bytes.size() != expected.bytes.size())
    return everything;
  const auto* x = reinterpret_cast<const float*>(a.bytes.data());
  const auto* y = reinterpret_cast<const float*>(expected.bytes.data());
  double most = 0, scale = 1;
  for (std::size_t i = 0; i < a.bytes.size() / sizeof(float); ++i) {
    if (std::isnan(x[i]) != std::isnan(y[i])) return everything;
    if (std::isnan(x[i])) continue;
    most = std::max(most, std::abs(static_cast<double>(x[i]) - static_cast<double>(y[i])));
    scale = std::max(scale, std::abs(static_cast<double>(y[i])));
  }
  return most / scale;
}

}  // namespace bramble::test
