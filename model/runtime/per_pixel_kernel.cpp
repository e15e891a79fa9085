#include "model/runtime/per_pixel_kernel.hpp"

#include <c10/core/InferenceMode.h>

#include "model/runtime/registry_call.hpp"

namespace bramble {
namespace {

class per_pixel_kernel : public region_kernel {
 public:
  per_pixel_kernel(weight_source& weights, op_id id, const region& out)
      : g_{weights.model()}, id_{id}, op_{g_.ops[id]}, call_{weights, id}, out_{out} {
    needed_ = needed_inputs(g_, op_, out)[0];
  }

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    naming_op(g_, id_, [&] {
      const c10::InferenceMode no_gradients;
      const auto rows = out_.rows.size(), columns = out_.columns.size();
      const auto channels = g_.values[op_.outputs[0]].shape[1];
      const auto x = tensor_over(part_of(inputs[0], needed_), g_.values[op_.inputs[0]]);
      const auto made =
          call_.run({x.permute({0, 2, 3, 1}).reshape({rows * columns, needed_.channels.size()})});
      if (made.empty() || made[0].sizes() != at::IntArrayRef{rows * columns, channels} ||
          made[0].scalar_type() != at::kFloat)
        throw user_error(g_.name + ": " + describe_op(g_, id_) + " does not work pixel by pixel.");
      const auto mine = made[0].narrow(1, out_.channels.begin, out_.channels.size());
      tensor_over(out, g_.values[op_.outputs[0]])
          .copy_(mine.reshape({1, rows, columns, out_.channels.size()}).permute({0, 3, 1, 2}));
    });
  }

 private:
  const graph& g_;
  op_id id_;
  const op& op_;
  prepared_call call_;
  region out_;
  region needed_;
};

class reshape_kernel : public whole_kernel {
 public:
  reshape_kernel(const value_info& in, std::shared_ptr<buffer_pool> pool)
      : is_map_{is_map(in)}, box_{extent(in)}, bytes_{bytes_of(in, box_)}, pool_{std::move(pool)} {}

  std::vector<buffer> run(std::span<const tensor_view> inputs) override {
    auto made = pool_->take(bytes_);
    if (is_map_)
      copy_box(inputs[0], dense_view(made.get(), box_), box_);
    else
      std::copy_n(inputs[0].data, bytes_, made.get());
    return {std::move(made)};
  }

 private:
  bool is_map_;
  region box_;
  std::size_t bytes_;
  std::shared_ptr<buffer_pool> pool_;
};

}  // namespace

std::shared_ptr<region_kernel> make_per_pixel_kernel(weight_source& weights, op_id id,
                                                     const region& out) {
  return std::make_shared<per_pixel_kernel>(weights, id, out);
}

std::shared_ptr<whole_kernel> make_reshape_kernel(const graph& g, op_id id,
                                                  std::shared_ptr<buffer_pool> pool) {
  return std::make_shared<reshape_kernel>(g.values[g.ops[id].inputs[0]], std::move(pool));
}

}  // namespace bramble
