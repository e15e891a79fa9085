#include "model/graph/graph.hpp"

#include "model/graph/region.hpp"

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
    if (o.kind > op_kind::atom) fail(place + " is of an unknown kind");
    for (auto input : o.inputs) read(input, place);
    for (auto weight : o.weights) read_weight(weight, place);
    for (const auto& arg : o.call.arguments) check_argument(o, arg, place);
    if (o.outputs.empty()) fail(place + " makes nothing");
    if (o.kind != op_kind::atom && o.outputs.size() != 1) fail(place + " must make one value");
    for (auto output : o.outputs) make(output, id, place);
    if (o.kind == op_kind::convolution) check_convolution(o, place);
    if (o.kind == op_kind::max_pool || o.kind == op_kind::avg_pool) check_pool(o, place);
    if (o.kind == op_kind::concat) check_concat(o, place);
    if (o.kind == op_kind::elementwise) check_elementwise(o, place);
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

  void check_window(const op& o, const value_info& in, const value_info& out, bool may_hang_over,
                    const std::string& place) const {
    for (std::size_t axis = 0; axis < 2; ++axis) {
      const auto k = o.win.kernel[axis], s = o.win.stride[axis], p = o.win.padding[axis],
                 d = o.win.dilation[axis];
      if (k < 1 || s < 1 || d < 1 || p < 0 || k > max_window || s > max_window || d > max_window ||
          p > max_window)
        fail(place + " has an impossible window");
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
    const auto& w = g_.weights[o.weights[0]];
    if (w.shape.size() != 4 || w.type != element_type::f32) fail(place + " has no OIHW weight");
    if (o.groups < 1 || in.shape[1] % o.groups != 0 || out.shape[1] % o.groups != 0)
      fail(place + " has an impossible number of groups");
    if (w.shape[0] != out.shape[1] || w.shape[1] != in.shape[1] / o.groups ||
        w.shape[2] != o.win.kernel[0] || w.shape[3] != o.win.kernel[1])
      fail(place + " has a weight of the wrong shape");
    if (o.weights.size() == 2 &&
        (g_.weights[o.weights[1]].shape != std::vector<std::int64_t>{out.shape[1]} ||
         g_.weights[o.weights[1]].type != element_type::f32))
      fail(place + " has a bias of the wrong shape");
    if (o.inputs.size() == 2 && map_of(o.inputs[1], place).shape != out.shape)
      fail(place + " adds a residual of another shape");
    check_window(o, in, out, false, place);
  }

  void check_pool(const op& o, const std::string& place) const {
    if (o.inputs.size() != 1) fail(place + " needs one input");
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
      const auto& shape = g_.weights[ref->id].shape;
      // A constant that varied over rows or columns would have to be cut with the region.
      if (element_count(shape) > 1 &&
          element_count(shape) != static_cast<std::uint64_t>(out.shape[1]))
        fail(place + " has a constant that is not per channel");
    }
  }

  const graph& g_;
  const std::string& where_;
  std::vector<bool> made_;
};

}  // namespace

std::size_t size_of(element_type type) {
  switch (type) {
    case element_type::f64:
    case element_type::i64:
      return 8;
    case element_type::f32:
    case element_type::i32:
      return 4;
    case element_type::f16:
    case element_type::i16:
      return 2;
    default:
      return 1;
  }
}

std::uint64_t blob_bytes(const weight_info& weight) {
  return element_count(weight.shape) *
         size_of(weight.stored_as_half ? element_type::f16 : weight.type);
}

const char* name_of(op_kind kind) {
  switch (kind) {
    case op_kind::convolution:
      return "convolution";
    case op_kind::max_pool:
      return "max pool";
    case op_kind::avg_pool:
      return "average pool";
    case op_kind::elementwise:
      return "elementwise";
    case op_kind::concat:
      return "concat";
    default:
      return "atom";
  }
}

void validate(const graph& g, const std::string& where) {
  validator{g, where}.run();
}

std::vector<std::vector<op_id>> consumers(const graph& g) {
  std::vector<std::vector<op_id>> out(g.values.size());
  for (std::size_t i = 0; i < g.ops.size(); ++i) {
    for (auto id : g.ops[i].inputs) {
      auto& readers = out[id];
      if (readers.empty() || readers.back() != i) readers.push_back(static_cast<op_id>(i));
    }
  }
  return out;
}

std::uint64_t element_count(const std::vector<std::int64_t>& shape) {
  std::uint64_t count = 1;
  for (auto size : shape) count *= static_cast<std::uint64_t>(size);
  return count;
}

double macs(const graph& g, op_id id) {
  const auto& o = g.ops[id];
  return macs(g, id, extent(g.values[o.outputs[0]]));
}

double total_macs(const graph& g) {
  double sum = 0;
  for (std::size_t i = 0; i < g.ops.size(); ++i) sum += macs(g, static_cast<op_id>(i));
  return sum;
}

}  // namespace bramble
