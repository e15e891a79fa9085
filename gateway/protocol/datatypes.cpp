#include "gateway/protocol/datatypes.hpp"

#include <array>
#include <utility>
#include <vector>

#include "config/format.hpp"

namespace bramble::gateway {
namespace {

constexpr std::array<std::pair<element_type, const char*>, 9> datatypes{{
    {element_type::f32, "FP32"},
    {element_type::f16, "FP16"},
    {element_type::f64, "FP64"},
    {element_type::i64, "INT64"},
    {element_type::i32, "INT32"},
    {element_type::i16, "INT16"},
    {element_type::i8, "INT8"},
    {element_type::u8, "UINT8"},
    {element_type::boolean, "BOOL"},
}};

}  // namespace

const char* datatype_of(element_type type) {
  for (const auto& [known, name] : datatypes)
    if (known == type) return name;
  return "BYTES";  // a peer may send any byte
}

std::optional<element_type> element_of(std::string_view datatype) {
  for (const auto& [known, name] : datatypes)
    if (datatype == name) return known;
  return std::nullopt;
}

std::string known_datatypes() {
  std::vector<std::string> names;
  names.reserve(datatypes.size());
  for (const auto& each : datatypes) names.emplace_back(each.second);
  return listed(names);
}

}  // namespace bramble::gateway
