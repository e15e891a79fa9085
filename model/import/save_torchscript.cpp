#include "model/import/save_torchscript.hpp"

#include <torch/csrc/jit/api/module.h>

#include <fstream>
#include <sstream>

#include "config/base/files.hpp"
#include "model/import/torch_error.hpp"

namespace bramble {
namespace {

/// A method has `self` in front and one result.
std::shared_ptr<torch::jit::Graph> as_method(const flat_model& model, const c10::TypePtr& self) {
  auto graph = model.graph->copy();
  graph->insertInput(0, "self")->setType(self);
  if (graph->outputs().size() == 1) return graph;
  const auto results = graph->outputs().vec();
  auto* tuple = graph->insertNode(graph->createTuple(results));
  while (!graph->outputs().empty()) graph->eraseOutput(graph->outputs().size() - 1);
  graph->registerOutput(tuple->output());
  return graph;
}

}  // namespace

void save_torchscript(const flat_model& model, const std::string& file) {
  const auto content = with_torch_errors(file, [&] {
    const c10::QualifiedName name{"__torch__.Flat"};
    auto unit = std::make_shared<torch::jit::CompilationUnit>();
    torch::jit::Module module{name, unit, false};
    const auto graph = as_method(model, module._ivalue()->type());
    module.type()->addMethod(unit->create_function(c10::QualifiedName{name, "forward"}, graph));
    std::ostringstream out;
    module.save(out);
    return std::move(out).str();
  });
  write_file_atomically(file, as_bytes(content));
}

}  // namespace bramble
