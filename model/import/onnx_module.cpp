#include "model/import/onnx_module.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <torch/csrc/jit/frontend/tracer.h>

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>

#include "config/defaults_onnx.hpp"
#include "config/parse.hpp"
#include "model/import/onnx/file/read_onnx.hpp"
#include "model/import/onnx/memory_limit.hpp"
#include "model/import/onnx/network.hpp"
#include "model/import/onnx_inputs.hpp"
#include "model/import/quiet.hpp"
#include "model/import/torch_error.hpp"

namespace bramble {
namespace {

using torch::jit::Graph;
using tensors_t = std::vector<at::Tensor>;
namespace tracer = torch::jit::tracer;

/// Whole numbers are all `whole`: indices that everything has, or divisors.
at::Tensor made_up(const onnx_binding& input, std::int64_t whole) {
  if (!at::isFloatingType(input.type)) return at::full(input.shape, whole, input.type);
  return at::rand(input.shape, at::detail::createCPUGenerator(3)).to(input.type);
}

/// One translation of a file.
class translation {
 public:
  translation(const std::string& file, const import_inputs& given)
      : file_{file}, network_{read_onnx(file), file}, outputs_{network_.outputs()} {
    bindings_ = bind_onnx_inputs(network_.inputs(), given, file);
  }

  onnx_module run(std::int64_t whole) {
    onnx_module out;
    for (std::size_t i = 0; i < bindings_.size(); ++i)
      if (!bindings_[i].value.defined())
        out.inputs.push_back({bindings_[i].name, "input" + std::to_string(i), bindings_[i].shape,
                              bindings_[i].type});
    if (out.inputs.empty())
      out.answers = tensors_of(operands({}));
    else
      out.module = module_of(trace(whole), out.inputs);
    for (const auto& each : outputs_) out.output_names.push_back(each.name);
    out.had_halves = network_.had_halves();
    if (network_.left_real())
      out.remark =
          "It was quantised: its weights were made float32 again, and what it computes on the way "
          "is "
          "clipped as before but not rounded to whole steps.";
    return out;
  }

 private:
  std::vector<onnx_operand> operands(const std::vector<at::Tensor>& free) {
    std::map<std::string, onnx_operand> given;
    std::size_t next = 0;
    for (std::size_t i = 0; i < bindings_.size(); ++i) {
      const auto& b = bindings_[i];
      given[b.name] = b.value.defined() ? onnx_operand{b.value, 0, {}, b.half}
                                        : onnx_operand{free[next++], bit_of(i), {}, b.half};
    }
    return network_.run(std::move(given));
  }

  static std::uint64_t bit_of(std::size_t input) {
    return std::uint64_t{1} << std::min<std::size_t>(input, 63);
  }

  tensors_t tensors_of(const std::vector<onnx_operand>& results) const {
    tensors_t out;
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (!results[i].tensor.defined())
        throw user_error(file_ + ": nothing makes the output `" + printable(outputs_.at(i).name) +
                         "`.");
      out.push_back(results[i].tensor);
    }
    return out;
  }

  std::shared_ptr<Graph> trace(std::int64_t whole) {
    torch::jit::Stack inputs;
    for (const auto& b : bindings_)
      if (!b.value.defined()) inputs.emplace_back(made_up(b, whole));
    const auto run = [this](const torch::jit::Stack& stack) -> torch::jit::Stack {
      tensors_t given;
      for (const auto& item : stack) given.push_back(item.toTensor());
      const auto results = tensors_of(operands(given));
      // One that depends on no input is a constant.
      for (const auto& result : results) tracer::getValueTrace(result);
      return {results.begin(), results.end()};
    };
    const auto nameless = [](const at::Tensor&) { return std::string{}; };
    return tracer::trace(inputs, run, nameless, /*strict=*/true, /*force_outplace=*/false)
        .first->graph;
  }

  /// A method has `self` in front and one result.
  static torch::jit::Module module_of(const std::shared_ptr<Graph>& graph,
                                      const std::vector<onnx_module::input>& inputs) {
    const c10::QualifiedName name{"__torch__.Onnx"};
    auto unit = std::make_shared<torch::jit::CompilationUnit>();
    torch::jit::Module module{name, unit, false};
    for (std::size_t i = 0; i < inputs.size(); ++i)
      graph->inputs()[i]->setDebugName(inputs[i].argument);
    graph->insertInput(0, "self")->setType(module._ivalue()->type());
    const auto results = graph->outputs().vec();
    if (results.size() > 1) {
      auto* tuple = graph->insertNode(graph->createTuple(results));
      while (!graph->outputs().empty()) graph->eraseOutput(graph->outputs().size() - 1);
      graph->registerOutput(tuple->output());
    }
    module.type()->addMethod(unit->create_function(c10::QualifiedName{name, "forward"}, graph));
    return module;
  }

 public:
  const std::string& at() const { return network_.at(); }

  /// The inputs of these bits, of which `why` is said.
  [[noreturn]] void refuse_open(const std::string& why, std::uint64_t bits) const {
    std::vector<std::string> names;
    std::string flags, listed;
    bool few = true;
    for (std::size_t i = 0; i < bindings_.size(); ++i) {
      if ((bits & bit_of(i)) == 0 || bindings_[i].value.defined()) continue;
      names.push_back(bindings_[i].name);
      const auto name = printable(bindings_[i].name);
      listed += (listed.empty() ? "`" : "`, `") + name;
      flags += " --input " + name + "=[...]";
      few = few && bindings_[i].shape.size() <= 1;
    }
    const auto what = file_ + ": the node " + network_.at() + " " + why +
                      ", which depends on what the network is given as " + listed + "`";
    if (!few) throw user_error(what + ", so no plan made beforehand can follow it.");
    throw onnx_input_open(
        what + "; bind it to the values that it is to have, as in `" + flags.substr(1) + "`.",
        names);
  }

 private:
  const std::string& file_;
  onnx_network network_;
  std::vector<onnx_value> outputs_;
  std::vector<onnx_binding> bindings_;
};

onnx_module translate(const std::string& file, const import_inputs& given, std::int64_t whole) {
  translation t{file, given};
  try {
    return t.run(whole);
  } catch (const user_error&) {
    throw;
  } catch (const onnx_value_needed& open) {
    t.refuse_open(open.what(), open.inputs());
  } catch (const std::exception& error) {
    throw std::runtime_error("the node " + t.at() + ": " + reason_of(error));
  }
}

/// A main thread's stack grows as far as its limit says now.
void make_room_on_stack() {
  rlimit stack{};
  if (::getrlimit(RLIMIT_STACK, &stack) != 0 || stack.rlim_cur >= defaults::onnx_stack_bytes)
    return;
  stack.rlim_cur = std::min<rlim_t>(defaults::onnx_stack_bytes, stack.rlim_max);
  ::setrlimit(RLIMIT_STACK, &stack);
}

/// What lies in other files is not copied, so it does not count.
std::uint64_t memory_for(const std::string& file) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(file, error);
  return defaults::onnx_memory_bytes +
         (error ? 0 : defaults::onnx_memory_per_file_byte * static_cast<std::uint64_t>(bytes));
}

}  // namespace

onnx_module open_onnx(const std::string& file, const import_inputs& given) {
  const quiet_warnings quiet;
  const at::NoGradGuard no_grad;
  const memory_limit limit{memory_for(file)};
  make_room_on_stack();
  std::string reason;
  // Indices of 0 are in every table; divisors are not 0.
  for (const auto whole : {0, 1}) {
    try {
      return translate(file, given, whole);
    } catch (const user_error&) {
      throw;
    } catch (const std::exception& error) {
      if (reason.empty()) reason = error.what();
    }
  }
  throw user_error(file + ": " + reason + ".");
}

}  // namespace bramble
