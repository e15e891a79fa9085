#pragma once

// LibTorch first, see catch.hpp.
#include <ATen/ATen.h>
//
#include <array>
#include <deque>
#include <memory>

#include "balancer/search/planner.hpp"
#include "config/base/files.hpp"
#include "model/runtime/node_run.hpp"
#include "model/store/store.hpp"
#include "tests/support/catch.hpp"

// Stored graphs by the plans of several nodes, all of them in this process.
namespace bramble::test {

/// All nodes of a plan in one process, passing their transfers on at once.
class model_on_nodes {
 public:
  model_on_nodes(const model_store& store, const graph& g, bool direct_onednn)
      : device_{std::make_shared<device_model>(
            std::make_shared<const graph>(g),
            [store](const std::string& sha256) { return map_file(store.blob_path(sha256)); },
            runtime_options{1, direct_onednn})} {
    use_threads(1);
  }

  at::Tensor run(const plan& p, const at::Tensor& x) {
    std::vector<std::unique_ptr<node_run>> runs;
    for (std::uint16_t node = 0; node < p.nodes.size(); ++node)
      runs.push_back(std::make_unique<node_run>(
          std::make_shared<const loaded_plan>(device_, p, node),
          node == p.host ? std::vector<host_tensor>{to_host(x)} : std::vector<host_tensor>{}));
    std::deque<outbound> on_the_way;
    const auto post = [&](std::vector<outbound> sends) {
      for (auto& s : sends) on_the_way.push_back(std::move(s));
    };
    post(runs[p.host]->start());
    for (bool busy = true; busy;) {
      busy = !on_the_way.empty();
      for (; !on_the_way.empty(); on_the_way.pop_front()) {
        const auto& s = on_the_way.front();
        runs[s.to]->receive(s.transfer, {s.data, s.size});
      }
      for (auto& run : runs) {
        const auto step = run->next();
        if (!step) continue;
        post(run->execute(*step).sends);
        busy = true;
      }
    }
    for (const auto& run : runs) REQUIRE(run->finished());
    return to_torch(runs[p.host]->outputs().at(0));
  }

 private:
  static host_tensor to_host(const at::Tensor& x) {
    const auto* bytes = static_cast<const std::uint8_t*>(x.data_ptr());
    return {x.sizes().vec(), element_type::f32, {bytes, bytes + x.nbytes()}};
  }

  static at::Tensor to_torch(const host_tensor& tensor) {
    auto out = at::empty(tensor.shape);
    REQUIRE(out.nbytes() == tensor.bytes.size());
    std::copy(tensor.bytes.begin(), tensor.bytes.end(), static_cast<std::uint8_t*>(out.data_ptr()));
    return out;
  }

  std::shared_ptr<device_model> device_;
};

inline shelf four_nodes() {
  shelf s;
  s.host = "a";
  for (const auto* name : {"a", "b", "c", "d"}) {
    shelf_node node;
    node.name = name;
    node.gmacs = 6;
    node.memory_mb = 4096;
    node.nic_mbit = 940;
    s.nodes.push_back(node);
  }
  return s;
}

inline double difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>() / b.abs().max().item<double>();
}

/// Whole on one node, by branches on four and in strips on four, with both ways to convolve.
inline void check_everywhere(const model_store& store, const graph& g, const at::Tensor& x,
                             const at::Tensor& expected) {
  for (const bool direct : {true, false}) {
    INFO((direct ? "direct oneDNN" : "through LibTorch"));
    model_on_nodes nodes{store, g, direct};
    const auto alone = nodes.run(whole_plan(g, "a"), x);
    CHECK(difference(alone, expected) < 1e-5);
    for (const auto* method : {"seed", "bramble"}) {
      INFO(method);
      const auto p = make_plan(g, four_nodes(), {method, wire_type::fp32});
      CHECK(difference(nodes.run(p, x), expected) < 1e-5);
    }
  }
}

/// Every op that can be in strips of rows over all four, in other shares from op to op; whatever a
/// planner would say of so small a model.
inline plan in_strips(const graph& g) {
  auto p = whole_plan(g, "a");
  p.nodes = {"a", "b", "c", "d"};
  p.pieces.clear();
  for (op_id id = 0; id < g.ops.size(); ++id) {
    const auto whole = extent(g.values[g.ops[id].outputs[0]]);
    const auto rows = whole.rows.size();
    if (!splittable(g, g.ops[id]) || rows < 4) {
      p.pieces.push_back({id, static_cast<std::uint16_t>(id % 4), whole});
      continue;
    }
    const std::array<std::int64_t, 5> lines{0, 1 + id % (rows / 4), rows / 2, rows - 1 - id % 2,
                                            rows};
    for (std::uint16_t node = 0; node < 4; ++node) {
      auto out = whole;
      out.rows = {lines[node], lines[node + 1U]};
      if (!out.empty()) p.pieces.push_back({id, node, out});
    }
  }
  return p;
}

}  // namespace bramble::test
