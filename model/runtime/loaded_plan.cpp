#include "model/runtime/loaded_plan.hpp"

#include <set>
#include <stdexcept>

#include "model/graph/weight_parts.hpp"
#include "model/runtime/wire.hpp"

namespace bramble {

loaded_plan::loaded_plan(std::shared_ptr<device_model> device, plan p, std::uint16_t node)
    : device_{std::move(device)}, plan_{std::move(p)}, node_{node} {
  validate(plan_, model());
  if (node_ >= plan_.nodes.size())
    throw user_error("The plan has no node " + std::to_string(node_) + ".");
  program_ = derive(model(), plan_);
  bind_holdings();
  bind_transfers();
  const auto& steps = program_.nodes[node_].steps;
  steps_.resize(steps.size());
  for (std::uint32_t i = 0; i < steps.size(); ++i) bind_step(i);
  count_weights();
}

void loaded_plan::count_weights() {
  std::set<weight_part> kept;
  for (const auto& step : program_.nodes[node_].steps)
    for (const auto& part : weight_parts(model(), model().ops[step.op], step.out))
      if (kept.insert(part).second) weight_bytes_ += part.bytes;
}

void loaded_plan::bind_holdings() {
  holding_of_.assign(model().values.size(), not_here);
  auto hold = [this](value_id value, const region& part) {
    auto& index = holding_of_[value];
    if (index == not_here) {
      index = static_cast<std::int32_t>(holdings_.size());
      holdings_.push_back({value, part, 0, 0});
    }
    auto& h = holdings_[static_cast<std::size_t>(index)];
    h.part = hull(h.part, part);
    h.bytes = bytes_of(model().values[value], h.part);
  };
  for (const auto& h : program_.nodes[node_].holdings) hold(h.value, h.part);
  if (!is_host()) return;
  // The host brings all of the inputs and wants all of the outputs, and keeps them for the request.
  for (auto id : model().inputs) hold(id, extent(model().values[id]));
  for (auto id : model().outputs) {
    hold(id, extent(model().values[id]));
    ++holdings_[static_cast<std::size_t>(holding_of_[id])].uses;
  }
}

loaded_plan::place loaded_plan::place_of(value_id value, const region& box) const {
  const auto index = holding_of_[value];
  if (index == not_here || !holdings_[static_cast<std::size_t>(index)].part.contains(box))
    throw std::logic_error("a step uses a part of value " + std::to_string(value) +
                           " that its node does not hold");
  const auto& h = holdings_[static_cast<std::size_t>(index)];
  place at;
  at.holding = static_cast<std::uint32_t>(index);
  at.view = dense_view(nullptr, h.part);
  if (!is_map(model().values[value])) return at;
  const auto elements = (box.rows.begin - h.part.rows.begin) * at.view.row_stride +
                        (box.columns.begin - h.part.columns.begin) * at.view.pixel_stride +
                        (box.channels.begin - h.part.channels.begin);
  at.offset = static_cast<std::size_t>(elements) * sizeof(float);
  at.view.box = box;
  return at;
}

/// The needed rows with all columns and channels that are held: a dense part of the buffer.
loaded_plan::place loaded_plan::widest_place(value_id value, const region& needed) const {
  if (needed.empty()) return {};
  const auto index = holding_of_[value];
  auto box = needed;
  if (index != not_here) {
    box.columns = holdings_[static_cast<std::size_t>(index)].part.columns;
    box.channels = holdings_[static_cast<std::size_t>(index)].part.channels;
  }
  return place_of(value, box);
}

void loaded_plan::bind_transfers() {
  const auto& transfers = program_.transfers;
  incoming_index_.assign(transfers.size(), not_here);
  outgoing_index_.assign(transfers.size(), not_here);
  for (std::uint32_t t = 0; t < transfers.size(); ++t) {
    const auto& move = transfers[t];
    if (move.from != node_ && move.to != node_) continue;
    bound_transfer bound;
    bound.to = move.to;
    bound.at = place_of(move.value, move.part);
    bound.bytes = encoded_bytes(plan_.wire, model().values[move.value], move.part);
    ++holdings_[bound.at.holding].uses;
    const bool arrives = move.to == node_;
    auto& list = arrives ? incoming_ : outgoing_;
    (arrives ? incoming_index_ : outgoing_index_)[t] = static_cast<std::int32_t>(list.size());
    list.push_back(std::move(bound));
  }
  initial_sends_ = program_.nodes[node_].initial_sends;
}

void loaded_plan::bind_step(std::uint32_t index) {
  const auto& from = program_.nodes[node_].steps[index];
  const auto& o = model().ops[from.op];
  auto& to = steps_[index];
  to.op = from.op;
  auto use = [&](const place& at) {
    to.holdings.push_back(at.holding);
    ++holdings_[at.holding].uses;
  };

  const auto needs = needed_inputs(model(), o, from.out);
  std::vector<region> available;
  for (std::size_t i = 0; i < needs.size(); ++i) {
    to.inputs.push_back(widest_place(o.inputs[i], needs[i]));
    available.push_back(to.inputs.back().view.box);
    if (!needs[i].empty()) use(to.inputs.back());
  }
  to.kernel = device_->kernel_for(from.op, from.out, available);
  for (std::size_t i = 0; i < o.outputs.size(); ++i) {
    to.outputs.push_back(
        place_of(o.outputs[i], i == 0 ? from.out : extent(model().values[o.outputs[i]])));
    use(to.outputs.back());
  }

  to.overwrites = overwritable_input(to, from.out);

  to.waits = static_cast<std::uint32_t>(from.after.size() + from.awaits.size());
  for (auto before : from.after) steps_[before].unblocks.push_back(index);
  for (auto t : from.awaits)
    incoming_[static_cast<std::size_t>(incoming_index_[t])].unblocks.push_back(index);
  for (auto t : from.sends) {
    ++outgoing_[static_cast<std::size_t>(outgoing_index_[t])].waits;
    to.completes.push_back(t);
  }
}

/// Only where the step makes all that is held of its output, out of all that is held of the input.
std::int32_t loaded_plan::overwritable_input(const bound_step& step, const region& out) const {
  const auto* kernel = std::get_if<std::shared_ptr<region_kernel>>(&step.kernel);
  const auto input = kernel == nullptr ? region_kernel::no_input : (*kernel)->overwritable_input();
  if (input == region_kernel::no_input) return not_here;
  const auto& from = step.inputs[static_cast<std::size_t>(input)];
  const bool same = holdings_[from.holding].part == out &&
                    holdings_[step.outputs[0].holding].part == out && from.view.box == out;
  return same ? input : not_here;
}

plan whole_plan(const graph& g, const std::string& name) {
  plan p;
  p.model = g.name;
  p.method = "one";
  p.nodes = {name};
  for (op_id id = 0; id < g.ops.size(); ++id)
    p.pieces.push_back({id, 0, extent(g.values[g.ops[id].outputs[0]])});
  return p;
}

}  // namespace bramble
