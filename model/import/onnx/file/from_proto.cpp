#include "model/import/onnx/file/from_proto.hpp"

#include <utility>

#include "config/parse.hpp"

namespace bramble {
namespace {

std::string text(const std::string& from) {
  return printable(from);
}

std::string own_domain(const std::string& domain) {
  return domain == "ai.onnx" ? std::string{} : domain;
}

std::map<std::string, std::int64_t> opsets_of(
    const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto>& from) {
  std::map<std::string, std::int64_t> out;
  for (const auto& each : from) out[own_domain(each.domain())] = each.version();
  return out;
}

std::vector<onnx_size> shape_of(const onnx::TensorShapeProto& from) {
  std::vector<onnx_size> out;
  out.reserve(static_cast<std::size_t>(from.dim_size()));
  for (const auto& each : from.dim()) {
    if (each.has_dim_value() && each.dim_value() >= 0)
      out.emplace_back(each.dim_value());
    else
      out.emplace_back(each.dim_param());
  }
  return out;
}

std::string kind_of(const onnx::TypeProto& type) {
  switch (type.value_case()) {
    case onnx::TypeProto::kSequenceType:
      return "a sequence";
    case onnx::TypeProto::kMapType:
      return "a map";
    case onnx::TypeProto::kOptionalType:
      return "an optional value";
    case onnx::TypeProto::kSparseTensorType:
      return "a sparse tensor";
    case onnx::TypeProto::kTensorType:
    case onnx::TypeProto::VALUE_NOT_SET:
      return {};
    default:
      return "no tensor";
  }
}

template <class Numbers>
std::vector<typename Numbers::value_type> list_of(const Numbers& from) {
  return {from.begin(), from.end()};
}

}  // namespace

void proto_reader::refuse(const std::string& what) const {
  throw user_error(place_ + ": " + what + ".");
}

onnx_model proto_reader::model(onnx::ModelProto& from) {
  onnx_model out;
  out.opsets = opsets_of(from.opset_import());
  for (auto& each : *from.mutable_functions()) out.functions.push_back(function(each));
  out.graph = graph(*from.mutable_graph());
  return out;
}

onnx_graph proto_reader::graph(onnx::GraphProto& from) {
  onnx_graph out;
  out.name = from.name();
  out.nodes.reserve(static_cast<std::size_t>(from.node_size()));
  for (auto& each : *from.mutable_node()) out.nodes.push_back(node(each));
  out.constants.reserve(static_cast<std::size_t>(from.initializer_size()));
  for (auto& each : *from.mutable_initializer()) out.constants.push_back(tensor(each));
  if (from.sparse_initializer_size() > 0)
    refuse("the constant `" + text(from.sparse_initializer(0).values().name()) +
           "` is a sparse tensor, and those are not read; save it as a dense one");
  for (const auto& each : from.input()) out.inputs.push_back(value(each));
  for (const auto& each : from.output()) out.outputs.push_back(value(each));
  return out;
}

onnx_function proto_reader::function(onnx::FunctionProto& from) {
  onnx_function out{own_domain(from.domain()),
                    from.name(),
                    list_of(from.input()),
                    list_of(from.output()),
                    {},
                    opsets_of(from.opset_import()),
                    {}};
  out.nodes.reserve(static_cast<std::size_t>(from.node_size()));
  for (auto& each : *from.mutable_node()) out.nodes.push_back(node(each));
  return out;
}

onnx_node proto_reader::node(onnx::NodeProto& from) {
  onnx_node out;
  out.op = from.op_type();
  out.domain = own_domain(from.domain());
  out.name = from.name();
  out.inputs = list_of(from.input());
  out.outputs = list_of(from.output());
  for (auto& each : *from.mutable_attribute()) {
    if (each.ref_attr_name().empty())
      out.attributes[each.name()] = attribute(each);
    else
      out.passed_on[each.name()] = each.ref_attr_name();
  }
  return out;
}

onnx_attribute proto_reader::attribute(onnx::AttributeProto& from) {
  switch (from.type()) {
    case onnx::AttributeProto::FLOAT:
      return from.f();
    case onnx::AttributeProto::INT:
      return from.i();
    case onnx::AttributeProto::STRING:
      return from.s();
    case onnx::AttributeProto::TENSOR:
      return tensor(*from.mutable_t());
    case onnx::AttributeProto::GRAPH:
      return std::make_shared<const onnx_graph>(graph(*from.mutable_g()));
    case onnx::AttributeProto::FLOATS:
      return list_of(from.floats());
    case onnx::AttributeProto::INTS:
      return list_of(from.ints());
    case onnx::AttributeProto::STRINGS:
      return list_of(from.strings());
    default:
      return std::monostate{};  // its reader says what it wants
  }
}

onnx_value proto_reader::value(const onnx::ValueInfoProto& from) const {
  onnx_value out{from.name(), onnx_type::none, {}, kind_of(from.type())};
  if (!from.type().has_tensor_type()) return out;
  const auto& tensor = from.type().tensor_type();
  out.type = static_cast<onnx_type>(tensor.elem_type());
  if (tensor.has_shape()) out.shape = shape_of(tensor.shape());
  return out;
}

}  // namespace bramble
