#include <torch/csrc/jit/passes/inliner.h>
#include <torch/script.h>

#include <filesystem>
#include <fstream>
#include <unordered_set>

#include "config/defaults.hpp"
#include "model/import/data_dependence.hpp"
#include "model/import/evaluate.hpp"
#include "model/import/flatten.hpp"
#include "model/import/quiet.hpp"
#include "model/import/torch_error.hpp"

namespace bramble {
namespace {

using torch::jit::Module;
namespace fs = std::filesystem;

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
    throw user_error(file +
                     ": this is no TorchScript file; make one in Python with "
                     "`torch.jit.script(model).save(\"model.pt\")`.");
}

Module load(const std::string& file) {
  check_is_archive(file);
  try {
    return torch::jit::load(file, at::kCPU);
  } catch (const std::exception& error) {
    throw user_error(file + ": the file is damaged or no TorchScript (" + reason_of(error) +
                     "); make one in Python with `torch.jit.script(model).save(\"model.pt\")`.");
  }
}

bool is_short_float(const at::Tensor& tensor) {
  return tensor.defined() &&
         (tensor.scalar_type() == at::kHalf || tensor.scalar_type() == at::kBFloat16);
}

bool widen_constants(torch::jit::Block* block) {
  bool any = false;
  for (auto* node : block->nodes()) {
    for (auto* nested : node->blocks()) any |= widen_constants(nested);
    if (node->kind() != torch::jit::prim::Constant ||
        !node->hasAttribute(torch::jit::attr::value) ||
        node->kindOf(torch::jit::attr::value) != torch::jit::AttributeKind::t ||
        !is_short_float(node->t(torch::jit::attr::value)))
      continue;
    node->t_(torch::jit::attr::value, node->t(torch::jit::attr::value).to(at::kFloat));
    any = true;
  }
  return any;
}

/// Half precision is for storage; on a Pi's CPU most ops do not even exist in it. Says whether
/// there was any.
bool prepare(Module& module) {
  bool any = false;
  module.eval();
  for (const auto& part : module.modules()) {
    for (const auto& attribute : part.attributes(/*recurse=*/false)) {
      if (!attribute.isTensor() || !attribute.toTensor().defined()) continue;
      auto tensor = attribute.toTensor();
      tensor.detach_();  // only tensors without gradients can become constants
      if (!is_short_float(tensor)) continue;
      tensor.set_data(tensor.to(at::kFloat));
      any = true;
    }
    for (const auto& method : part.get_methods()) any |= widen_constants(method.graph()->block());
  }
  return any;
}

void collect(const c10::IValue& value, tensors& out) {
  if (value.isTensor()) {
    if (value.toTensor().defined()) out.push_back(value.toTensor());
  } else if (value.isTuple()) {
    for (const auto& item : value.toTupleRef().elements()) collect(item, out);
  } else if (value.isList()) {
    for (const auto& item : value.toListRef()) collect(item, out);
  } else if (value.isGenericDict()) {
    for (const auto& item : value.toGenericDict()) collect(item.value(), out);
  }
}

tensors call(Module& module, const tensors& inputs) {
  const torch::NoGradGuard no_grad;
  // One run each: profiling and fusing would only delay it.
  const torch::jit::GraphOptimizerEnabledGuard plain{false};
  tensors out;
  collect(module.forward({inputs.begin(), inputs.end()}), out);
  return out;
}

enum class distribution { uniform, normal };

tensors random_inputs(const std::vector<std::vector<std::int64_t>>& shapes, std::uint64_t seed,
                      distribution kind) {
  const auto generator = at::detail::createCPUGenerator(seed);
  tensors out;
  for (const auto& shape : shapes)
    out.push_back(kind == distribution::uniform ? at::rand(shape, generator)
                                                : at::randn(shape, generator));
  return out;
}

std::string text_of(const std::vector<std::vector<std::int64_t>>& shapes) {
  std::string text;
  for (const auto& shape : shapes) {
    if (!text.empty()) text += " and ";
    for (std::size_t i = 0; i < shape.size(); ++i)
      text += (i == 0 ? "" : "x") + std::to_string(shape[i]);
  }
  return text;
}

void check_input_count(const Module& module, std::size_t given, const std::string& file) {
  const auto method = module.find_method("forward");
  if (!method)
    throw user_error(file + ": the file holds no model: its module has no method `forward`.");
  const auto& arguments = method->function().getSchema().arguments();
  const auto most = arguments.size() - 1;  // the first is the module itself
  auto least = most;
  while (least > 0 && arguments[least].default_value()) --least;
  if (given >= least && given <= most) return;
  std::string names;
  for (std::size_t i = 1; i < arguments.size(); ++i)
    names += (i == 1 ? "" : ", ") + arguments[i].name();
  throw user_error(file + ": the model takes " + std::to_string(most) + " inputs (" + names +
                   ") and " + std::to_string(given) +
                   " shapes were given; give `--input` once for each.");
}

bool same(const at::Tensor& a, const at::Tensor& b) {
  if (a.sizes() != b.sizes() || a.scalar_type() != b.scalar_type()) return false;
  if (a.numel() == 0) return true;
  const auto x = a.to(at::kDouble), y = b.to(at::kDouble);
  const auto equal = (x == y).logical_or(x.isnan().logical_and(y.isnan()));
  const auto difference = at::where(equal, at::zeros_like(x), (x - y).abs());
  const auto finite = at::where(x.isfinite(), x.abs(), at::zeros_like(x));
  return difference.max().item<double>() <=
         defaults::import_tolerance * finite.max().item<double>();
}

bool same(const tensors& a, const tensors& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const at::Tensor& x, const at::Tensor& y) { return same(x, y); });
}

/// The shape of everything that is made on the way, in order.
using shape_trail = std::vector<std::vector<std::int64_t>>;

struct flat_run {
  tensors outputs;
  shape_trail shapes;
};

flat_run run_flat(flat_model& flat, const tensors& inputs) {
  flat_run out;
  const auto note = [&out](torch::jit::Node*, const std::vector<c10::IValue>& results) {
    for (const auto& result : results)
      if (result.isTensor() && result.toTensor().defined())
        out.shapes.push_back(result.toTensor().sizes().vec());
  };
  out.outputs = evaluate(*flat.graph, inputs, note);
  return out;
}

struct probe {
  tensors inputs;
  tensors outputs;  ///< the original's
};

std::vector<probe> run_probes(Module& module,
                              const std::vector<std::vector<std::int64_t>>& shapes) {
  std::vector<probe> probes;
  for (const auto kind : {distribution::uniform, distribution::normal}) {
    probe p{random_inputs(shapes, 2, kind), {}};
    try {
      p.outputs = call(module, p.inputs);
    } catch (const std::exception&) {
      continue;  // it may insist on values from 0 to 1
    }
    probes.push_back(std::move(p));
  }
  return probes;
}

/// Whether the flat graph answers `p` as the original did, through the same shapes.
bool follows(flat_model& flat, const shape_trail& shapes, const probe& p) {
  try {
    const auto run = run_flat(flat, p.inputs);
    return run.shapes == shapes && same(run.outputs, p.outputs);
  } catch (const user_error&) {
    throw;
  } catch (const std::exception&) {
    return false;  // an op that only fits what the traced input led to
  }
}

void check(flat_model& flat, const probe& traced, const std::vector<probe>& others,
           const std::string& decision, const std::string& file) {
  const auto run = run_flat(flat, traced.inputs);
  if (!same(run.outputs, traced.outputs))
    throw user_error(file +
                     ": the model writes into its own tensors in a way that cannot be "
                     "followed.");
  for (const auto& p : others)
    if (!follows(flat, run.shapes, p))
      throw user_error(file + ": the model takes another way for other input values" +
                       (decision.empty() ? std::string{} : " (" + decision + ")") +
                       ", so no plan made beforehand can follow it.");
}

}  // namespace

flat_model flatten_torchscript(const std::string& file,
                               const std::vector<std::vector<std::int64_t>>& shapes,
                               const import_progress& progress) {
  const quiet_warnings quiet;
  report(progress, "loading", 0);
  auto module = load(file);
  probe traced;
  check_input_count(module, shapes.size(), file);
  const bool half_weights = with_torch_errors(file, [&] { return prepare(module); });
  report(progress, "running the original", 0);
  with_torch_errors(file + " does not accept an input of shape " + text_of(shapes), [&] {
    traced.inputs = random_inputs(shapes, 1, distribution::uniform);
    traced.outputs = call(module, traced.inputs);
  });
  if (traced.outputs.empty()) throw user_error(file + ": the model returns no tensor.");
  const auto others = run_probes(module, shapes);
  const auto decision = with_torch_errors(file, [&] {
    auto graph = module.get_method("forward").graph()->copy();
    torch::jit::Inline(*graph);
    return data_dependent_branch(*graph);
  });

  report(progress, "tracing", 0);
  tensors again;
  auto flat = flatten(
      [&](const tensors& inputs) {
        again = call(module, inputs);
        module = Module{};
        return again;
      },
      traced.inputs, file);
  flat.half_weights = half_weights;
  report(progress, "checking", 0);
  return with_torch_errors(file, [&] {
    if (!same(traced.outputs, again))
      throw user_error(
          file +
          ": the model answers the same input differently each time, by random numbers "
          "or by what it remembers; it cannot be shared between nodes.");
    check(flat, traced, others, decision, file);
    if (!decision.empty())
      flat.remark = "The model decides by its input's values (" + decision +
                    "); the way it took at import is kept.";
    return flat;
  });
}

}  // namespace bramble
