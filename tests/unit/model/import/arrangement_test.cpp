// LibTorch first, see catch.hpp.
#include <torch/torch.h>

#include "model/import/arrangement.hpp"
//
#include <rapidcheck.h>

#include <algorithm>
#include <numeric>

#include "tests/support/catch.hpp"
#include "tests/support/random_graph.hpp"

using namespace bramble;

namespace {

using of_t = axis_part::of_t;
using shape_t = std::vector<std::int64_t>;

/// Where in the map, as channel, row, column, an element of the tensor is, by its arrangement.
std::int64_t place_in_map(const arrangement& how, const map_shape& map, const shape_t& index) {
  std::array<std::int64_t, 3> at{0, 0, how.first_channel};  // by `of_t`
  for (std::size_t axis = 0; axis < index.size(); ++axis) {
    auto left = index[axis];
    for (auto part = how.axes[axis].rbegin(); part != how.axes[axis].rend(); ++part) {
      at[static_cast<std::size_t>(part->of)] += left % part->size * part->stride;
      left /= part->size;
    }
  }
  return (at[2] * map[2] + at[0]) * map[3] + at[1];
}

bool says(const arrangement& how, const map_shape& map, const at::Tensor& tensor) {
  shape_t index(static_cast<std::size_t>(tensor.dim()), 0);
  const auto flat = tensor.reshape({-1});
  for (std::int64_t i = 0; i < flat.numel(); ++i) {
    auto left = i;
    for (auto axis = index.size(); axis-- > 0; left /= tensor.size(static_cast<std::int64_t>(axis)))
      index[axis] = left % tensor.size(static_cast<std::int64_t>(axis));
    if (place_in_map(how, map, index) != flat[i].item<std::int64_t>()) return false;
  }
  return true;
}

/// Another shape of as many elements.
shape_t any_shape(test::random_source& random, std::int64_t elements) {
  shape_t shape;
  while (elements > 1) {
    const auto size = test::detail::any_divisor(random, elements, elements);
    shape.push_back(size);
    elements /= size;
  }
  if (shape.empty() || random.chance(30)) shape.insert(shape.begin(), 1);
  return shape;
}

}  // namespace

TEST_CASE("an arrangement says where LibTorch finds each element, whatever is done to shapes") {
  REQUIRE(rc::check([] {
    test::random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    const map_shape map{1, random.number(1, 12), random.number(1, 6), random.number(1, 4)};
    auto tensor = at::arange(map[1] * map[2] * map[3], at::kLong).reshape(map);
    auto how = *arranged_as(map, {of_t::channels, of_t::rows, of_t::columns}, map);
    for (int step = 0; step < 6; ++step) {
      const auto rank = static_cast<std::size_t>(tensor.dim());
      if (random.chance(40)) {
        const auto shape = any_shape(random, tensor.numel());
        const auto next = reshaped(how, shape);
        if (!next) continue;
        how = *next;
        tensor = tensor.reshape(shape);
      } else if (random.chance(60)) {
        shape_t order(rank);
        std::iota(order.begin(), order.end(), 0);
        for (auto i = rank; i > 1; --i)
          std::swap(order[i - 1],
                    order[static_cast<std::size_t>(random.number(0, static_cast<int>(i) - 1))]);
        how = permuted(how, order);
        tensor = tensor.permute(order);
      } else {
        const auto axis = random.number(0, static_cast<std::int64_t>(rank) - 1);
        const auto first = random.number(0, tensor.size(axis) - 1);
        const auto count = random.number(1, tensor.size(axis) - first);
        const auto next = sliced(how, static_cast<std::size_t>(axis), first, 1, count);
        if (!next) continue;
        how = *next;
        tensor = tensor.slice(axis, first, first + count);
      }
      RC_ASSERT(says(how, map, tensor));
    }
    // In a map of its own channels, and in one of one column, it is the same tensor.
    const auto channels = channels_of(how);
    const auto count = static_cast<std::int64_t>(channels.size());
    const auto whole = at::arange(map[1] * map[2] * map[3], at::kLong).reshape(map);
    const auto own = whole.index_select(1, at::tensor(channels, at::kLong)).reshape({-1});
    const map_shape smaller{1, count, map[2], map[3]};
    const map_shape in_one_column{1, map[1], map[2] * map[3], 1};
    RC_ASSERT(says(with_rows_only(how, map[3]), in_one_column, tensor));
    const auto settled = with_own_channels(how);
    shape_t index(static_cast<std::size_t>(tensor.dim()), 0);
    const auto first = tensor.reshape({-1})[0].item<std::int64_t>();
    RC_ASSERT(own[place_in_map(settled, smaller, index)].item<std::int64_t>() == first);
  }));
}

TEST_CASE("axes that a shape cuts unevenly have no arrangement") {
  const map_shape map{1, 6, 4, 1};
  const std::array order{of_t::rows, of_t::columns, of_t::channels};
  CHECK(arranged_as(map, order, {1, 4, 6}));
  CHECK(arranged_as(map, order, {2, 12}));
  CHECK_FALSE(arranged_as(map, order, {3, 8}));
  const auto heads = arranged_as(map, order, {1, 4, 3, 2});
  REQUIRE(heads);
  CHECK(reshaped(permuted(*heads, {0, 2, 1, 3}), {3, 4, 2}));
  CHECK_FALSE(reshaped(permuted(*heads, {0, 2, 1, 3}), {8, 3}));
  CHECK(in_memory_order(*heads, map));
  CHECK_FALSE(in_memory_order(permuted(*heads, {0, 2, 1, 3}), map));
}
