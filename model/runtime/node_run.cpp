#include "model/runtime/node_run.hpp"

#include <atomic>
#include <stdexcept>

#include "model/runtime/clocks.hpp"
#include "model/runtime/layout.hpp"
#include "model/runtime/wire.hpp"

namespace bramble {

node_run::node_run(std::shared_ptr<const loaded_plan> plan, const std::vector<host_tensor>& inputs)
    : plan_{std::move(plan)},
      buffers_(plan_->holdings().size()),
      arrived_(plan_->incoming().size()),
      ready_{plan_->steps().size()},
      steps_left_{plan_->steps().size()},
      transfers_left_{plan_->incoming().size()} {
  for (const auto& h : plan_->holdings()) uses_.push_back(h.uses);
  for (const auto& t : plan_->outgoing()) unmade_.push_back(t.waits);
  for (const auto& s : plan_->steps()) waits_.push_back(s.waits);
  bring_inputs(inputs);
  for (std::uint32_t i = 0; i < waits_.size(); ++i)
    if (waits_[i] == 0) ready_.insert(i);
}

void node_run::bring_inputs(const std::vector<host_tensor>& inputs) {
  const auto& g = plan_->model();
  if (plan_->is_host())
    check_inputs(g, inputs);
  else if (!inputs.empty())
    throw user_error("Only the host of a plan takes the inputs of a request.");
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto holding = static_cast<std::uint32_t>(plan_->holding_of(g.inputs[i]));
    if (uses_[holding] != 0) from_host(inputs[i], g.values[g.inputs[i]], memory_of(holding));
  }
}

std::vector<outbound> node_run::start() {
  std::vector<outbound> sends;
  for (auto t : plan_->initial_sends()) sends.push_back(take_out(t));
  return sends;
}

std::uint8_t* node_run::memory_of(std::uint32_t holding) {
  auto& memory = buffers_[holding];
  if (!memory) memory = plan_->pool()->take(plan_->holdings()[holding].bytes);
  return memory.get();
}

tensor_view node_run::view_of(const loaded_plan::place& at) {
  auto view = at.view;
  if (!view.box.empty()) view.data = memory_of(at.holding) + at.offset;
  return view;
}

void node_run::used(std::uint32_t holding) {
  if (--uses_[holding] == 0) buffers_[holding].reset();
}

void node_run::unblock(const std::vector<std::uint32_t>& steps) {
  for (auto s : steps)
    if (--waits_[s] == 0) ready_.insert(s);
}

void node_run::receive(std::uint32_t transfer, byte_span payload) {
  const auto name = "Transfer " + std::to_string(transfer);
  const auto& indices = plan_->incoming_index();
  const auto index = transfer < indices.size() ? indices[transfer] : loaded_plan::not_here;
  if (index == loaded_plan::not_here) throw user_error(name + " is not for this node.");
  const auto at = static_cast<std::size_t>(index);
  if (arrived_[at]) throw user_error(name + " arrived a second time.");
  const auto& incoming = plan_->incoming()[at];
  if (payload.size() != incoming.bytes)
    throw user_error(name + " has " + std::to_string(payload.size()) + " bytes instead of " +
                     std::to_string(incoming.bytes) + ".");
  const auto target = view_of(incoming.at);
  const auto wire = plan_->source().wire;
  const auto& value = plan_->model().values[plan_->transfers()[transfer].value];
  if (target.dense()) {
    decode_wire(wire, value, target.box, payload, target.data);
  } else if (wire == wire_type::fp32) {
    // The payload is only read.
    auto* data = const_cast<std::uint8_t*>(payload.data());
    copy_box(dense_view(data, target.box), target, target.box);
  } else {
    const auto plain = plan_->pool()->take(bytes_of(value, target.box));
    decode_wire(wire, value, target.box, payload, plain.get());
    copy_box(dense_view(plain.get(), target.box), target, target.box);
  }
  arrived_[at] = true;
  --transfers_left_;
  unblock(incoming.unblocks);
  used(incoming.at.holding);
}

step_result node_run::execute(std::uint32_t step) {
  if (!ready_.contains(step))
    throw std::logic_error("step " + std::to_string(step) + " is not ready");
  ready_.erase(step);
  const auto& bound = plan_->steps()[step];
  step_result result{bound.op, bound.outputs[0].view.box, {}, {}};
  const stopwatch watch;
  run_kernel(bound);
  --steps_left_;
  for (auto t : bound.completes)
    if (--unmade_[static_cast<std::size_t>(plan_->outgoing_index()[t])] == 0)
      result.sends.push_back(take_out(t));
  unblock(bound.unblocks);
  for (auto holding : bound.holdings) used(holding);
  result.took = {watch.cost_ms(plan_->options().threads), watch.wall_ms()};
  return result;
}

void node_run::run_kernel(const loaded_plan::bound_step& step) {
  inputs_.clear();
  for (const auto& at : step.inputs) inputs_.push_back(view_of(at));
  if (const auto* part = std::get_if<std::shared_ptr<region_kernel>>(&step.kernel)) {
    if (step.overwrites != loaded_plan::not_here) overwrite_input(step);
    (*part)->run(inputs_, view_of(step.outputs[0]));
    return;
  }
  auto made = std::get<std::shared_ptr<whole_kernel>>(step.kernel)->run(inputs_);
  for (std::size_t i = 0; i < step.outputs.size(); ++i)
    buffers_[step.outputs[i].holding] = std::move(made[i]);
}

/// Lets the step's output have the memory of an input that this step is the last to use. Sends that
/// are still in flight hold it, too: then the output gets memory of its own.
void node_run::overwrite_input(const loaded_plan::bound_step& step) {
  const auto from = step.inputs[static_cast<std::size_t>(step.overwrites)].holding;
  const auto to = step.outputs[0].holding;
  if (uses_[from] != 1 || buffers_[to] || buffers_[from].use_count() != 1) return;
  // What the last sender did with it happened before we write.
  std::atomic_thread_fence(std::memory_order_acquire);
  buffers_[to] = buffers_[from];
}

outbound node_run::take_out(std::uint32_t transfer) {
  const auto& move = plan_->outgoing()[static_cast<std::size_t>(plan_->outgoing_index()[transfer])];
  const auto& value = plan_->model().values[plan_->transfers()[transfer].value];
  const auto view = view_of(move.at);
  outbound out{transfer, move.to, nullptr, view.data, move.bytes};
  if (view.dense()) {
    out.keep = buffers_[move.at.holding];
  } else {
    const auto copy = plan_->pool()->take(bytes_of(value, view.box));
    copy_box(view, dense_view(copy.get(), view.box), view.box);
    out.keep = copy;
    out.data = copy.get();
  }
  if (const auto wire = plan_->source().wire; wire != wire_type::fp32) {
    const auto payload = plan_->pool()->take(move.bytes);
    encode_wire(wire, value, view.box, out.data, payload.get());
    out.keep = payload;
    out.data = payload.get();
  }
  used(move.at.holding);
  return out;
}

std::vector<host_tensor> node_run::outputs() const {
  if (!plan_->is_host() || !finished())
    throw std::logic_error("outputs are on the host, when the run is finished");
  const auto& g = plan_->model();
  std::vector<host_tensor> out;
  for (auto id : g.outputs)
    out.push_back(
        to_host(buffers_[static_cast<std::size_t>(plan_->holding_of(id))].get(), g.values[id]));
  return out;
}

}  // namespace bramble
