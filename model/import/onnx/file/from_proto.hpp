#pragma once

#include <onnx/onnx_pb.h>

#include <filesystem>
#include <map>
#include <string>

#include "model/import/onnx/file/mapped_file.hpp"
#include "model/import/onnx/file/onnx_model.hpp"

namespace bramble {

/// Makes plain data of protobuf's messages, which it empties on the way: the bytes of constants
/// change hands.
class proto_reader {
 public:
  /// `folder`: where constants outside the file lie; empty where none may.
  proto_reader(std::filesystem::path folder, std::string place)
      : folder_{std::move(folder)}, place_{std::move(place)} {}

  onnx_model model(onnx::ModelProto& from);
  onnx_tensor tensor(onnx::TensorProto& from);
  onnx_function function(onnx::FunctionProto& from);
  onnx_node node(onnx::NodeProto& from);
  onnx_attribute attribute(onnx::AttributeProto& from);

  /// How many elements a constant has; refuses more than can be.
  std::size_t count(const onnx::TensorProto& from) const;

  /// The file that a constant names, which has to lie in the folder and to be there.
  mapped_file outside(const onnx::TensorProto& from);

 private:
  onnx_graph graph(onnx::GraphProto& from);
  onnx_value value(const onnx::ValueInfoProto& from) const;
  byte_vector elements(const onnx::TensorProto& from, std::size_t wanted) const;
  void fill(onnx_tensor& to, onnx::TensorProto& from, std::size_t elements_wanted);
  void fill_from_outside(onnx_tensor& to, const onnx::TensorProto& from, std::size_t bytes);
  [[noreturn]] void refuse(const std::string& what) const;
  [[noreturn]] void refuse(const onnx::TensorProto& tensor, const std::string& what) const;

  std::filesystem::path folder_;
  std::string place_;
  std::map<std::string, mapped_file> files_;
};

}  // namespace bramble
