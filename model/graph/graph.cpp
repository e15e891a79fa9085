#include "model/graph/graph.hpp"

#include "model/graph/element_name.hpp"
#include "model/graph/region.hpp"

namespace bramble {
bool broadcasts(const std::vector<std::int64_t>& from, const std::vector<std::int64_t>& to) {
  if (element_count(from) == 1) return true;
  if (from.size() > to.size()) return false;
  const auto offset = to.size() - from.size();
  for (std::size_t i = 0; i < from.size(); ++i)
    if (from[i] != 1 && from[i] != to[offset + i]) return false;
  return true;
}

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

const char* name_of(element_type type) {
  static constexpr const char* names[] = {"float32", "float16", "float64", "int64", "int32",
                                          "int16",   "int8",    "uint8",   "bool"};
  const auto index = static_cast<std::size_t>(type);
  return index < std::size(names) ? names[index] : "unknown";  // a peer may send any byte
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
    case op_kind::transposed_convolution:
      return "transposed convolution";
    case op_kind::upsample:
      return "upsample";
    case op_kind::per_pixel:
      return "per pixel";
    case op_kind::concat:
      return "concat";
    case op_kind::select:
      return "select";
    case op_kind::reshape:
      return "reshape";
    case op_kind::product:
      return "product";
    case op_kind::take:
      return "take";
    case op_kind::regroup:
      return "regroup";
    case op_kind::window_product:
      return "window product";
    default:
      return "atom";
  }
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
