// Some of the elements.
#include "model/import/onnx/op_table.hpp"

namespace bramble {
namespace {

using index_list = c10::List<c10::optional<at::Tensor>>;

struct cut {
  std::int64_t axis, begin, end, step;
};

std::vector<cut> cuts_of(const node_call& call) {
  const auto begins = call.list_or_input("starts", 1), ends = call.list_or_input("ends", 2);
  if (!begins || !ends) call.refuse("does not say where it cuts");
  const auto axes = call.list_or_input("axes", 3);
  const auto steps = call.has(4) ? call.ints(4) : shape_t(begins->size(), 1);
  if (ends->size() != begins->size() || steps.size() != begins->size() ||
      (axes && axes->size() != begins->size()))
    call.refuse("has lists of different lengths that say where it cuts");
  std::vector<cut> out;
  for (std::size_t i = 0; i < begins->size(); ++i)
    out.push_back({call.axis_of(axes ? (*axes)[i] : static_cast<std::int64_t>(i), call.rank(0)),
                   (*begins)[i], (*ends)[i], steps[i]});
  return out;
}

/// From `begin` down to before `end`: the run of them, turned round, every so many.
at::Tensor backwards(const at::Tensor& x, cut c) {
  const auto size = x.size(c.axis);
  if (c.begin < 0) c.begin += size;
  if (c.end < 0 && c.end >= -size) c.end += size;
  const auto first = std::min(std::max(c.begin, std::int64_t{-1}), size - 1);
  const auto last = std::max(c.end, std::int64_t{-1}) + 1;
  const auto run = at::flip(at::slice(x, c.axis, last, first + 1), {c.axis});
  return c.step == -1 ? run : at::slice(run, c.axis, 0, INT64_MAX, -c.step);
}

onnx_answers slice(const node_call& call) {
  auto x = call.in(0);
  for (const auto& c : cuts_of(call)) {
    if (c.step == 0 || c.step == INT64_MIN) call.refuse("cuts in steps of nothing");
    x = c.step > 0 ? at::slice(x, c.axis, c.begin, c.end, c.step) : backwards(x, c);
  }
  return {x};
}

onnx_answers gather(const node_call& call) {
  const auto &x = call.in(0), &index = call.in(1);
  const auto axis = call.axis("axis", 0, x.dim());
  if (!call.known(1)) {
    // A table of tokens, which may be looked up from its end.
    index_list places;
    for (std::int64_t i = 0; i < axis; ++i) places.push_back({});
    places.push_back(index.to(at::kLong));
    return {at::index(x, places)};
  }
  for (const auto place : call.ints(1))
    if (place < -x.size(axis) || place >= x.size(axis))
      call.refuse("takes element " + std::to_string(place) + " of " + std::to_string(x.size(axis)));
  const auto places = counted_from_front(index, x.size(axis));
  if (index.dim() == 0) return {at::select(x, axis, places.item<std::int64_t>())};
  const auto chosen = at::index_select(x, axis, places.reshape({-1}));
  if (index.dim() == 1) return {chosen};
  auto to = call.shape(0);
  const auto at = to.begin() + axis;
  to.insert(to.erase(at), index.sizes().begin(), index.sizes().end());
  return {at::reshape(chosen, to)};
}

onnx_answers gather_elements(const node_call& call) {
  const auto& x = call.in(0);
  const auto axis = call.axis("axis", 0, x.dim());
  return {at::gather(x, axis, counted_from_front(call.in(1), x.size(axis)))};
}

/// The last axis of the indices names elements, or slices, of what is behind the batch.
onnx_answers gather_tuples(const node_call& call) {
  const auto& x = call.in(0);
  const auto index = call.in(1).to(at::kLong);
  const auto batch = call.attribute("batch_dims", 0);
  const auto rank = index.dim();
  if (rank < 1 || batch < 0 || batch >= rank || batch + index.size(-1) > x.dim())
    call.refuse("has indices that do not fit its input");
  index_list places;
  for (std::int64_t i = 0; i < batch; ++i) {
    shape_t along(static_cast<std::size_t>(rank - 1), 1);
    along[static_cast<std::size_t>(i)] = x.size(i);
    places.push_back(at::arange(x.size(i), at::kLong).reshape(along));
  }
  for (std::int64_t i = 0; i < index.size(-1); ++i) places.push_back(at::select(index, -1, i));
  return {at::index(x, places)};
}

onnx_answers compress(const node_call& call) {
  const auto condition = call.needed(1).reshape({-1});
  const auto x = call.given("axis") ? call.in(0) : call.in(0).reshape({-1});
  const auto axis = call.given("axis") ? call.axis("axis", 0, x.dim()) : 0;
  if (condition.size(0) > x.size(axis)) call.refuse("has more conditions than elements");
  return {at::index_select(x, axis, at::nonzero(condition).reshape({-1}))};
}

onnx_answers non_zero(const node_call& call) {
  return {at::nonzero(call.needed(0)).t().contiguous()};
}

onnx_answers unique(const node_call& call) {
  const auto& x = call.needed(0);
  const bool flat = !call.given("axis");
  const auto in = flat ? x.reshape({-1}) : x;
  const auto axis = flat ? 0 : call.axis("axis", 0, x.dim());
  auto [values, inverse, counts] = at::unique_dim(in, axis, true, true, true);
  const auto distinct = counts.size(0);
  // Where each came first.
  const auto places = at::arange(inverse.size(0), at::kLong);
  auto first = at::full({distinct}, inverse.size(0), at::kLong)
                   .scatter_reduce(0, inverse, places, "amin", true);
  if (!call.flag("sorted", true)) {
    const auto order = at::argsort(first);
    const auto rank =
        at::empty({distinct}, at::kLong).scatter(0, order, at::arange(distinct, at::kLong));
    values = at::index_select(values, axis, order);
    counts = at::index_select(counts, 0, order);
    first = at::index_select(first, 0, order);
    inverse = at::index_select(rank, 0, inverse);
  }
  return {values, first, inverse, counts};
}

/// The first so many of each sequence turned round, the rest as it is.
onnx_answers reverse_sequence(const node_call& call) {
  const auto& x = call.in(0);
  const auto time = call.axis("time_axis", 0, x.dim()), batch = call.axis("batch_axis", 1, x.dim());
  const auto along = [&x](std::int64_t axis) {
    shape_t shape(static_cast<std::size_t>(x.dim()), 1);
    shape[static_cast<std::size_t>(axis)] = x.size(axis);
    return shape;
  };
  const auto step = at::arange(x.size(time), at::kLong).reshape(along(time));
  const auto length = at::reshape(call.in(1).to(at::kLong), along(batch));
  const auto from = at::where(at::lt(step, length), at::sub(at::sub(length, step), 1), step);
  return {at::gather(x, time, from.expand(x.sizes()))};
}

}  // namespace

const std::vector<onnx_op>& onnx_choices() {
  static const std::vector<onnx_op> all{{"Slice", slice},
                                        {"Gather", gather},
                                        {"GatherElements", gather_elements},
                                        {"GatherND", gather_tuples},
                                        {"Compress", compress},
                                        {"NonZero", non_zero},
                                        {"Unique", unique},
                                        {"ReverseSequence", reverse_sequence}};
  return all;
}

}  // namespace bramble
