#include "balancer/shelf/profile_tokens.hpp"

#include <algorithm>

namespace bramble {
namespace {

using json = nlohmann::json;

/// So many numbers, none of them negative or beyond any model's.
std::optional<std::vector<std::int64_t>> numbers(const json& node) {
  if (!node.is_array()) return {};
  std::vector<std::int64_t> out;
  for (const auto& number : node) {
    if (!number.is_number_unsigned() || number.get<std::uint64_t>() >> 32 != 0) return {};
    out.push_back(number.get<std::int64_t>());
  }
  return out;
}

std::optional<matrix_product> product_from(const json& node) {
  if (!node.is_object()) return {};
  const auto sizes = numbers(node.value("sizes", json())),
             left = numbers(node.value("left", json())),
             right = numbers(node.value("right", json()));
  const auto by_rows = node.value("by_rows", json()), joined = node.value("joined", json());
  if (!sizes || !left || !right || sizes->size() != 3 || left->size() != 2 || right->size() != 2 ||
      !by_rows.is_boolean() || !joined.is_boolean())
    return {};
  matrix_product out;
  out.blocks = (*sizes)[0];
  out.heads = (*sizes)[1];
  out.depth = (*sizes)[2];
  out.left = {(*left)[0], (*left)[1]};
  out.right = {(*right)[0], (*right)[1]};
  out.by_rows = by_rows.get<bool>();
  out.joined = joined.get<bool>();
  return out;
}

}  // namespace

json json_of(const matrix_product& p) {
  return {{"sizes", {p.blocks, p.heads, p.depth}},
          {"left", {p.left.first, p.left.step}},
          {"right", {p.right.first, p.right.step}},
          {"by_rows", p.by_rows},
          {"joined", p.joined}};
}

bool read_product(const json& node, const json& product, op& o) {
  const auto multiplied = product_from(product);
  if (!multiplied) return false;
  o.kind = op_kind::product;
  o.product = *multiplied;
  if (!node.contains("windows")) return true;
  const auto sizes = numbers(node["windows"]);
  if (!sizes || sizes->size() != 2) return false;
  o.kind = op_kind::window_product;
  o.windows = {(*sizes)[0], (*sizes)[1]};
  return true;
}

json json_of_take(const graph& g, const op& o) {
  json runs = json::array(), constants = json::array();
  for (const auto& run : o.taken.runs) runs.push_back({run.source, run.first, run.count});
  for (auto id : o.weights) constants.push_back(g.weights[id].shape);
  return {{"columns", o.taken.columns}, {"runs", runs}, {"constants", constants}};
}

std::optional<taken_by_profile> taken_from(const json& node) {
  if (!node.is_object()) return {};
  const auto columns = node.value("columns", json()), runs = node.value("runs", json()),
             constants = node.value("constants", json());
  if (!columns.is_boolean() || !runs.is_array() || !constants.is_array()) return {};
  taken_by_profile out;
  out.rows.columns = columns.get<bool>();
  for (const auto& run : runs) {
    const auto three = numbers(run);
    if (!three || three->size() != 3) return {};
    out.rows.runs.push_back({static_cast<std::uint32_t>((*three)[0]), (*three)[1], (*three)[2]});
  }
  for (const auto& constant : constants) {
    auto shape = numbers(constant);
    if (!shape) return {};
    out.constants.push_back(std::move(*shape));
  }
  return out;
}

}  // namespace bramble
