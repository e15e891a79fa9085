#include "model/import/onnx/file/onnx_model.hpp"

#include <array>

#include "config/parse.hpp"

namespace bramble {
namespace {

struct type_facts {
  const char* name;
  std::size_t size;
};

/// In the order of `onnx_type`.
constexpr std::array<type_facts, 17> types{{{"no type", 0},
                                            {"float32", 4},
                                            {"uint8", 1},
                                            {"int8", 1},
                                            {"uint16", 2},
                                            {"int16", 2},
                                            {"int32", 4},
                                            {"int64", 8},
                                            {"string", 0},
                                            {"bool", 1},
                                            {"float16", 2},
                                            {"float64", 8},
                                            {"uint32", 4},
                                            {"uint64", 8},
                                            {"complex64", 8},
                                            {"complex128", 16},
                                            {"bfloat16", 2}}};

bool is_listed(onnx_type type) {
  return type >= onnx_type::none && type <= onnx_type::bf16;
}

}  // namespace

std::string name_of(onnx_type type) {
  const auto number = static_cast<std::int32_t>(type);
  if (!is_listed(type)) return "type " + std::to_string(number);
  return types[static_cast<std::size_t>(number)].name;
}

std::size_t size_of(onnx_type type) {
  return is_listed(type) ? types[static_cast<std::size_t>(type)].size : 0;
}

std::string describe(const onnx_node& node) {
  const auto op = printable(node.domain.empty() ? node.op : node.domain + "." + node.op);
  if (!node.name.empty()) return printable(node.name) + " (" + op + ")";
  for (const auto& output : node.outputs)
    if (!output.empty()) return "of `" + printable(output) + "` (" + op + ")";
  return "(" + op + ")";
}

}  // namespace bramble
