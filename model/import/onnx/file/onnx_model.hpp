#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/base/codec.hpp"

namespace bramble {

/// ONNX's numbers for what tensors are made of.
enum class onnx_type : std::int32_t {
  none = 0,
  f32 = 1,
  u8 = 2,
  i8 = 3,
  u16 = 4,
  i16 = 5,
  i32 = 6,
  i64 = 7,
  text = 8,
  boolean = 9,
  f16 = 10,
  f64 = 11,
  u32 = 12,
  u64 = 13,
  complex64 = 14,
  complex128 = 15,
  bf16 = 16
};

/// "float16"; "type 23" for one that is not in the list above.
std::string name_of(onnx_type type);
/// Bytes of an element; 0 where elements have no fixed size, or are none of the list.
std::size_t size_of(onnx_type type);

/// A constant of a file: dense, row-major, little-endian, as the file has it.
struct onnx_tensor {
  std::string name;
  onnx_type type = onnx_type::none;
  std::vector<std::int64_t> shape;
  byte_span bytes;                   ///< `size_of(type)` times the elements; of texts none
  std::shared_ptr<const void> keep;  ///< holds `bytes`
};

struct onnx_graph;

/// What a node is told besides its inputs.
using onnx_attribute =
    std::variant<std::monostate, std::int64_t, float, std::string, std::vector<std::int64_t>,
                 std::vector<float>, std::vector<std::string>, onnx_tensor,
                 std::shared_ptr<const onnx_graph>>;

struct onnx_node {
  std::string op;
  std::string domain;                        ///< empty: ONNX's own
  std::string name;                          ///< may be empty
  std::vector<std::string> inputs, outputs;  ///< empty names: left out
  std::map<std::string, onnx_attribute> attributes;
  /// In a function: attributes that are those of the node that calls it, by their names there.
  std::map<std::string, std::string> passed_on;
};

/// "Conv_3 (Conv)", "a Conv without a name that makes `x`": fit for a terminal.
std::string describe(const onnx_node& node);

/// A size that the file says, or the name that it gives to one it does not ("batch"; may be empty).
using onnx_size = std::variant<std::int64_t, std::string>;

/// An input or output of a graph.
struct onnx_value {
  std::string name;
  onnx_type type = onnx_type::none;             ///< none: no tensor, or not said
  std::optional<std::vector<onnx_size>> shape;  ///< empty: not said
  std::string other{};                          ///< what it is instead of a tensor: "a sequence"
};

struct onnx_graph {
  std::string name;
  std::vector<onnx_node> nodes;
  std::vector<onnx_tensor> constants;  ///< a name that is an input's, too, is that input's default
  std::vector<onnx_value> inputs, outputs;
};

/// Nodes that stand for one.
struct onnx_function {
  std::string domain, name;
  std::vector<std::string> inputs, outputs;
  std::vector<onnx_node> nodes;
  std::map<std::string, std::int64_t> opsets;
  std::map<std::string, onnx_attribute> defaults{};  ///< of attributes that its caller leaves out
};

/// A file as plain data.
struct onnx_model {
  onnx_graph graph;
  std::map<std::string, std::int64_t> opsets;  ///< by domain; ONNX's own is ""
  std::vector<onnx_function> functions;
};

}  // namespace bramble
