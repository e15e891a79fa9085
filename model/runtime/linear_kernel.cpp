#include "model/runtime/linear_kernel.hpp"

#include "model/runtime/threads.hpp"
#include "model/runtime/vector_loops.hpp"

namespace bramble {
namespace {

class linear_kernel : public whole_kernel {
 public:
  linear_kernel(std::shared_ptr<buffer_pool> pool, blob weight, blob bias, std::int64_t inputs,
                std::int64_t outputs)
      : pool_{std::move(pool)},
        weight_{std::move(weight)},
        bias_{std::move(bias)},
        inputs_{inputs},
        outputs_{outputs} {}

  std::vector<buffer> run(std::span<const tensor_view> inputs) override {
    auto made = pool_->take(static_cast<std::size_t>(outputs_) * sizeof(float));
    auto* out = reinterpret_cast<float*>(made.get());
    parallel_rows(outputs_, inputs_, [&](std::int64_t begin, std::int64_t end) {
      loops::dot_products(out + begin, inputs[0].floats(), floats_of(weight_) + begin * inputs_,
                          inputs_, end - begin);
      if (bias_.keep) loops::add(out + begin, out + begin, floats_of(bias_) + begin, end - begin);
    });
    return {made};
  }

 private:
  std::shared_ptr<buffer_pool> pool_;
  blob weight_;
  blob bias_;  // may be empty
  std::int64_t inputs_;
  std::int64_t outputs_;
};

}  // namespace

std::shared_ptr<whole_kernel> make_linear_kernel(weight_source& weights,
                                                 std::shared_ptr<buffer_pool> pool, op_id id) {
  const auto& g = weights.model();
  const auto& o = g.ops[id];
  const auto& arguments = o.call.arguments;
  if (o.call.schema != "aten::linear" || arguments.size() != 3) return nullptr;
  const auto* in = std::get_if<value_ref>(&arguments[0]);
  const auto* weight = std::get_if<weight_ref>(&arguments[1]);
  const auto* bias = std::get_if<weight_ref>(&arguments[2]);
  if (in == nullptr || weight == nullptr) return nullptr;
  if (bias == nullptr && !std::holds_alternative<nothing>(arguments[2])) return nullptr;
  const auto& from = g.values[in->id];
  const auto& w = g.weights[weight->id];
  const bool plain = from.type == element_type::f32 && w.type == element_type::f32 &&
                     w.shape.size() == 2 && !from.shape.empty() &&
                     from.shape.back() == w.shape[1] && !is_map(from);
  if (!plain || element_count(from.shape) != static_cast<std::uint64_t>(w.shape[1])) return nullptr;
  if (bias != nullptr && (g.weights[bias->id].type != element_type::f32 ||
                          g.weights[bias->id].shape != std::vector<std::int64_t>{w.shape[0]}))
    return nullptr;
  return std::make_shared<linear_kernel>(std::move(pool), weights.get(weight->id),
                                         bias != nullptr ? weights.get(bias->id) : blob{},
                                         w.shape[1], w.shape[0]);
}

}  // namespace bramble
