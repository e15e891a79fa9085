#include "model/runtime/onednn_kernel.hpp"

#include <array>

#include "model/runtime/pointwise_kernel.hpp"

namespace bramble::onednn {
namespace {

class onednn_kernel : public region_kernel {
 public:
  explicit onednn_kernel(kernel_parts parts)
      : parts_{std::move(parts)},
        primitive_{parts_.primitive},
        stream_{cpu()},
        in_{parts_.primitive.src_desc(), cpu(), nullptr},
        out_{parts_.primitive.dst_desc(), cpu(), nullptr},
        scratch_{parts_.primitive.scratchpad_desc(), cpu(), nullptr} {
    if (parts_.geo.bias)
      bias_ = memory(parts_.primitive.bias_desc(), cpu(),
                     const_cast<float*>(floats_of(parts_.bias)) + parts_.bias_offset);
  }

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    auto& pool = *parts_.scratch->pool;
    const bool in_place = out.dense() && parts_.made == out.box;
    buffer made;
    auto result = out;
    if (!in_place) {
      made = pool.take(static_cast<std::size_t>(parts_.made.elements()) * sizeof(float));
      result = dense_view(made.get(), parts_.made);
    }
    buffer in_copy;
    in_.set_data_handle(input(inputs[0], in_copy));
    if (parts_.geo.residual && inputs[1].data != result.data)
      copy_box(inputs[1], result, parts_.made);
    out_.set_data_handle(result.data);
    scratch_.set_data_handle(parts_.scratch->reserve(scratch_.get_desc().get_size()));
    execute();
    if (!in_place) copy_box(result, out, parts_.out);
    if (parts_.add_residual_after)
      finish_in_place(out, &inputs[1], parts_.activation);
    else if (parts_.activate_after)
      finish_in_place(out, nullptr, parts_.activation);
  }

  std::string code() const override { return parts_.primitive.impl_info_str(); }

  int overwritable_input() const override { return parts_.geo.residual ? 1 : no_input; }

 private:
  std::uint8_t* input(const tensor_view& in, buffer& copy) const {
    if (parts_.read_in_place) return part_of(in, parts_.in).data;
    copy =
        parts_.scratch->pool->take(static_cast<std::size_t>(parts_.in.elements()) * sizeof(float));
    copy_box(in, dense_view(copy.get(), parts_.in), parts_.in);
    return copy.get();
  }

  // The C interface: the C++ one builds two containers on every call.
  void execute() {
    std::array<dnnl_exec_arg_t, 5> args{{{DNNL_ARG_SRC, in_.get()},
                                         {DNNL_ARG_WEIGHTS, parts_.weights->content.get()},
                                         {DNNL_ARG_DST, out_.get()},
                                         {DNNL_ARG_SCRATCHPAD, scratch_.get()}}};
    int count = 4;
    if (parts_.geo.bias) args[static_cast<std::size_t>(count++)] = {DNNL_ARG_BIAS, bias_.get()};
    dnnl::error::wrap_c_api(
        dnnl_primitive_execute(primitive_.get(), stream_.get(), count, args.data()),
        "a convolution could not be executed");
    stream_.wait();
  }

  kernel_parts parts_;
  dnnl::convolution_forward primitive_;
  dnnl::stream stream_;
  memory in_;
  memory out_;
  memory scratch_;
  memory bias_;
};

}  // namespace

std::shared_ptr<region_kernel> make_kernel(kernel_parts parts) {
  return std::make_shared<onednn_kernel>(std::move(parts));
}

}  // namespace bramble::onednn
