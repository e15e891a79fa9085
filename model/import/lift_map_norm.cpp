#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <cmath>

#include "config/defaults_import.hpp"
#include "model/import/lift.hpp"

// Norms by the mean and variance of a whole map, as ops that make them part by part: each node
// takes the means and variances of its own rows, and only those travel.
namespace bramble {
namespace {

using torch::jit::Node;
using shape_t = std::vector<std::int64_t>;

struct norm_of_map {
  std::int64_t groups = 1;
  double epsilon = 0;
  argument weight = nothing{};  ///< of each channel, or nothing
  argument bias = nothing{};
};

/// Adds up to the mean and variance of each group of channels. For parts of equally many elements
/// the variance of all is the mean of the parts' variances and of the squared distances of their
/// means to the mean of all: no difference of large numbers.
class map_statistics {
 public:
  map_statistics(graph_builder& builder, value_id map, std::int64_t groups)
      : builder_{builder}, map_{map}, shape_{builder.shape(map)}, groups_{groups} {}

  struct moments {
    value_id mean = no_id;  ///< 1xCx1x1, or 1x1x1x1 for all channels alike
    value_id variance = no_id;
  };

  moments make() { return groups_ == 1 && shape_[1] > 1 ? of_one_group() : of_rows(); }

 private:
  /// Each pixel's channels first.
  moments of_one_group() {
    const auto channels = shape_t{1};
    const auto means =
        of_pixels({"aten::mean", "dim", {value_ref{map_}, channels, true, nothing{}}}, map_, 1);
    const auto variances =
        of_pixels({"aten::var", "dim", {value_ref{map_}, channels, false, true}}, map_, 1);
    return united(means, variances);
  }

  /// Each row of each channel first, then the group's channels.
  moments of_rows() {
    const auto means = of_groups(row_average(map_));
    const auto squares = squared_difference(map_, spread(means));
    const auto all = united(means, of_groups(row_average(squares)));
    return {spread(all.mean), spread(all.variance)};
  }

  /// Of all parts that a map has the means and variances of.
  moments united(value_id means, value_id variances) {
    const auto mean = average_of_all(means);
    if (mean == means) return {means, variances};
    const auto apart = squared_difference(means, mean);
    const auto both = elementwise(
        "add", {"aten::add", "Tensor", {value_ref{variances}, value_ref{apart}, std::int64_t{1}}},
        variances);
    return {mean, average_of_all(both)};
  }

  value_id row_average(value_id map) {
    return shape_[3] > 1 ? average(builder_, map, {1, shape_[3]}) : map;
  }

  /// Few numbers at once: an op less.
  value_id average_of_all(value_id map) {
    const auto shape = builder_.shape(map);
    const auto pixels = shape[2] * shape[3];
    if (pixels == 1) return map;
    return pixels <= defaults::import_averaged_at_once
               ? average(builder_, map, {shape[2], shape[3]})
               : global_average(builder_, map);
  }

  value_id of_groups(value_id map) {
    if (groups_ == shape_[1]) return map;
    const shape_t size{shape_[1] / groups_}, none{0};
    return of_pixels({"aten::avg_pool1d", "", {value_ref{map}, size, size, none, false, true}}, map,
                     groups_);
  }

  /// A group's number for each of its channels.
  value_id spread(value_id map) {
    if (groups_ == shape_[1]) return map;
    shape_t channels(static_cast<std::size_t>(shape_[1]));
    const auto size = shape_[1] / groups_;
    for (std::size_t c = 0; c < channels.size(); ++c)
      channels[c] = static_cast<std::int64_t>(c) / size;
    return selected(builder_, map, std::move(channels));
  }

  value_id squared_difference(value_id a, value_id b) {
    // The reduction 0 is none.
    return elementwise("square",
                       {"aten::mse_loss", "", {value_ref{a}, value_ref{b}, std::int64_t{0}}}, a);
  }

  value_id elementwise(const char* name, registry_call call, value_id like) {
    op o;
    o.kind = op_kind::elementwise;
    o.name = builder_.next_name(name);
    o.inputs = values_of(call);
    o.call = std::move(call);
    return builder_.append(std::move(o), builder_.shape(like));
  }

  value_id of_pixels(registry_call call, value_id map, std::int64_t channels) {
    op o;
    o.kind = op_kind::per_pixel;
    o.name = builder_.next_name(call.schema.substr(call.schema.rfind(':') + 1));
    o.inputs = {map};
    o.call = std::move(call);
    auto shape = builder_.shape(map);
    shape[1] = channels;
    return builder_.append(std::move(o), std::move(shape));
  }

  graph_builder& builder_;
  value_id map_;
  shape_t shape_;  // a copy: values are added
  std::int64_t groups_;
};

/// A constant of each channel, or none.
std::optional<argument> of_channels(const torch::jit::Value* value, std::int64_t channels,
                                    graph_builder& builder) {
  if (is_none(value)) return argument{nothing{}};
  const auto tensor = constant_tensor(value);
  if (!tensor || !at::isFloatingType(tensor->scalar_type()) ||
      tensor->scalar_type() == at::kDouble || tensor->dim() != 1 || tensor->size(0) != channels)
    return {};
  return argument{weight_ref{builder.weight(value)}};
}

/// Without statistics from training, which are a batch norm's.
std::optional<norm_of_map> norm_of(const Node* node, graph_builder& builder) {
  const bool instances = is_op(node, "aten::instance_norm");
  if (!instances && !is_op(node, "aten::group_norm")) return {};
  if (instances && (constant_bool(node->input(5)) != true || !is_none(node->input(3)) ||
                    !is_none(node->input(4))))
    return {};
  const auto channels = builder.facts().tensor(node->input(0))->shape[1];
  const auto groups = instances ? channels : constant_int(node->input(1));
  const auto epsilon = constant_number(node->input(instances ? 7 : 4));
  const auto weight = of_channels(node->input(instances ? 1 : 2), channels, builder);
  const auto bias = of_channels(node->input(instances ? 2 : 3), channels, builder);
  if (!groups || *groups < 1 || channels % *groups != 0 || !epsilon || !weight || !bias) return {};
  return norm_of_map{*groups, *epsilon, *weight, *bias};
}

/// An instance norm with the statistics of its training is a batch norm.
bool lift_fixed_norm(const Node* node, graph_builder& builder) {
  const auto* x = node->input(0);
  if (constant_bool(node->input(5)) != false || !builder.facts().is_map(x)) return false;
  const auto channels = builder.facts().tensor(x)->shape[1];
  registry_call call{"aten::batch_norm", "", {value_ref{builder.value(x)}}};
  for (const std::size_t i : {1, 2, 3, 4}) {
    const auto constant = of_channels(node->input(i), channels, builder);
    if (!constant || (i > 2 && std::holds_alternative<nothing>(*constant))) return false;
    call.arguments.push_back(*constant);
  }
  const auto epsilon = constant_number(node->input(7));
  if (!epsilon) return false;
  call.arguments.insert(call.arguments.end(), {false, 0.0, *epsilon, false});
  op o;
  o.kind = op_kind::elementwise;
  o.name = builder.next_name("instance_norm");
  o.inputs = values_of(call);
  o.call = std::move(call);
  const auto made = builder.append(std::move(o), builder.facts().tensor(x)->shape);
  builder.carry(node->output(), {made, tensor_form::channels_first, {}});
  return true;
}

/// A line as a photo, as square as it goes: rows of it are taken by themselves.
std::optional<value_id> as_square(graph_builder& builder, value_id line) {
  const auto shape = builder.shape(line);
  auto columns = static_cast<std::int64_t>(std::sqrt(static_cast<double>(shape[2])));
  while (columns > 1 && shape[2] % columns != 0) --columns;
  if (columns <= 1) return {};
  return in_pixels(builder, line, {1, shape[1], shape[2] / columns, columns});
}

std::optional<value_id> map_to_norm(const Node* node, graph_builder& builder) {
  const auto* x = node->input(0);
  if (builder.facts().is_map(x)) return builder.value(x);
  if (!is_line(builder.facts().tensor(x))) return {};
  const auto line = line_of(builder, x);
  return builder.shape(line)[3] == 1 ? as_square(builder, line) : line;
}

}  // namespace

bool lift_map_norm(const Node* node, graph_builder& builder) {
  if (is_op(node, "aten::instance_norm") && lift_fixed_norm(node, builder)) return true;
  const auto norm = norm_of(node, builder);
  if (!norm) return false;
  const auto map = map_to_norm(node, builder);
  if (!map) return false;
  const auto all = map_statistics{builder, *map, norm->groups}.make();
  op o;
  o.kind = op_kind::elementwise;
  o.name = builder.next_name(node->kind().toUnqualString());
  o.inputs = {*map, all.mean, all.variance};
  o.call = {"aten::batch_norm",
            "",
            {value_ref{*map}, norm->weight, norm->bias, value_ref{all.mean},
             value_ref{all.variance}, false, 0.0, norm->epsilon, false}};
  auto shape = builder.shape(*map);
  auto made = builder.append(std::move(o), shape);
  const auto& wanted = builder.facts().tensor(node->output())->shape;
  if (wanted.size() == 3) made = in_pixels(builder, made, {1, wanted[1], wanted[2], 1});
  builder.carry(node->output(), {made, tensor_form::channels_first, {}});
  return true;
}

}  // namespace bramble
