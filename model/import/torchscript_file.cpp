#include "model/import/torchscript_file.hpp"

#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/version.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <unordered_set>

#include "config/base/error.hpp"
#include "model/graph/op_library.hpp"
#include "model/import/torch_error.hpp"

namespace bramble {
namespace {

using torch::jit::Graph;
using torch::jit::Module;
namespace fs = std::filesystem;
namespace prim = torch::jit::prim;

const std::string how_to_make =
    "; make one in Python with `torch.jit.script(model).save(\"model.pt\")`.";

/// Opens what might be a TorchScript file; anything else is told apart here, since LibTorch calls
/// all of it a damaged zip archive.
void check_is_archive(const std::string& file) {
  std::error_code error;
  if (!fs::exists(file, error)) throw user_error(file + ": there is no such file.");
  if (fs::is_directory(file, error))
    throw user_error(file + ": this is a folder, not a TorchScript file.");
  std::ifstream in{file, std::ios::binary};
  char head[2] = {};
  in.read(head, sizeof head);
  if (!in && in.gcount() == 0)
    throw user_error(file + (fs::file_size(file, error) == 0 && !error
                                 ? ": the file is empty."
                                 : ": the file cannot be read."));
  if (head[0] != 'P' || head[1] != 'K')
    throw user_error(file + ": this is no TorchScript file" + how_to_make);
}

std::string unknown_op(const std::string& op) {
  const auto library = op.substr(0, op.find("::"));
  if (library == "aten" || library == "prim")
    return "the model uses the op " + op + ", which LibTorch " + TORCH_VERSION +
           " here does not have; save it with an older PyTorch, or use a newer Debian.";
  return "the model uses " + op + ", an op of the library " + library + "'s own, and " +
         how_to_get_op_library(library);
}

/// What LibTorch's reason for not loading a file means; empty for what may be damage.
std::string meaning_of(const std::string& reason) {
  std::smatch found;
  static const std::regex op{R"(Unknown builtin op: ([A-Za-z_0-9]+::[A-Za-z_0-9]+))"},
      version{R"(read a PyTorch file with version (\d+).*supported version for reading is (\d+))"};
  if (std::regex_search(reason, found, op)) return unknown_op(found[1]);
  if (std::regex_search(reason, found, version))
    return "the file is of format " + found[1].str() + " and LibTorch " + TORCH_VERSION +
           " here reads up to " + found[2].str() +
           "; save it with an older PyTorch, or use a newer Debian.";
  const auto says = [&reason](const char* text) { return reason.find(text) != std::string::npos; };
  if (says("uantized") || says("NoQEngine") || says("PackedParams"))
    return "the model is quantised for kernels that LibTorch here does not have (" + reason +
           "); import the float model that it was made from.";
  if (says("required keyword attribute 'value' is undefined"))
    return "the file was saved after `torch.jit.optimize_for_inference`, and LibTorch cannot read "
           "that back; save the model before that step.";
  return {};
}

/// LibTorch's registry is asked for the ops of other libraries while a file is read.
Module read(const std::string& file) {
  try {
    return torch::jit::load(file, at::kCPU);
  } catch (const std::exception& error) {
    std::smatch found;
    static const std::regex op{R"(Unknown builtin op: ([A-Za-z_0-9]+)::)"};
    const std::string reason = error.what();
    if (!std::regex_search(reason, found, op) || !load_op_library(found[1])) throw;
  }
  return torch::jit::load(file, at::kCPU);
}

void collect_graphs(Graph& graph, std::unordered_set<Graph*>& known,
                    const std::function<void(Graph&)>& each) {
  if (!known.insert(&graph).second) return;
  std::vector<Graph*> called;
  each_node(graph.block(), [&called](torch::jit::Node* node) {
    if (node->kind() != prim::CallFunction) return;
    const auto type = node->input(0)->type()->cast<c10::FunctionType>();
    if (type == nullptr) return;
    if (auto* function = torch::jit::tryToGraphFunction(*type->function()))
      called.push_back(function->graph().get());
  });
  each(graph);
  for (auto* other : called) collect_graphs(*other, known, each);
}

}  // namespace

Module load_torchscript(const std::string& file) {
  check_is_archive(file);
  try {
    return read(file);
  } catch (const std::exception& error) {
    const auto reason = reason_of(error);
    const auto meaning = meaning_of(reason);
    if (!meaning.empty()) throw user_error(file + ": " + meaning);
    throw user_error(file + ": the file is damaged or no TorchScript (" + reason + ")" +
                     how_to_make);
  }
}

void each_node(torch::jit::Block* block, const std::function<void(torch::jit::Node*)>& each) {
  const std::vector<torch::jit::Node*> nodes{block->nodes().begin(), block->nodes().end()};
  for (auto* node : nodes) {
    const auto nested = node->blocks().vec();
    for (auto* inner : nested) each_node(inner, each);
    each(node);
  }
}

void each_graph(const Module& module, const std::function<void(Graph&)>& each) {
  std::unordered_set<Graph*> known;
  for (const auto& part : module.modules())
    for (const auto& method : part.get_methods()) collect_graphs(*method.graph(), known, each);
}

}  // namespace bramble
