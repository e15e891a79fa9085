#include "model/import/lift.hpp"
#include "model/import/shuffle.hpp"

// LibTorch's own ops for what others write as views and permutations.
namespace bramble {
namespace {

using shape_t = std::vector<std::int64_t>;

/// The shape in which its blocks are axes of their own, and the order they come into.
struct blocks_seen {
  shape_t shape;
  shape_t order;
};

blocks_seen blocks_of_channels(const shape_t& in, std::int64_t size) {
  return {{1, in[1] / (size * size), size, size, in[2], in[3]}, {0, 1, 4, 2, 5, 3}};
}

blocks_seen blocks_of_pixels(const shape_t& in, std::int64_t size) {
  return {{1, in[1], in[2] / size, size, in[3] / size, size}, {0, 1, 3, 5, 2, 4}};
}

}  // namespace

bool lift_shuffle(const torch::jit::Node* node, graph_builder& builder) {
  const bool to_pixels = is_op(node, "aten::pixel_shuffle");
  if (!to_pixels && !is_op(node, "aten::pixel_unshuffle")) return false;
  const auto size = constant_int(node->input(1));
  const auto from = placed(builder, node->input(0));
  if (!size || *size < 1 || !from || !builder.facts().is_map(node->input(0))) return false;
  const auto& in = builder.facts().tensor(node->input(0))->shape;
  const auto& out = builder.facts().tensor(node->output())->shape;
  const auto blocks = to_pixels ? blocks_of_channels(in, *size) : blocks_of_pixels(in, *size);
  auto how = reshaped(from->how, blocks.shape);
  if (!how) return false;
  how = reshaped(permuted(*how, blocks.order), out);
  if (!how) return false;
  const auto made = shuffled(builder, from->map, *how, out);
  if (!made) return false;
  builder.carry(node->output(), {*made, tensor_form::channels_first, {}});
  return true;
}

}  // namespace bramble
