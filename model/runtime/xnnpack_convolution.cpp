#include "model/runtime/xnnpack_convolution.hpp"

#include <xnnpack.h>

#include <limits>
#include <type_traits>

#include "model/runtime/padding_kernel.hpp"
#include "model/runtime/pointwise_kernel.hpp"
#include "model/runtime/threads.hpp"

namespace bramble {
namespace {

constexpr auto infinity = std::numeric_limits<float>::infinity();

struct operator_deleter {
  void operator()(xnn_operator_t op) const { xnn_delete_operator(op); }
};
using operator_handle = std::unique_ptr<std::remove_pointer_t<xnn_operator_t>, operator_deleter>;

struct pool_deleter {
  void operator()(pthreadpool_t pool) const { pthreadpool_destroy(pool); }
};
using pool_handle = std::unique_ptr<std::remove_pointer_t<pthreadpool_t>, pool_deleter>;

/// Calls a function that has one or two more pointers before its last argument in some releases.
template <class Function, class Last, class... Arguments>
xnn_status call_before_last(Function f, Last last, Arguments... arguments) {
  if constexpr (std::is_invocable_v<Function, Arguments..., Last>)
    return f(arguments..., last);
  else if constexpr (std::is_invocable_v<Function, Arguments..., std::nullptr_t, Last>)
    return f(arguments..., nullptr, last);
  else
    return f(arguments..., nullptr, nullptr, last);
}

#ifdef BRAMBLE_XNNPACK_RESHAPES
/// The same for the sizes that a reshape answers with: workspace, perhaps its alignment, output.
template <class Function>
xnn_status reshape(Function f, xnn_operator_t op, std::size_t rows, std::size_t columns,
                   std::size_t& workspace, pthreadpool_t pool) {
  std::size_t alignment = 0, one = 1;
  if constexpr (std::is_invocable_v<Function, xnn_operator_t, std::size_t, std::size_t, std::size_t,
                                    std::size_t*, std::size_t*, std::size_t*, std::size_t*,
                                    pthreadpool_t>)
    return f(op, one, rows, columns, &workspace, &alignment, nullptr, nullptr, pool);
  else
    return f(op, one, rows, columns, &workspace, nullptr, nullptr, pool);
}
#endif

/// OIHW to OHWI, of the first so many outputs.
std::vector<float> channels_last(const float* from, const std::vector<std::int64_t>& shape,
                                 std::int64_t outputs) {
  const auto inputs = shape[1], taps = shape[2] * shape[3];
  std::vector<float> to(static_cast<std::size_t>(outputs * inputs * taps));
  auto* next = to.data();
  for (std::int64_t o = 0; o < outputs; ++o)
    for (std::int64_t tap = 0; tap < taps; ++tap)
      for (std::int64_t i = 0; i < inputs; ++i) *next++ = from[(o * inputs + i) * taps + tap];
  return to;
}

class xnnpack_kernel : public region_kernel {
 public:
  /// `available`: the box of the input's view.
  xnnpack_kernel(weight_source& weights, std::shared_ptr<buffer_pool> buffers, pthreadpool_t pool,
                 op_id id, const region& out, const region& available)
      : op_{weights.model().ops[id]},
        buffers_{std::move(buffers)},
        pool_{pool},
        out_{out},
        made_{out} {
    const auto& g = weights.model();
    const auto per_group = g.values[op_.outputs[0]].shape[1] / op_.groups;
    if (op_.groups > 1)
      made_.channels = {out.channels.begin / per_group * per_group,
                        (out.channels.end + per_group - 1) / per_group * per_group};
    in_ = needed_inputs(g, op_, made_)[0];
    in_place_ = available.columns == in_.columns;
    create(weights, in_place_ ? available.channels.size() : in_.channels.size());
  }

  bool usable() const { return operator_ != nullptr; }

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    buffer input_copy, made_apart;
    const auto* input = dense_input(inputs[0], input_copy);
    const bool apart = !out.dense() || made_ != out.box;
    auto result = out;
    if (apart) {
      made_apart = buffers_->take(static_cast<std::size_t>(made_.elements()) * sizeof(float));
      result = dense_view(made_apart.get(), made_);
    }
    execute(input, result.floats());
    if (apart) copy_box(result, out, out_);
    if (op_.inputs.size() == 2) finish_in_place(out, &inputs[1], op_.activation);
  }

 private:
  void create(weight_source& weights, std::int64_t input_stride) {
    const auto& g = weights.model();
    const auto& shape = g.weights[op_.weights[0]].shape;
    const auto plain = weights.part(op_.weights[0], made_.channels);
    const auto kernel = channels_last(floats_of(plain), shape, made_.channels.size());
    blob bias;
    if (op_.weights.size() == 2) bias = weights.get(op_.weights[1]);
    const auto edge = border_of(g, op_, made_);
    const auto groups =
        op_.groups == 1 ? 1
                        : made_.channels.size() * op_.groups / g.values[op_.outputs[0]].shape[1];
    float low = -infinity, high = infinity;
    if (op_.inputs.size() == 1) {
      using kind = fused_activation::kind_t;
      if (op_.activation.kind != kind::none) low = 0.0F;
      if (op_.activation.kind == kind::clip) low = op_.activation.low, high = op_.activation.high;
    }
    auto u32 = [](std::int64_t n) { return static_cast<std::uint32_t>(n); };
    auto size = [](std::int64_t n) { return static_cast<std::size_t>(n); };
    xnn_operator_t made = nullptr;
    const auto status = call_before_last(
        &xnn_create_convolution2d_nhwc_f32, &made, u32(edge.top), u32(edge.right), u32(edge.bottom),
        u32(edge.left), u32(op_.win.kernel[0]), u32(op_.win.kernel[1]), u32(op_.win.stride[0]),
        u32(op_.win.stride[1]), u32(op_.win.dilation[0]), u32(op_.win.dilation[1]), u32(groups),
        size(shape[1]), size(made_.channels.size() / groups), size(input_stride),
        size(made_.channels.size()), kernel.data(),
        bias.keep ? floats_of(bias) + made_.channels.begin : nullptr, low, high,
        std::uint32_t{XNN_FLAG_YIELD_WORKERS});
    if (status == xnn_status_success) operator_.reset(made);
  }

  const float* dense_input(const tensor_view& in, buffer& copy) const {
    if (in_place_) return part_of(in, in_).floats();
    copy = buffers_->take(static_cast<std::size_t>(in_.elements()) * sizeof(float));
    const auto view = dense_view(copy.get(), in_);
    copy_box(in, view, in_);
    return view.floats();
  }

  void execute(const float* input, float* output) {
    const auto rows = static_cast<std::size_t>(in_.rows.size());
    const auto columns = static_cast<std::size_t>(in_.columns.size());
    auto* op = operator_.get();
#ifdef BRAMBLE_XNNPACK_RESHAPES
    std::size_t workspace = 0;
    check(reshape(&xnn_reshape_convolution2d_nhwc_f32, op, rows, columns, workspace, pool_));
    const auto scratch = buffers_->take(workspace);
    check(xnn_setup_convolution2d_nhwc_f32(op, scratch.get(), input, output));
    check(xnn_run_operator(op, pool_));
#else
    check(xnn_setup_convolution2d_nhwc_f32(op, 1, rows, columns, input, output, pool_));
    check(xnn_run_operator(op, pool_));
#endif
  }

  void check(xnn_status status) const {
    if (status != xnn_status_success)
      throw user_error(op_.name + " failed in XNNPACK with status " +
                       std::to_string(static_cast<int>(status)) + ".");
  }

  const op& op_;
  std::shared_ptr<buffer_pool> buffers_;
  pthreadpool_t pool_;
  region out_;   // what is asked for
  region made_;  // `out_`, or with the other channels of its groups
  region in_;
  bool in_place_ = false;  // the input's rows follow each other in its view
  operator_handle operator_;
};

}  // namespace

bool has_xnnpack() {
  static const bool works = xnn_initialize(nullptr) == xnn_status_success;
  return works;
}

struct xnnpack_convolutions::state {
  weight_source& weights;
  std::shared_ptr<buffer_pool> buffers;
  int threads;
  pool_handle pool;
};

xnnpack_convolutions::xnnpack_convolutions(weight_source& weights,
                                           std::shared_ptr<buffer_pool> pool, int threads)
    : state_{std::make_unique<state>(state{weights, std::move(pool), threads, nullptr})} {}

xnnpack_convolutions::~xnnpack_convolutions() = default;

bool xnnpack_convolutions::can(op_id id) const {
  return has_xnnpack() && !has_empty_windows(state_->weights.model().ops[id]);
}

std::shared_ptr<region_kernel> xnnpack_convolutions::make(op_id id, const region& out,
                                                          const region& available) {
  if (!can(id)) return nullptr;
  if (state_->threads > 1 && !state_->pool)
    state_->pool.reset(pthreadpool_create(static_cast<std::size_t>(state_->threads)));
  auto kernel = std::make_shared<xnnpack_kernel>(state_->weights, state_->buffers,
                                                 state_->pool.get(), id, out, available);
  if (!kernel->usable()) return nullptr;
  return kernel;
}

}  // namespace bramble
