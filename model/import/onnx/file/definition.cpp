#include <onnx/defs/schema.h>

#include "model/import/onnx/file/from_proto.hpp"
#include "model/import/onnx/file/read_onnx.hpp"

namespace bramble {
namespace {

void set_attribute(onnx::AttributeProto& to, const onnx_attribute& from) {
  if (const auto* number = std::get_if<std::int64_t>(&from)) {
    to.set_type(onnx::AttributeProto::INT);
    to.set_i(*number);
  } else if (const auto* real = std::get_if<float>(&from)) {
    to.set_type(onnx::AttributeProto::FLOAT);
    to.set_f(*real);
  } else if (const auto* text = std::get_if<std::string>(&from)) {
    to.set_type(onnx::AttributeProto::STRING);
    to.set_s(*text);
  } else if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&from)) {
    to.set_type(onnx::AttributeProto::INTS);
    for (const auto each : *numbers) to.add_ints(each);
  } else if (const auto* reals = std::get_if<std::vector<float>>(&from)) {
    to.set_type(onnx::AttributeProto::FLOATS);
    for (const auto each : *reals) to.add_floats(each);
  }
}

onnx::NodeProto proto_of(const onnx_node& node) {
  onnx::NodeProto out;
  out.set_op_type(node.op);
  out.set_name(node.name);
  for (const auto& each : node.inputs) out.add_input(each);
  for (const auto& each : node.outputs) out.add_output(each);
  for (const auto& [name, value] : node.attributes) {
    auto* attribute = out.add_attribute();
    attribute->set_name(name);
    set_attribute(*attribute, value);
  }
  return out;
}

}  // namespace

std::optional<onnx_function> definition_of(const onnx_node& node, std::int64_t opset,
                                           const std::vector<onnx_type>& inputs) {
  if (!node.domain.empty()) return {};
  const auto* schema = onnx::OpSchemaRegistry::Schema(node.op, static_cast<int>(opset));
  if (schema == nullptr) return {};
  onnx::FunctionProto body;
  if (schema->HasFunction()) {
    body = *schema->GetFunction();
  } else if (schema->HasContextDependentFunction()) {
    const auto caller = proto_of(node);
    std::vector<onnx::TypeProto> types(inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (inputs[i] != onnx_type::none)
        types[i].mutable_tensor_type()->set_elem_type(static_cast<std::int32_t>(inputs[i]));
    if (!schema->BuildContextDependentFunction(onnx::FunctionBodyBuildContextImpl{caller, types},
                                               body))
      return {};
  } else {
    return {};
  }
  proto_reader reader{{}, "The definition of " + node.op};
  auto out = reader.function(body);
  for (const auto& [name, attribute] : schema->attributes()) {
    auto otherwise = attribute.default_value;
    if (otherwise.type() != onnx::AttributeProto::UNDEFINED)
      out.defaults[name] = reader.attribute(otherwise);
  }
  return out;
}

bool has_definition(const onnx_node& node, std::int64_t opset) {
  const auto* schema = onnx::OpSchemaRegistry::Schema(node.op, static_cast<int>(opset));
  return schema != nullptr && (schema->HasFunction() || schema->HasContextDependentFunction());
}

}  // namespace bramble
