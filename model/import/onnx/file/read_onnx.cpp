#include "model/import/onnx/file/read_onnx.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/checker.h>

#include <algorithm>
#include <fstream>
#include <unordered_set>

#include "config/defaults_onnx.hpp"
#include "config/parse.hpp"
#include "model/import/onnx/file/check_names.hpp"
#include "model/import/onnx/file/from_proto.hpp"
#include "model/import/onnx/file/node_order.hpp"
#include "model/import/onnx/file/wire_limits.hpp"

namespace bramble {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t longest_reason = 300;

/// Protobuf says on standard error what it then returns as well.
class quiet_protobuf {
 public:
  quiet_protobuf() : before_{google::protobuf::SetLogHandler(nullptr)} {}
  quiet_protobuf(const quiet_protobuf&) = delete;
  quiet_protobuf& operator=(const quiet_protobuf&) = delete;
  ~quiet_protobuf() { google::protobuf::SetLogHandler(before_); }

 private:
  google::protobuf::LogHandler* before_;
};

[[noreturn]] void refuse_damaged(const std::string& place) {
  throw user_error(place + ": the file is damaged or no ONNX; export it again.");
}

template <class Message>
void parse(byte_span bytes, Message& to, const std::string& place) {
  if (bytes.size() > INT32_MAX)
    throw user_error(place +
                     ": the file is larger than 2 GB, which ONNX files cannot be; export it with "
                     "its weights in a file beside it.");
  const quiet_protobuf quiet;
  google::protobuf::io::ArrayInputStream stream{bytes.data(), static_cast<int>(bytes.size())};
  google::protobuf::io::CodedInputStream in{&stream};
  in.SetTotalBytesLimit(INT32_MAX);
  if (!to.ParsePartialFromCodedStream(&in) || !in.ConsumedEntireMessage()) refuse_damaged(place);
}

/// What ONNX's checker says, as part of a sentence.
std::string reason_of(const std::exception& error) {
  std::string text = error.what();
  if (const auto context = text.find("==> Context:"); context != std::string::npos)
    text.resize(context);
  std::string out;
  for (const char c : text) {
    const bool space = c == '\n' || c == '\t' || c == ' ';
    if (!space)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  while (!out.empty() && (out.back() == ' ' || out.back() == '.')) out.pop_back();
  return printable(out, longest_reason);
}

/// Shapes are possible, and everything that lies outside the file lies in the model's folder.
void check_tensors(const onnx::GraphProto& graph, proto_reader& reader, unsigned depth) {
  if (depth > defaults::onnx_depth_limit) return;  // `check_names` refuses it
  const auto check = [&reader](const onnx::TensorProto& tensor) {
    reader.count(tensor);
    if (tensor.data_location() == onnx::TensorProto::EXTERNAL) reader.outside(tensor);
  };
  for (const auto& each : graph.initializer()) check(each);
  for (const auto& node : graph.node())
    for (const auto& attribute : node.attribute()) {
      if (attribute.has_t()) check(attribute.t());
      for (const auto& each : attribute.tensors()) check(each);
      if (attribute.has_g()) check_tensors(attribute.g(), reader, depth + 1);
    }
}

/// Says for as long as it lives that tensors of unknown rank have none: the checker insists on a
/// shape, and files may have none.
class stand_in_shapes {
 public:
  explicit stand_in_shapes(onnx::GraphProto& graph) { add(graph, 0); }
  stand_in_shapes(const stand_in_shapes&) = delete;
  stand_in_shapes& operator=(const stand_in_shapes&) = delete;
  ~stand_in_shapes() {
    for (auto* type : without_) type->clear_shape();
  }

 private:
  void add(onnx::GraphProto& graph, unsigned depth) {
    if (depth > defaults::onnx_depth_limit) return;
    for (auto* values : {graph.mutable_input(), graph.mutable_output(), graph.mutable_value_info()})
      for (auto& value : *values) add(value);
    for (auto& node : *graph.mutable_node())
      for (auto& attribute : *node.mutable_attribute())
        if (attribute.has_g()) add(*attribute.mutable_g(), depth + 1);
  }

  void add(onnx::ValueInfoProto& value) {
    if (!value.type().has_tensor_type() || value.type().tensor_type().has_shape()) return;
    without_.push_back(value.mutable_type()->mutable_tensor_type());
    without_.back()->mutable_shape();
  }

  std::vector<onnx::TypeProto_Tensor*> without_;
};

/// Of a file without any op of ONNX's own it does not matter.
std::int64_t opset_of(const onnx::ModelProto& model) {
  if (model.opset_import_size() == 0) return 1;
  for (const auto& each : model.opset_import())
    if (each.domain().empty() || each.domain() == "ai.onnx") return each.version();
  return newest_opset();
}

/// Whether an op of an older opset means what it means since: it is the same, or differs in how
/// shapes are broadcast alone.
bool has_its_meaning(const std::string& op, int opset) {
  static const std::unordered_set<std::string> read_so{
      "Add",   "And",     "AveragePool", "BatchNormalization",
      "Div",   "Dropout", "Equal",       "Gemm",
      "Less",  "Greater", "Mul",         "Or",
      "PRelu", "Pow",     "Sub",         "Xor"};
  constexpr auto oldest = static_cast<int>(defaults::onnx_oldest_opset);
  const auto *then = onnx::OpSchemaRegistry::Schema(op, opset),
             *since = onnx::OpSchemaRegistry::Schema(op, oldest);
  if (then == nullptr || since == nullptr) return then == nullptr;  // `check_ops` says more
  return then->SinceVersion() == since->SinceVersion() || (opset == 6 && read_so.count(op) != 0);
}

bool is_read(const onnx::ModelProto& model, std::int64_t opset) {
  if (opset < 1 || opset > newest_opset()) return false;
  return opset >= defaults::onnx_oldest_opset ||
         std::all_of(model.graph().node().begin(), model.graph().node().end(),
                     [opset](const auto& node) {
                       return has_its_meaning(node.op_type(), static_cast<int>(opset));
                     });
}

void check_opset(const onnx::ModelProto& model, const std::string& place) {
  const auto opset = opset_of(model), newest = newest_opset();
  if (is_read(model, opset)) return;
  throw user_error(place + ": the model is of opset " + std::to_string(opset) + ", and " +
                   std::to_string(defaults::onnx_oldest_opset) + " to " + std::to_string(newest) +
                   " are read here; export it with one of them, in PyTorch with `opset_version=" +
                   std::to_string(std::min<std::int64_t>(newest, 17)) +
                   "`, or convert it with Python's `onnx.version_converter`.");
}

void check_ops(const onnx::ModelProto& model, const std::string& place) {
  std::string unknown;
  const auto opset = static_cast<int>(opset_of(model));
  std::size_t count = 0;
  for (const auto& node : model.graph().node()) {
    const bool own = node.domain().empty() || node.domain() == "ai.onnx";
    if (!own || onnx::OpSchemaRegistry::Schema(node.op_type(), opset) != nullptr) continue;
    if (++count <= defaults::onnx_names_listed)
      unknown += (unknown.empty() ? "" : ", ") + describe(node);
  }
  if (count == 0) return;
  if (count > defaults::onnx_names_listed)
    unknown += " and " + std::to_string(count - defaults::onnx_names_listed) + " more";
  throw user_error(place + ": opset " + std::to_string(opset) +
                   " has no such ops as these: " + unknown + ".");
}

void check(onnx::ModelProto& model, const fs::path& folder, const std::string& place) {
  check_opset(model, place);
  check_names(model.graph(), place);
  check_ops(model, place);
  onnx::checker::CheckerContext context;
  // A newer form only has more in it than this library would look at.
  context.set_ir_version(
      static_cast<int>(std::min<std::int64_t>(model.ir_version(), onnx::Version::IR_VERSION)));
  std::unordered_map<std::string, int> opsets;
  for (const auto& each : model.opset_import())
    opsets[each.domain()] = static_cast<int>(each.version());
  if (opsets.count("") == 0) opsets[""] = static_cast<int>(opset_of(model));
  context.set_opset_imports(std::move(opsets));
  context.set_model_dir(folder.string());
  const stand_in_shapes shapes{*model.mutable_graph()};
  try {
    onnx::checker::check_graph(model.graph(), context, onnx::checker::LexicalScopeContext{});
  } catch (const std::exception& error) {
    throw user_error(place + ": the model is not as ONNX has them: " + reason_of(error) + ".");
  }
}

onnx_model read_message(onnx::ModelProto& model, const fs::path& folder, const std::string& place) {
  proto_reader reader{folder, place};
  check_tensors(model.graph(), reader, 0);
  put_in_order(*model.mutable_graph());
  check(model, folder, place);
  return reader.model(model);
}

}  // namespace

bool looks_like_onnx(const std::string& file) {
  if (file.ends_with(".onnx")) return true;
  std::ifstream in{file, std::ios::binary};
  char head[2] = {};
  in.read(head, sizeof head);
  // The first field is the version of the form, a small number.
  return in.gcount() == sizeof head && head[0] == 8 && head[1] > 0 && head[1] < 32;
}

onnx_model read_onnx(const std::string& file) {
  const auto mapped = map_whole(file, file);
  check_wire(mapped.bytes, file);
  onnx::ModelProto model;
  parse(mapped.bytes, model, file);
  forget_pages(mapped);
  auto folder = fs::path{file}.parent_path();
  return read_message(model, folder.empty() ? fs::path{"."} : folder, file);
}

onnx_model read_onnx(byte_span bytes, const fs::path& folder, const std::string& place) {
  check_wire(bytes, place);
  onnx::ModelProto model;
  parse(bytes, model, place);
  return read_message(model, folder, place);
}

onnx_tensor read_onnx_tensor(const std::string& file) {
  const auto mapped = map_whole(file, file);
  onnx::TensorProto tensor;
  parse(mapped.bytes, tensor, file);
  return proto_reader{{}, file}.tensor(tensor);
}

std::int64_t newest_opset() {
  return onnx::OpSchemaRegistry::DomainToVersionRange::Instance().Map().at("").second;
}

}  // namespace bramble
