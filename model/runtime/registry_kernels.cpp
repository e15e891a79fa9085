#include "model/runtime/registry_kernels.hpp"

#include <c10/core/InferenceMode.h>

#include <algorithm>

#include "model/runtime/registry_call.hpp"
#include "model/runtime/threads.hpp"

namespace bramble {
namespace {

/// What `op` should have made of this output, or a sentence.
void check_result(const graph& g, op_id id, std::size_t i, const at::Tensor& made) {
  const auto& wanted = g.values[g.ops[id].outputs[i]];
  if (made.defined() && made.sizes() == at::IntArrayRef(wanted.shape) &&
      made.scalar_type() == scalar_type(wanted.type))
    return;
  throw user_error(g.name + ": " + describe_op(g, id) +
                   " made a tensor of another shape or type than when the model was imported; its "
                   "result depends on the data.");
}

/// The result's own memory when it is dense and nobody else's, else a copy.
buffer adopt(const at::Tensor& made, const value_info& value) {
  const auto format =
      is_map(value) ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  auto dense = made.contiguous(format);
  if (dense.is_same(made) && made.storage().use_count() > 1) dense = made.clone(format);
  auto* data = static_cast<std::uint8_t*>(dense.data_ptr());
  return {data, [keep = std::move(dense)](std::uint8_t*) {}};
}

class atom_kernel : public whole_kernel {
 public:
  atom_kernel(weight_source& weights, op_id id)
      : g_{weights.model()}, id_{id}, call_{weights, id} {}

  std::vector<buffer> run(std::span<const tensor_view> inputs) override {
    return naming_op(g_, id_, [&] { return run_checked(inputs); });
  }

 private:
  std::vector<buffer> run_checked(std::span<const tensor_view> inputs) const {
    const c10::InferenceMode no_gradients;
    const auto& o = g_.ops[id_];
    std::vector<buffer> outputs;
    std::vector<at::Tensor> made;
    {
      std::vector<at::Tensor> tensors;
      tensors.reserve(inputs.size());
      for (std::size_t i = 0; i < inputs.size(); ++i)
        tensors.push_back(tensor_over(inputs[i], g_.values[o.inputs[i]]));
      made = call_.run(tensors);
      // While `tensors` live, a result that is a view of one is seen to be shared.
      if (made.size() < o.outputs.size())
        throw user_error(g_.name + ": " + describe_op(g_, id_) +
                         " made fewer tensors than when the model was imported.");
      for (std::size_t i = 0; i < o.outputs.size(); ++i) {
        check_result(g_, id_, i, made[i]);
        outputs.push_back(adopt(made[i], g_.values[o.outputs[i]]));
      }
    }
    return outputs;
  }

  const graph& g_;
  op_id id_;
  prepared_call call_;
};

class elementwise_kernel : public region_kernel {
 public:
  elementwise_kernel(weight_source& weights, op_id id, const region& out)
      : g_{weights.model()}, id_{id}, call_{weights, id}, out_{out} {
    if (out.channels != extent(g_.values[g_.ops[id].outputs[0]]).channels)
      call_.change_constants([this](const at::Tensor& t) { return cut_channels(t); });
  }

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    naming_op(g_, id_, [&] {
      parallel_rows(out_.rows.size(), out_.columns.size() * out_.channels.size(),
                    [&](std::int64_t begin, std::int64_t end) {
                      const c10::InferenceMode no_gradients;  // of this thread
                      for (auto row = begin; row < end; ++row)
                        run_row(inputs, out, out_.rows.begin + row);
                    });
    });
  }

 private:
  /// Constants have one value per channel, along the channel axis or (batch norm) the only axis.
  at::Tensor cut_channels(const at::Tensor& t) const {
    const auto channels = g_.values[g_.ops[id_].outputs[0]].shape[1];
    if (t.numel() == 1 || t.numel() != channels) return t;
    const auto& sizes = t.sizes();
    const auto axis = std::find(sizes.begin(), sizes.end(), channels) - sizes.begin();
    return t.narrow(axis, out_.channels.begin, out_.channels.size());
  }

  void run_row(std::span<const tensor_view> inputs, const tensor_view& out,
               std::int64_t row) const {
    const auto& o = g_.ops[id_];
    auto box = out_;
    box.rows = {row, row + 1};
    const auto needs = needed_inputs(g_, o, box);
    std::vector<at::Tensor> tensors;
    tensors.reserve(needs.size());
    for (std::size_t i = 0; i < needs.size(); ++i)
      tensors.push_back(tensor_over(part_of(inputs[i], needs[i]), g_.values[o.inputs[i]]));
    const auto made = call_.run(tensors);
    auto target = tensor_over(part_of(out, box), g_.values[o.outputs[0]]);
    if (made.size() != 1 || made[0].sizes() != target.sizes() ||
        made[0].scalar_type() != at::kFloat)
      throw user_error(g_.name + ": " + describe_op(g_, id_) + " is not elementwise.");
    target.copy_(made[0]);
  }

  const graph& g_;
  op_id id_;
  prepared_call call_;
  region out_;
};

}  // namespace

std::shared_ptr<whole_kernel> make_atom_kernel(weight_source& weights, op_id id) {
  return std::make_shared<atom_kernel>(weights, id);
}

std::shared_ptr<region_kernel> make_elementwise_kernel(weight_source& weights, op_id id,
                                                       const region& out) {
  return std::make_shared<elementwise_kernel>(weights, id, out);
}

}  // namespace bramble
