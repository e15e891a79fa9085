#include <algorithm>
#include <cmath>

#include "model/graph/graph.hpp"
#include "model/graph/region.hpp"
#include "model/graph/token_regions.hpp"
#include "model/graph/window_regions.hpp"

namespace bramble {
namespace {

// Bounds on what a graph from outside may claim; far above any real model, far below overflow.
constexpr std::size_t max_rank = 8;
constexpr std::int64_t max_dimension = 1LL << 28;
constexpr std::uint64_t max_elements = 1ULL << 32;
constexpr std::int64_t max_window = 1 << 16;

class validator {
 public:
  validator(const graph& g, const std::string& where) : g_{g}, where_{where} {}

  void run() {
    for (std::size_t i = 0; i < g_.values.size(); ++i)
      check_shape(g_.values[i].shape, g_.values[i].type, "value " + std::to_string(i));
    for (std::size_t i = 0; i < g_.weights.size(); ++i)
      check_weight(g_.weights[i], "weight " + std::to_string(i));
    made_.assign(g_.values.size(), false);
    if (g_.inputs.empty()) fail("the graph has no input");
    for (auto id : g_.inputs) make(id, no_id, "the inputs");
    for (std::size_t i = 0; i < g_.ops.size(); ++i) check_op(static_cast<op_id>(i));
    if (g_.outputs.empty()) fail("the graph has no output");
    for (auto id : g_.outputs) read(id, "the outputs");
    for (std::size_t i = 0; i < made_.size(); ++i)
      if (!made_[i]) fail("value " + std::to_string(i) + " is made by nobody");
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw user_error(where_ + ": the graph is broken: " + what + ".");
  }

  void check_shape(const std::vector<std::int64_t>& shape, element_type type,
                   const std::string& name) const {
    if (type > element_type::boolean) fail(name + " has an unknown element type");
    if (shape.size() > max_rank) fail(name + " has more than 8 dimensions");
    std::uint64_t elements = 1;
    for (auto size : shape) {
      if (size < 1 || size > max_dimension) fail(name + " has an impossible dimension");
      elements *= static_cast<std::uint64_t>(size);
      if (elements > max_elements) fail(name + " is too large");
    }
  }

  void check_weight(const weight_info& weight, const std::string& name) const {
    check_shape(weight.shape, weight.type, name);
    if (weight.sha256.size() != 64 ||
        weight.sha256.find_first_not_of("0123456789abcdef") != std::string::npos)
      fail(name + " is not named by a SHA-256");
    if (weight.stored_as_half && weight.type != element_type::f32)
      fail(name + " is stored in half precision without being one of f32");
  }

  void make(value_id id, op_id producer, const std::string& place) {
    if (id >= g_.values.size()) fail(place + " make a value that does not exist");
    if (made_[id]) fail("value " + std::to_string(id) + " is made twice");
    if (g_.values[id].producer != producer)
      fail("value " + std::to_string(id) + " names another producer");
    made_[id] = true;
  }

  void read(value_id id, const std::string& place) const {
    if (id >= g_.values.size() || !made_[id]) fail(place + " read a value that is not made before");
  }

  void read_weight(weight_id id, const std::string& place) const {
    if (id >= g_.weights.size()) fail(place + " reads a weight that does not exist");
  }

  void check_op(op_id id) {
    const auto& o = g_.ops[id];
    const auto place = "op " + std::to_string(id) + " (" + o.name + ")";
    if (o.kind > op_kind::window_product) fail(place + " is of an unknown kind");
    for (auto input : o.inputs) read(input, place);
    for (auto weight : o.weights) read_weight(weight, place);
    for (const auto& arg : o.call.arguments) check_argument(o, arg, place);
    if (o.outputs.empty()) fail(place + " makes nothing");
    if (o.kind != op_kind::atom && o.outputs.size() != 1) fail(place + " must make one value");
    for (auto output : o.outputs) make(output, id, place);
    check_kind(o, place);
  }

  void check_kind(const op& o, const std::string& place) const {
    switch (o.kind) {
      case op_kind::convolution:
        return check_convolution(o, place);
      case op_kind::transposed_convolution:
        return check_transposed(o, place);
      case op_kind::max_pool:
      case op_kind::avg_pool:
        return check_pool(o, place);
      case op_kind::upsample:
        return check_upsample(o, place);
      case op_kind::elementwise:
        return check_elementwise(o, place);
      case op_kind::per_pixel:
        one_input(o, place);
        return check_same_pixels(o, place);
      case op_kind::concat:
        return check_concat(o, place);
      case op_kind::select:
        return check_select(o, place);
      case op_kind::reshape:
        return check_reshape(o, place);
      case op_kind::product:
        return check_fault(fault_of_product(g_, o), place);
      case op_kind::take:
        return check_fault(fault_of_take(g_, o), place);
      case op_kind::regroup:
        return check_fault(fault_of_regroup(g_, o), place);
      case op_kind::window_product:
        return check_fault(fault_of_window_product(g_, o), place);
      case op_kind::atom:
        return;
    }
  }

  void check_fault(const std::string& fault, const std::string& place) const {
    if (!fault.empty()) fail(place + " " + fault);
  }

  void check_argument(const op& o, const argument& arg, const std::string& place) const {
    auto known = [&](value_id id) {
      if (std::find(o.inputs.begin(), o.inputs.end(), id) == o.inputs.end())
        fail(place + " calls with a value that is not among its inputs");
    };
    if (const auto* v = std::get_if<value_ref>(&arg)) known(v->id);
    if (const auto* w = std::get_if<weight_ref>(&arg)) read_weight(w->id, place);
    if (const auto* list = std::get_if<tensor_list>(&arg)) {
      for (const auto& item : list->items) {
        if (const auto* v = std::get_if<value_ref>(&item)) known(v->id);
        if (const auto* w = std::get_if<weight_ref>(&item)) read_weight(w->id, place);
      }
    }
  }

  const value_info& map_of(value_id id, const std::string& place) const {
    if (!is_map(g_.values[id])) fail(place + " works on something that is no 1xCxHxW map");
    return g_.values[id];
  }

  const value_info& one_input(const op& o, const std::string& place) const {
    if (o.inputs.size() != 1) fail(place + " needs one input");
    return g_.values[o.inputs[0]];
  }

  /// The input and the output are maps of the same rows and columns.
  void check_same_pixels(const op& o, const std::string& place) const {
    const auto& in = map_of(o.inputs[0], place);
    const auto& out = map_of(o.outputs[0], place);
    if (in.shape[2] != out.shape[2] || in.shape[3] != out.shape[3])
      fail(place + " changes the number of pixels");
  }

  void check_window_bounds(const op& o, const std::string& place) const {
    for (std::size_t axis = 0; axis < 2; ++axis) {
      const auto k = o.win.kernel[axis], s = o.win.stride[axis], p = o.win.padding[axis],
                 d = o.win.dilation[axis];
      if (k < 1 || s < 1 || d < 1 || p < 0 || k > max_window || s > max_window || d > max_window ||
          p > max_window)
        fail(place + " has an impossible window");
    }
  }

  void check_window(const op& o, const value_info& in, const value_info& out, bool may_hang_over,
                    const std::string& place) const {
    check_window_bounds(o, place);
    for (std::size_t axis = 0; axis < 2; ++axis) {
      const auto k = o.win.kernel[axis], s = o.win.stride[axis], p = o.win.padding[axis],
                 d = o.win.dilation[axis];
      const auto room = in.shape[2 + axis] + 2 * p - ((k - 1) * d + 1);
      const auto size = out.shape[2 + axis];
      const auto floor_size = room < 0 ? 0 : room / s + 1;
      // ceil_mode: one more where a window hangs over the edge but starts inside.
      const bool fits = size == floor_size || (may_hang_over && size == floor_size + 1 &&
                                               (size - 1) * s < in.shape[2 + axis] + p);
      if (!fits) fail(place + " has a window that does not give its output's size");
    }
  }

  void check_convolution(const op& o, const std::string& place) const {
    if (o.inputs.empty() || o.inputs.size() > 2 || o.weights.empty() || o.weights.size() > 2)
      fail(place + " needs one or two inputs and weights");
    if (o.activation.kind > fused_activation::kind_t::clip)
      fail(place + " has an unknown activation");
    const auto& in = map_of(o.inputs[0], place);
    const auto& out = map_of(o.outputs[0], place);
    check_groups(o, in, out, place);
    check_weights(o, {out.shape[1], in.shape[1] / o.groups, o.win.kernel[0], o.win.kernel[1]},
                  place);
    if (o.inputs.size() == 2 && map_of(o.inputs[1], place).shape != out.shape)
      fail(place + " adds a residual of another shape");
    check_window(o, in, out, false, place);
  }

  void check_groups(const op& o, const value_info& in, const value_info& out,
                    const std::string& place) const {
    if (o.groups < 1 || in.shape[1] % o.groups != 0 || out.shape[1] % o.groups != 0)
      fail(place + " has an impossible number of groups");
  }

  void check_weights(const op& o, const std::vector<std::int64_t>& shape,
                     const std::string& place) const {
    const auto& w = g_.weights[o.weights[0]];
    if (w.shape != shape || w.type != element_type::f32)
      fail(place + " has a weight of the wrong shape");
    if (o.weights.size() < 2) return;
    const auto& bias = g_.weights[o.weights[1]];
    if (bias.shape != std::vector<std::int64_t>{g_.values[o.outputs[0]].shape[1]} ||
        bias.type != element_type::f32)
      fail(place + " has a bias of the wrong shape");
  }

  void check_transposed(const op& o, const std::string& place) const {
    one_input(o, place);
    if (o.weights.empty() || o.weights.size() > 2) fail(place + " needs one or two weights");
    if (o.activation.kind != fused_activation::kind_t::none)
      fail(place + " has an activation, which its kind cannot");
    const auto& in = map_of(o.inputs[0], place);
    const auto& out = map_of(o.outputs[0], place);
    check_groups(o, in, out, place);
    check_weights(o, {in.shape[1], out.shape[1] / o.groups, o.win.kernel[0], o.win.kernel[1]},
                  place);
    check_window_bounds(o, place);
    for (std::size_t axis = 0; axis < 2; ++axis) {
      const auto s = o.win.stride[axis], d = o.win.dilation[axis];
      const auto least =
          (in.shape[2 + axis] - 1) * s - 2 * o.win.padding[axis] + (o.win.kernel[axis] - 1) * d + 1;
      const auto more = out.shape[2 + axis] - least;  // what LibTorch calls output padding
      if (more < 0 || more >= std::max(s, d))
        fail(place + " has a window that does not give its output's size");
    }
  }

  void check_upsample(const op& o, const std::string& place) const {
    one_input(o, place);
    if (map_of(o.inputs[0], place).shape[1] != map_of(o.outputs[0], place).shape[1])
      fail(place + " changes the number of channels");
    if (o.resize.kind > resampling::kind_t::bilinear) fail(place + " samples in an unknown way");
    for (auto scale : o.resize.scale)
      if (!(scale >= 0) || !std::isfinite(scale)) fail(place + " has an impossible scale");
  }

  void check_select(const op& o, const std::string& place) const {
    const auto& in = one_input(o, place);
    check_same_pixels(o, place);
    if (o.channels.size() != static_cast<std::size_t>(g_.values[o.outputs[0]].shape[1]))
      fail(place + " selects another number of channels than it makes");
    for (auto channel : o.channels)
      if (channel < 0 || channel >= in.shape[1])
        fail(place + " selects a channel that does not exist");
  }

  void check_reshape(const op& o, const std::string& place) const {
    const auto& in = one_input(o, place);
    const auto& out = g_.values[o.outputs[0]];
    if (in.type != out.type || element_count(in.shape) != element_count(out.shape))
      fail(place + " changes the number of elements");
  }

  void check_pool(const op& o, const std::string& place) const {
    one_input(o, place);
    const auto& in = map_of(o.inputs[0], place);
    const auto& out = map_of(o.outputs[0], place);
    if (in.shape[1] != out.shape[1]) fail(place + " changes the number of channels");
    for (std::size_t axis = 0; axis < 2; ++axis)
      if (o.win.padding[axis] > o.win.kernel[axis] / 2)  // its double may not fit
        fail(place + " pads more than half its kernel");
    if (o.kind == op_kind::avg_pool && o.win.dilation != std::array<std::int64_t, 2>{1, 1})
      fail(place + " averages with a dilation");
    check_window(o, in, out, true, place);
  }

  void check_concat(const op& o, const std::string& place) const {
    const auto& out = map_of(o.outputs[0], place);
    std::int64_t channels = 0;
    for (auto id : o.inputs) {
      const auto& in = map_of(id, place);
      if (in.shape[2] != out.shape[2] || in.shape[3] != out.shape[3])
        fail(place + " joins maps of different sizes");
      channels += in.shape[1];
    }
    if (channels != out.shape[1]) fail(place + " joins to another number of channels");
    if (o.activation.kind > fused_activation::kind_t::clip)
      fail(place + " has an unknown activation");
    if (o.weights.empty() && o.activation.kind == fused_activation::kind_t::none) return;
    if (o.weights.size() != 2) fail(place + " needs a scale and a shift");
    for (auto id : o.weights)
      if (g_.weights[id].shape != std::vector<std::int64_t>{out.shape[1]} ||
          g_.weights[id].type != element_type::f32)
        fail(place + " has a scale or shift of the wrong shape");
  }

  void check_elementwise(const op& o, const std::string& place) const {
    const auto& out = map_of(o.outputs[0], place);
    for (auto id : o.inputs) {
      const auto& in = map_of(id, place);
      for (std::size_t axis = 1; axis < 4; ++axis)
        if (in.shape[axis] != out.shape[axis] && in.shape[axis] != 1)
          fail(place + " combines maps that do not broadcast");
    }
    for (const auto& arg : o.call.arguments) {
      const auto* ref = std::get_if<weight_ref>(&arg);
      if (ref == nullptr) continue;
      const auto& constant = g_.weights[ref->id].shape;
      const bool per_channel = constant.size() == 1 && constant[0] == out.shape[1];
      if (!per_channel && !broadcasts(constant, out.shape))
        fail(place + " has a constant that does not broadcast");
    }
  }

  const graph& g_;
  const std::string& where_;
  std::vector<bool> made_;
};

}  // namespace

void validate(const graph& g, const std::string& where) {
  validator{g, where}.run();
}

}  // namespace bramble
