#include "model/import/original.hpp"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include <charconv>

#include "config/parse.hpp"
#include "model/import/onnx/file/read_onnx.hpp"
#include "model/import/onnx_module.hpp"
#include "model/import/torch_error.hpp"
#include "model/import/torchscript_file.hpp"
#include "model/import/unpack.hpp"
#include "model/runtime/scalar_type.hpp"

namespace bramble {
namespace {

using c10::IValue;
using torch::jit::Module;
namespace attr = torch::jit::attr;
namespace prim = torch::jit::prim;

/// The tensors of an answer in order, and what each is called.
struct named_answer {
  tensors values;
  std::vector<std::string> names;

  void add(const IValue& value, const std::string& name) {
    if (value.isTensor()) {
      if (!value.toTensor().defined()) return;
      values.push_back(value.toTensor());
      names.push_back(name);
    } else if (value.isTuple()) {
      add_tuple(value.toTupleRef(), name);
    } else if (value.isList()) {
      const auto items = value.toListRef();
      for (std::size_t i = 0; i < items.size(); ++i)
        add(items[i], part_of(name, std::to_string(i), items.size()));
    } else if (value.isGenericDict()) {
      for (const auto& item : value.toGenericDict()) add(item.value(), within(name, item.key()));
    }
  }

 private:
  void add_tuple(const c10::ivalue::Tuple& tuple, const std::string& name) {
    const auto& items = tuple.elements();
    const auto type = tuple.type();
    const auto& schema = type->schema();
    for (std::size_t i = 0; i < items.size(); ++i)
      add(items[i], schema ? joined_to(name, schema->arguments().at(i).name())
                           : part_of(name, std::to_string(i), items.size()));
  }

  /// What stands in something that has no name has none either.
  static std::string part_of(const std::string& whole, const std::string& part, std::size_t parts) {
    return whole.empty() || parts == 1 ? whole : whole + "." + part;
  }

  static std::string joined_to(const std::string& whole, const std::string& name) {
    return whole.empty() ? name : whole + "." + name;
  }

  static std::string within(const std::string& whole, const IValue& key) {
    if (key.isString()) return joined_to(whole, key.toStringRef());
    return key.isInt() ? joined_to(whole, std::to_string(key.toInt())) : whole;
  }
};

c10::TypePtr inner_type(const c10::TypePtr& type) {
  const auto optional = type->cast<c10::OptionalType>();
  return optional ? optional->getElementType() : type;
}

bool is_tensor(const c10::Argument& argument) {
  return inner_type(argument.type())->kind() == c10::TypeKind::TensorType;
}

template <class Number>
std::optional<Number> number_of(const std::string& text) {
  Number out{};
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, out);
  if (error != std::errc{} || rest != end) return {};
  return out;
}

/// The number, flag or text that an argument is to be; empty when `text` is none of its type.
std::optional<IValue> value_of(const std::string& text, const c10::Argument& argument) {
  switch (inner_type(argument.type())->kind()) {
    case c10::TypeKind::IntType:
      if (const auto number = number_of<std::int64_t>(text)) return IValue{*number};
      return {};
    case c10::TypeKind::FloatType:
      if (const auto number = number_of<double>(text)) return IValue{*number};
      return {};
    case c10::TypeKind::BoolType:
      if (text == "true" || text == "1") return IValue{true};
      if (text == "false" || text == "0") return IValue{false};
      return {};
    case c10::TypeKind::StringType:
      return IValue{text};
    default:
      return {};
  }
}

bool is_short(const at::Tensor& tensor) {
  return tensor.scalar_type() == at::kHalf || tensor.scalar_type() == at::kBFloat16;
}

std::string names_of(const std::vector<c10::Argument>& arguments) {
  std::string names;
  for (std::size_t i = 1; i < arguments.size(); ++i)
    names += (i == 1 ? "" : ", ") + arguments[i].name();
  return names;
}

}  // namespace

void replace_floats(Module& module, const std::function<at::Tensor(const at::Tensor&)>& each) {
  const auto is_float = [](const at::Tensor& t) { return t.defined() && t.is_floating_point(); };
  for (const auto& part : module.modules())
    for (const auto& attribute : part.attributes(/*recurse=*/false)) {
      if (!attribute.isTensor() || !is_float(attribute.toTensor())) continue;
      auto tensor = attribute.toTensor();
      tensor.set_data(each(tensor));
    }
  each_graph(module, [&](torch::jit::Graph& graph) {
    each_node(graph.block(), [&](torch::jit::Node* node) {
      if (node->kind() != prim::Constant || !node->hasAttribute(attr::value) ||
          node->kindOf(attr::value) != torch::jit::AttributeKind::t ||
          !is_float(node->t(attr::value)))
        return;
      node->t_(attr::value, each(node->t(attr::value)));
    });
  });
}

void original_model::take(const std::string& file, const import_inputs& inputs) {
  if (!looks_like_onnx(file)) {
    module_ = load_torchscript(file);
    return bind(inputs);
  }
  auto opened = open_onnx(file, inputs);
  if (opened.answers)
    throw user_error(file +
                     ": nothing that the network answers depends on what it is given; there is "
                     "nothing to divide.");
  module_ = std::move(opened.module);
  output_names_ = std::move(opened.output_names);
  names_its_outputs_ = true;
  had_halves_ = opened.had_halves;
  remark_ = std::move(opened.remark);
  for (auto& input : opened.inputs) {
    inputs_.push_back({input.name, input.shape, input.type});
    arguments_.push_back(input.argument);
  }
}

original_model::original_model(const std::string& file, const import_inputs& inputs) : file_{file} {
  take(file, inputs);
  with_torch_errors(file, [this, &file] {
    const at::NoGradGuard no_grad;
    module_.eval();
    unpack_ops(module_, file);
    show_literal_tensors(module_);
    for (const auto& part : module_.modules())
      for (const auto& attribute : part.attributes(/*recurse=*/false))
        // Only tensors without gradients can become constants.
        if (attribute.isTensor() && attribute.toTensor().defined()) attribute.toTensor().detach_();
    // Half precision is for storage; on a Pi's CPU most ops do not even exist in it.
    replace_floats(module_, [this](const at::Tensor& tensor) {
      had_halves_ = had_halves_ || is_short(tensor);
      return is_short(tensor) ? tensor.to(at::kFloat) : tensor;
    });
  });
}

void original_model::bind(const import_inputs& given) {
  const auto method = module_.find_method("forward");
  if (!method)
    throw user_error(file_ + ": the file holds no model: its module has no method `forward`.");
  const auto& arguments = method->function().getSchema().arguments();
  std::vector<const import_input*> bound(arguments.size(), nullptr);
  for (const auto& input : given) {
    if (input.name.empty()) continue;
    std::size_t i = 1;
    while (i < arguments.size() && arguments[i].name() != input.name) ++i;
    if (i == arguments.size() || bound[i] != nullptr)
      throw user_error(file_ + ": the model takes " + names_of(arguments) + ", and " +
                       quoted(input.name) +
                       (i == arguments.size() ? " is none of them." : " was given twice."));
    bound[i] = &input;
  }
  std::size_t next = 1;
  const auto wrong_count = [&] {
    return user_error(file_ + ": the model takes " + std::to_string(arguments.size() - 1) +
                      " inputs (" + names_of(arguments) + ") and " + std::to_string(given.size()) +
                      " shapes were given; give `--input` once for each.");
  };
  for (const auto& input : given) {
    if (!input.name.empty()) continue;
    while (next < arguments.size() && bound[next] != nullptr) ++next;
    if (next == arguments.size()) throw wrong_count();
    bound[next] = &input;
  }
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const auto& argument = arguments[i];
    if (bound[i] == nullptr) {
      if (argument.default_value()) continue;
      if (is_tensor(argument)) throw wrong_count();
      throw user_error(file_ + ": the model's input " + argument.name() + " is of type " +
                       argument.type()->annotation_str() +
                       "; say what it is to be, such as `--input " + argument.name() + "=16000`.");
    }
    if (is_tensor(argument)) {
      if (bound[i]->shape.empty())
        throw user_error(file_ + ": the model's input " + argument.name() +
                         " is a tensor, and its shape must be sizes with an x between them, such "
                         "as 1x3x224x224, not " +
                         quoted(bound[i]->text) + ".");
      inputs_.push_back({argument.name(), bound[i]->shape, {}});
      arguments_.push_back(argument.name());
      if (bound[i]->type) inputs_.back().type = scalar_type(*bound[i]->type);
      continue;
    }
    const auto value = value_of(bound[i]->text, argument);
    if (!value)
      throw user_error(file_ + ": the model's input " + argument.name() + " is of type " +
                       argument.type()->annotation_str() + ", and " + quoted(bound[i]->text) +
                       " is none; tensors and plain numbers can be given.");
    constants_[argument.name()] = *value;
  }
}

tensors original_model::call(const tensors& inputs) {
  const at::NoGradGuard no_grad;
  // One run each: profiling and fusing would only delay it.
  const torch::jit::GraphOptimizerEnabledGuard plain{false};
  auto given = constants_;
  // The model may write into what it is given.
  for (std::size_t i = 0; i < inputs.size(); ++i) given[arguments_[i]] = inputs[i].clone();
  named_answer out;
  out.add(module_.forward({}, given), {});
  if (!names_its_outputs_) output_names_ = std::move(out.names);
  return std::move(out.values);
}

bool original_model::has_doubles() const {
  bool any = false;
  auto module = module_;
  replace_floats(module, [&any](const at::Tensor& tensor) {
    any = any || tensor.scalar_type() == at::kDouble;
    return tensor;
  });
  return any;
}

void original_model::narrow_doubles() {
  replace_floats(module_, [](const at::Tensor& tensor) {
    return tensor.scalar_type() == at::kDouble ? tensor.to(at::kFloat) : tensor;
  });
}

}  // namespace bramble
