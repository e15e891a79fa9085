#pragma once

#include <onnx/onnx_pb.h>

#include <cstring>
#include <fstream>
#include <string>
#include <variant>
#include <vector>

namespace bramble::test {

/// Writes small ONNX files.
class onnx_maker {
 public:
  explicit onnx_maker(std::int64_t opset = 13) {
    model.set_ir_version(7);
    model.add_opset_import()->set_version(opset);
    model.mutable_graph()->set_name("net");
  }

  using size = std::variant<std::int64_t, std::string>;

  onnx_maker& input(const std::string& name, const std::vector<size>& shape,
                    int type = onnx::TensorProto::FLOAT) {
    describe(*model.mutable_graph()->add_input(), name, &shape, type);
    return *this;
  }

  onnx_maker& output(const std::string& name, int type = onnx::TensorProto::FLOAT) {
    describe(*model.mutable_graph()->add_output(), name, nullptr, type);
    return *this;
  }

  onnx::NodeProto& node(const std::string& op, const std::vector<std::string>& inputs,
                        const std::vector<std::string>& outputs) {
    return add(*model.mutable_graph(), op, inputs, outputs);
  }

  static onnx::NodeProto& add(onnx::GraphProto& graph, const std::string& op,
                              const std::vector<std::string>& inputs,
                              const std::vector<std::string>& outputs) {
    auto& made = *graph.add_node();
    made.set_op_type(op);
    made.set_name(op + "_" + std::to_string(graph.node_size()));
    for (const auto& each : inputs) made.add_input(each);
    for (const auto& each : outputs) made.add_output(each);
    return made;
  }

  template <class Element>
  onnx::TensorProto& constant(const std::string& name, const std::vector<std::int64_t>& shape,
                              const std::vector<Element>& elements, int type) {
    auto& made = *model.mutable_graph()->add_initializer();
    made.set_name(name);
    for (const auto each : shape) made.add_dims(each);
    made.set_data_type(type);
    made.set_raw_data(elements.data(), elements.size() * sizeof(Element));
    return made;
  }
  onnx::TensorProto& floats(const std::string& name, const std::vector<std::int64_t>& shape,
                            const std::vector<float>& elements) {
    return constant(name, shape, elements, onnx::TensorProto::FLOAT);
  }
  onnx::TensorProto& ints(const std::string& name, const std::vector<std::int64_t>& elements) {
    return constant(name, {static_cast<std::int64_t>(elements.size())}, elements,
                    onnx::TensorProto::INT64);
  }

  static void set(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
    auto& made = *node.add_attribute();
    made.set_name(name);
    made.set_type(onnx::AttributeProto::INT);
    made.set_i(value);
  }
  static void set(onnx::NodeProto& node, const std::string& name,
                  std::initializer_list<std::int64_t> values) {
    auto& made = *node.add_attribute();
    made.set_name(name);
    made.set_type(onnx::AttributeProto::INTS);
    for (const auto each : values) made.add_ints(each);
  }
  static void set_text(onnx::NodeProto& node, const std::string& name, const std::string& text) {
    auto& made = *node.add_attribute();
    made.set_name(name);
    made.set_type(onnx::AttributeProto::STRING);
    made.set_s(text);
  }

  std::string bytes() const { return model.SerializeAsString(); }

  std::string save(const std::string& file) const {
    std::ofstream{file, std::ios::binary} << bytes();
    return file;
  }

  onnx::ModelProto model;

 private:
  static void describe(onnx::ValueInfoProto& to, const std::string& name,
                       const std::vector<size>* shape, int type) {
    to.set_name(name);
    auto& tensor = *to.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(type);
    if (shape == nullptr) return;
    tensor.mutable_shape();
    for (const auto& each : *shape) {
      auto& dimension = *tensor.mutable_shape()->add_dim();
      if (const auto* number = std::get_if<std::int64_t>(&each))
        dimension.set_dim_value(*number);
      else
        dimension.set_dim_param(std::get<std::string>(each));
    }
  }
};

}  // namespace bramble::test
