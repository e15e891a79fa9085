#include "tests/support/simulated_engine.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "config/base/error.hpp"
#include "config/defaults.hpp"
#include "model/graph/region.hpp"

namespace bramble::test {
namespace {

shelf shelf_of_one(double gmacs) {
  shelf out;
  out.host = "device";
  out.nodes.resize(1);
  out.nodes[0].name = "device";
  out.nodes[0].gmacs = gmacs;
  out.nodes[0].nic_mbit = defaults::assumed_nic_mbit;
  return out;
}

struct simulated_plan : prepared_plan {
  simulated_plan(std::shared_ptr<const graph> graph, const plan& from, std::uint16_t which)
      : g{std::move(graph)}, p{from}, node{which}, whole{derive(*g, p)} {}

  std::uint64_t weight_bytes() const override { return 0; }
  const node_program& mine() const { return whole.nodes[node]; }

  std::shared_ptr<const graph> g;
  plan p;
  std::uint16_t node;
  program whole;
};

/// All of a value, pixels of channels; what was not made is not a number.
class map_memory {
 public:
  explicit map_memory(const region& whole)
      : whole_{whole},
        floats_(static_cast<std::size_t>(whole.elements()),
                std::numeric_limits<float>::quiet_NaN()) {}

  template <class Function>
  void each(const region& box, Function&& f) {
    for (auto y = box.rows.begin; y < box.rows.end; ++y)
      for (auto x = box.columns.begin; x < box.columns.end; ++x)
        for (auto c = box.channels.begin; c < box.channels.end; ++c)
          f(floats_[static_cast<std::size_t>(
              ((y - whole_.rows.begin) * whole_.columns.size() + x - whole_.columns.begin) *
                  whole_.channels.size() +
              c - whole_.channels.begin)]);
  }

 private:
  region whole_;
  std::vector<float> floats_;
};

class simulated_run : public plan_run {
 public:
  simulated_run(std::shared_ptr<const simulated_plan> on, const cost_model& cost,
                const std::vector<host_tensor>& inputs)
      : plan_{std::move(on)}, cost_{cost} {
    const auto& g = *plan_->g;
    const bool host = plan_->node == plan_->p.host;
    if (host) check_inputs(g, inputs);
    if (!host && !inputs.empty()) throw user_error("Only the host takes the inputs.");
    for (std::size_t i = 0; i < inputs.size(); ++i) bring(g.inputs[i], inputs[i]);
    const auto& steps = plan_->mine().steps;
    for (const auto& each : steps) waits_.push_back(each.after.size() + each.awaits.size());
    for (std::uint32_t i = 0; i < steps.size(); ++i) {
      for (const auto t : steps[i].sends) ++unmade_[t];
      if (waits_[i] == 0) ready_.insert(i);
    }
    steps_left_ = steps.size();
    expected_.insert(plan_->mine().incoming.begin(), plan_->mine().incoming.end());
  }

  std::vector<outbound> start() override {
    std::vector<outbound> out;
    for (const auto t : plan_->mine().initial_sends) out.push_back(take_out(t));
    return out;
  }

  void receive(std::uint32_t transfer, byte_span payload) override {
    if (expected_.erase(transfer) == 0)
      throw user_error("Transfer " + std::to_string(transfer) + " is not expected.");
    const auto& move = plan_->whole.transfers[transfer];
    if (payload.size() != static_cast<std::size_t>(move.part.elements()) * sizeof(float))
      throw user_error("Transfer " + std::to_string(transfer) + " has the wrong size.");
    const auto* from = payload.data();
    memory(move.value).each(move.part, [&](float& to) {
      std::memcpy(&to, from, sizeof to);
      from += sizeof to;
    });
    const auto& steps = plan_->mine().steps;
    for (std::uint32_t i = 0; i < steps.size(); ++i)
      if (std::ranges::count(steps[i].awaits, transfer) != 0) unblock(i);
  }

  std::optional<std::uint32_t> next() const override {
    return ready_.empty() ? std::nullopt : std::optional{*ready_.begin()};
  }

  step_result execute(std::uint32_t step) override {
    if (ready_.erase(step) == 0) throw std::logic_error("a step runs that is not ready");
    const auto& g = *plan_->g;
    const auto& mine = plan_->mine().steps[step];
    const auto& o = g.ops[mine.op];
    const auto needs = needed_inputs(g, o, mine.out);
    for (std::size_t i = 0; i < needs.size(); ++i) read(o.inputs[i], needs[i]);
    const auto made = number_.value() + static_cast<float>(o.outputs[0]);
    memory(o.outputs[0]).each(mine.out, [&](float& to) { to = made; });
    step_result out{mine.op, mine.out, {}, {0, 0, cost_.piece_ms(0, mine.op, mine.out)}};
    --steps_left_;
    for (const auto t : mine.sends)
      if (--unmade_.at(t) == 0) out.sends.push_back(take_out(t));
    const auto& steps = plan_->mine().steps;
    for (std::uint32_t i = 0; i < steps.size(); ++i)
      if (std::ranges::count(steps[i].after, step) != 0) unblock(i);
    return out;
  }

  bool finished() const override { return steps_left_ == 0 && expected_.empty(); }

  std::vector<host_tensor> outputs() const override {
    const auto& g = *plan_->g;
    std::vector<host_tensor> out;
    for (const auto id : g.outputs) {
      const auto whole = extent(g.values[id]);
      host_tensor made{g.values[id].shape, element_type::f32,
                       byte_vector(static_cast<std::size_t>(whole.elements()) * sizeof(float))};
      auto* to = made.bytes.data();
      auto copy = maps_.at(id);
      for (auto c = whole.channels.begin; c < whole.channels.end; ++c) {
        auto channel = whole;
        channel.channels = {c, c + 1};
        copy.each(channel, [&](const float& from) {
          std::memcpy(to, &from, sizeof from);
          to += sizeof from;
        });
      }
      out.push_back(std::move(made));
    }
    return out;
  }

 private:
  map_memory& memory(value_id id) {
    const auto known = maps_.find(id);
    if (known != maps_.end()) return known->second;
    return maps_.emplace(id, map_memory{extent(plan_->g->values[id])}).first->second;
  }

  void bring(value_id id, const host_tensor& from) {
    float number = 0;
    std::memcpy(&number, from.bytes.data(), sizeof number);
    memory(id).each(extent(plan_->g->values[id]), [&](float& to) { to = number; });
  }

  /// All of it has to be there, and of one request.
  void read(value_id id, const region& box) {
    memory(id).each(box, [&](const float& from) {
      const auto number = from - static_cast<float>(id);
      if (!number_) number_ = number;
      if (number != *number_) throw std::logic_error("a piece reads what is not there");
    });
  }

  void unblock(std::uint32_t step) {
    if (--waits_[step] == 0) ready_.insert(step);
  }

  outbound take_out(std::uint32_t transfer) {
    const auto& move = plan_->whole.transfers[transfer];
    const auto bytes = std::make_shared<byte_vector>();
    memory(move.value).each(move.part, [&](const float& from) {
      const auto at = bytes->size();
      bytes->resize(at + sizeof from);
      std::memcpy(bytes->data() + at, &from, sizeof from);
    });
    return {transfer, move.to, bytes, bytes->data(), bytes->size()};
  }

  std::shared_ptr<const simulated_plan> plan_;
  const cost_model& cost_;
  std::map<value_id, map_memory> maps_;
  std::vector<std::size_t> waits_;                 // by step
  std::map<std::uint32_t, std::uint32_t> unmade_;  // steps to come, by outgoing transfer
  std::set<std::uint32_t> expected_;               // transfers
  std::set<std::uint32_t> ready_;
  std::size_t steps_left_ = 0;
  std::optional<float> number_;  // of the request, once something was read
};

}  // namespace

simulated_engine::simulated_engine(std::shared_ptr<const graph> g, double gmacs)
    : graph_{std::move(g)},
      device_{shelf_of_one(gmacs)},
      cost_{*graph_, device_, wire_type::fp32} {}

std::shared_ptr<const prepared_plan> simulated_engine::load(const plan& p, std::uint16_t node) {
  validate(p, *graph_);
  return std::make_shared<const simulated_plan>(graph_, p, node);
}

std::unique_ptr<plan_run> simulated_engine::begin(std::shared_ptr<const prepared_plan> on,
                                                  const std::vector<host_tensor>& inputs) {
  return std::make_unique<simulated_run>(
      std::static_pointer_cast<const simulated_plan>(std::move(on)), cost_, inputs);
}

std::vector<host_tensor> numbered_input(const graph& g, float number) {
  std::vector<host_tensor> out;
  for (const auto id : g.inputs) {
    const auto value = number + static_cast<float>(id);
    const auto elements = element_count(g.values[id].shape);
    host_tensor made{g.values[id].shape, element_type::f32, byte_vector(elements * sizeof value)};
    for (std::size_t i = 0; i < elements; ++i)
      std::memcpy(made.bytes.data() + i * sizeof value, &value, sizeof value);
    out.push_back(std::move(made));
  }
  return out;
}

bool answers_input(const graph& g, const std::vector<host_tensor>& outputs, float number) {
  if (outputs.size() != g.outputs.size()) return false;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto expected = number + static_cast<float>(g.outputs[i]);
    if (outputs[i].shape != g.values[g.outputs[i]].shape) return false;
    for (std::size_t at = 0; at < outputs[i].bytes.size(); at += sizeof expected) {
      float made = 0;
      std::memcpy(&made, outputs[i].bytes.data() + at, sizeof made);
      if (made != expected) return false;
    }
  }
  return true;
}

}  // namespace bramble::test
