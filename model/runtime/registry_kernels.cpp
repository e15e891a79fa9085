#include "model/runtime/registry_kernels.hpp"

#include <ATen/ops/ones.h>
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
  const auto format = is_map(value) ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
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

/// Works on blocks of pixels, every operand spread out to one float per element of the block.
/// LibTorch computes the last elements of a tensor by other code than the rest, with other bits; a
/// block's length is a multiple of what that code takes, so there are no such elements, however the
/// map is divided.
class elementwise_kernel : public region_kernel {
 public:
  elementwise_kernel(weight_source& weights, op_id id, const region& out)
      : g_{weights.model()},
        id_{id},
        call_{weights, id},
        out_{out},
        pixels_{out.rows.size() * out.columns.size()} {
    const auto channels = out.channels.size();
    block_pixels_ = std::clamp<std::int64_t>(block_elements / channels, 1, pixels_);
    length_ = (block_pixels_ * channels + vector_elements - 1) / vector_elements * vector_elements;
    const c10::InferenceMode no_gradients;
    const auto varying = [](const at::Tensor& t) {
      return t.dim() >= 2 && (t.size(-1) > 1 || t.size(-2) > 1);
    };
    for (const auto& t : call_.take_constants(g_.ops[id].inputs.size(), varying)) add_constant(t);
    call_.change_constants([this](const at::Tensor& t) { return spread_constant(t); });
  }

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    const auto blocks = (pixels_ + block_pixels_ - 1) / block_pixels_;
    naming_op(g_, id_, [&] {
      parallel_rows(blocks, block_pixels_ * out_.channels.size(),
                    [&](std::int64_t begin, std::int64_t end) {
                      const c10::InferenceMode no_gradients;  // of this thread
                      for (auto block = begin; block < end; ++block) run_block(inputs, out, block);
                    });
    });
  }

 private:
  // Under the size from which LibTorch divides work between threads itself.
  static constexpr std::int64_t block_elements = 16384;
  // Two vectors of the widest instruction set, twice.
  static constexpr std::int64_t vector_elements = 64;

  /// A constant that is a single number, or has a value per channel.
  at::Tensor spread_constant(const at::Tensor& t) const {
    if (t.numel() == 1) return t;
    const auto mine =
        t.reshape({-1}).narrow(0, out_.channels.begin, out_.channels.size()).to(at::kFloat);
    auto spread = at::ones({length_}, at::kFloat);
    spread.narrow(0, 0, block_pixels_ * mine.numel()).copy_(mine.repeat({block_pixels_}));
    // The ops that take a vector (batch norm, prelu) see a map of one pixel and many channels.
    return t.dim() == 1 ? spread : spread.unsqueeze(0);
  }

  /// One that varies over rows or columns is cut and laid out like an input of the region.
  void add_constant(const at::Tensor& t) {
    std::vector<std::int64_t> shape(static_cast<std::size_t>(4 - t.dim()), 1);
    shape.insert(shape.end(), t.sizes().begin(), t.sizes().end());
    region box;
    auto mine = t.reshape(shape);
    const auto cut = [&](std::int64_t axis, interval& side, interval wanted) {
      side = mine.size(axis) == 1 ? interval{0, 1} : wanted;
      mine = mine.narrow(axis, side.begin, side.size());
    };
    cut(1, box.channels, out_.channels);
    cut(2, box.rows, out_.rows);
    cut(3, box.columns, out_.columns);
    constants_.push_back(
        mine.to(at::kFloat).permute({0, 2, 3, 1}).clone(at::MemoryFormat::Contiguous));
    constant_views_.push_back(
        dense_view(static_cast<std::uint8_t*>(constants_.back().data_ptr()), box));
  }

  at::Tensor operand(const tensor_view& in, std::int64_t first, std::int64_t last) const {
    auto out = at::ones({1, length_}, at::kFloat);
    gather(in, first, last, out.data_ptr<float>());
    return out;
  }

  void run_block(std::span<const tensor_view> inputs, const tensor_view& out,
                 std::int64_t block) const {
    const auto first = block * block_pixels_;
    const auto last = std::min(first + block_pixels_, pixels_);
    std::vector<at::Tensor> operands;
    operands.reserve(inputs.size() + constant_views_.size());
    for (const auto& in : inputs) operands.push_back(operand(in, first, last));
    for (const auto& constant : constant_views_) operands.push_back(operand(constant, first, last));
    const auto made = call_.run(operands);
    if (made.size() != 1 || made[0].numel() != length_ || made[0].scalar_type() != at::kFloat)
      throw user_error(g_.name + ": " + describe_op(g_, id_) + " is not elementwise.");
    const auto dense = made[0].contiguous();
    scatter(dense.data_ptr<float>(), first, last, out);
  }

  /// The operand's pixels under those of the output; an axis of size one is the same everywhere.
  void gather(const tensor_view& in, std::int64_t first, std::int64_t last, float* to) const {
    const auto n = out_.channels.size();
    const bool one_row = in.box.rows.size() == 1, one_column = in.box.columns.size() == 1;
    const bool one_channel = in.box.channels.size() == 1;
    for (auto p = first; p < last; ++p, to += n) {
      const auto row = one_row ? in.box.rows.begin : out_.rows.begin + p / out_.columns.size();
      const auto column =
          one_column ? in.box.columns.begin : out_.columns.begin + p % out_.columns.size();
      const auto* from = in.pixel(row, column);
      if (one_channel)
        std::fill_n(to, n, *from);
      else
        std::copy_n(from + (out_.channels.begin - in.box.channels.begin), n, to);
    }
  }

  void scatter(const float* from, std::int64_t first, std::int64_t last,
               const tensor_view& out) const {
    const auto n = out_.channels.size();
    for (auto p = first; p < last; ++p, from += n)
      std::copy_n(from, n,
                  out.pixel(out_.rows.begin + p / out_.columns.size(),
                            out_.columns.begin + p % out_.columns.size()));
  }

  const graph& g_;
  op_id id_;
  prepared_call call_;
  region out_;
  std::vector<at::Tensor> constants_;  // that vary over rows or columns
  std::vector<tensor_view> constant_views_;
  std::int64_t pixels_;
  std::int64_t block_pixels_ = 0;
  std::int64_t length_ = 0;  // of a block, with what fills it up
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
