#include "model/runtime/reference_network.hpp"

#include "config/base/files.hpp"
#include "config/base/hash.hpp"

namespace bramble {
namespace {

class stack {
 public:
  stack(std::int64_t channels, std::int64_t size) {
    graph_.name = "reference_network";
    graph_.values.push_back({{1, channels, size, size}, element_type::f32, no_id});
    graph_.inputs = {0};
  }

  /// Appends a convolution of `kernel` (odd) with as much padding as keeps the map's size.
  void convolution(std::int64_t channels, std::int64_t rows, std::int64_t columns) {
    const auto in = static_cast<value_id>(graph_.values.size() - 1);
    auto shape = graph_.values[in].shape;
    const auto weight = static_cast<weight_id>(graph_.weights.size());
    // No such blobs exist; the names only have to differ.
    graph_.weights.push_back({{channels, shape[1], rows, columns},
                              element_type::f32,
                              sha256_hex(as_bytes(std::to_string(weight)))});
    shape[1] = channels;
    op o;
    o.kind = op_kind::convolution;
    o.name = "conv " + std::to_string(rows) + "x" + std::to_string(columns);
    o.inputs = {in};
    o.outputs = {in + 1};
    o.weights = {weight};
    o.win.kernel = {rows, columns};
    o.win.padding = {rows / 2, columns / 2};
    graph_.values.push_back({shape, element_type::f32, static_cast<op_id>(graph_.ops.size())});
    graph_.ops.push_back(std::move(o));
  }

  graph finish() {
    graph_.outputs = {static_cast<value_id>(graph_.values.size() - 1)};
    validate(graph_, "the reference network");
    return std::move(graph_);
  }

 private:
  graph graph_;
};

}  // namespace

graph reference_network() {
  stack s{64, 35};
  s.convolution(96, 3, 3);
  s.convolution(96, 3, 3);
  s.convolution(256, 1, 1);
  s.convolution(192, 1, 7);
  s.convolution(224, 7, 1);
  s.convolution(384, 1, 1);
  return s.finish();
}

}  // namespace bramble
