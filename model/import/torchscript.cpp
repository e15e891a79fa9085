#include <ATen/TracerMode.h>
#include <ATen/ops/cat.h>
#include <torch/csrc/jit/passes/inliner.h>

#include <algorithm>
#include <memory>

#include "config/defaults_import.hpp"
#include "config/parse.hpp"
#include "model/import/agreement.hpp"
#include "model/import/data_dependence.hpp"
#include "model/import/evaluate.hpp"
#include "model/import/first_run.hpp"
#include "model/import/flatten.hpp"
#include "model/import/original.hpp"
#include "model/import/quiet.hpp"
#include "model/import/torch_error.hpp"

namespace bramble {
namespace {

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

std::vector<probe> run_probes(original_model& original, const example_values& values) {
  std::vector<probe> probes;
  for (const auto kind : {distribution::uniform, distribution::normal}) {
    probe p{random_inputs(original, values, 2, kind), {}};
    try {
      p.outputs = original.call(p.inputs);
    } catch (const std::exception&) {
      continue;  // it may insist on values from 0 to 1
    }
    probes.push_back(std::move(p));
  }
  return probes;
}

/// Compares a flat graph with its original, and says what is wrong with it.
class comparison {
 public:
  comparison(flat_model& flat, agreement& judge, const decisions& decided, const std::string& file)
      : flat_{flat}, judge_{judge}, decided_{decided}, file_{file} {}

  void check(const probe& traced, const std::vector<probe>& others) {
    const auto run = run_flat(flat_, traced.inputs);
    if (!judge_.agrees(run.outputs, traced.outputs, traced.inputs))
      throw user_error(file_ +
                       ": the model does something that a graph without control flow and "
                       "writes cannot follow; " +
                       judge_.figures() + ".");
    for (const auto& p : others) check(p, run.shapes);
  }

 private:
  void check(const probe& p, const shape_trail& shapes) {
    flat_run run;
    try {
      run = run_flat(flat_, p.inputs);
    } catch (const user_error&) {
      throw;
    } catch (const std::exception&) {
      refuse();  // an op that only fits what the traced input led to
    }
    if (run.shapes != shapes) refuse();
    if (judge_.agrees(run.outputs, p.outputs, p.inputs)) return;
    if (!decided_.branch.empty() || !decided_.number.empty()) refuse();
    if (!decided_.untraced.empty())
      throw user_error(file_ + ": the op " + decided_.untraced +
                       " changes the shape of a tensor in place, which cannot be followed.");
    throw user_error(file_ +
                     ": for other input values the model answers otherwise than its graph; " +
                     judge_.figures() + ".");
  }

  [[noreturn]] void refuse() const {
    const auto& why = decided_.branch.empty() ? decided_.number : decided_.branch;
    throw user_error(file_ + ": the model takes another way for other input values" +
                     (why.empty() ? std::string{} : " (" + why + ")") +
                     ", so no plan made beforehand can follow it.");
  }

  flat_model& flat_;
  agreement& judge_;
  const decisions& decided_;
  const std::string& file_;
};

void add(std::string& text, const std::string& sentence) {
  if (!sentence.empty()) text += (text.empty() ? "" : " ") + sentence;
}

decisions decisions_of(original_model& original) {
  auto graph = original.module().get_method("forward").graph()->copy();
  torch::jit::Inline(*graph);
  return find_decisions(*graph);
}

/// How many images one tensor brings: what the first axes of all inputs and answers have in common.
/// 1 where that is none, or a table's rows.
std::int64_t images_of(const probe& p) {
  if (p.inputs.empty() || p.outputs.empty() || p.inputs[0].dim() == 0) return 1;
  const auto images = p.inputs[0].size(0);
  const auto is_batch = [&](const at::Tensor& t) { return t.dim() > 0 && t.size(0) == images; };
  const auto is_image = [&](const at::Tensor& t) {
    return is_batch(t) && t.dim() >= (t.is_floating_point() ? 3 : 2);
  };
  if (images > defaults::import_images_apart ||
      !std::all_of(p.inputs.begin(), p.inputs.end(), is_image) ||
      !std::all_of(p.outputs.begin(), p.outputs.end(), is_batch))
    return 1;
  return images;
}

/// The answers to several images, each asked for alone.
tensors call_one_by_one(original_model& original, const tensors& inputs, std::int64_t images) {
  std::vector<tensors> answers;
  for (std::int64_t i = 0; i < images; ++i) {
    tensors image;
    for (const auto& input : inputs) image.push_back(input.slice(0, i, i + 1));
    auto answer = original.call(image);
    answers.resize(answer.size());
    for (std::size_t k = 0; k < answer.size(); ++k) answers[k].push_back(std::move(answer[k]));
  }
  tensors out;
  for (const auto& each : answers) out.push_back(at::cat(each, 0));
  return out;
}

/// Whether `single` answers each of several images as all of them were answered: not a model that
/// compares them, or that was written for so many.
bool takes_one_by_one(original_model& single, const probe& p, std::int64_t images) {
  const at::NoGradGuard no_grad;
  try {
    return difference(call_one_by_one(single, p.inputs, images), p.outputs) <=
           defaults::import_tolerance;
  } catch (const std::exception&) {
    return false;  // it refuses a single one
  }
}

/// The file opened for one image, as whose shapes an ONNX file's were fixed; null where it takes
/// none.
std::unique_ptr<original_model> opened_for_one(const std::string& file, import_inputs inputs) {
  if (inputs.empty()) return nullptr;
  for (auto& input : inputs)
    if (!input.shape.empty()) input.shape.front() = 1;
  try {
    return std::make_unique<original_model>(file, inputs);
  } catch (const std::exception&) {
    return nullptr;
  }
}

}  // namespace

flat_model flatten_torchscript(const std::string& file, const import_inputs& inputs,
                               const import_progress& progress) {
  const quiet_warnings quiet;
  report(progress, "loading", 0);
  original_model original{file, inputs};
  report(progress, "running the original", 0);
  const auto first = run_first(original, file, inputs);
  const auto others = run_probes(original, first.values);
  const auto decided = with_torch_errors(file, [&] { return decisions_of(original); });

  // Images in one tensor are branches of the graph: they need nothing of each other.
  auto images = images_of(first.traced);
  std::unique_ptr<original_model> single;
  if (images > 1 && !takes_one_by_one(original, first.traced, images)) {
    single = opened_for_one(file, inputs);
    if (!single || !takes_one_by_one(*single, first.traced, images)) images = 1;
  }
  auto& asked = images > 1 && single ? *single : original;

  report(progress, "tracing", 0);
  auto flat = flatten(
      [&](const tensors& given) {
        auto again = images > 1 ? call_one_by_one(asked, given, images) : original.call(given);
        original.forget();
        if (single) single->forget();
        const at::tracer::impl::NoTracerDispatchMode unseen;
        if (difference(again, first.traced.outputs) > defaults::import_tolerance)
          throw user_error(file +
                           ": the model answers the same input differently each time, by random "
                           "numbers or by what it remembers; it cannot be shared between nodes.");
        return again;
      },
      first.traced.inputs, file);
  flat.half_weights = original.had_halves();
  flat.images = images;
  for (const auto& each : original.inputs()) flat.input_names.push_back(each.name);
  flat.output_names = original.output_names();
  report(progress, "checking", 0);
  return with_torch_errors(file, [&] {
    agreement judge{[&] {
      original_model anew{file, inputs};
      if (first.narrowed) anew.narrow_doubles();
      return anew;
    }};
    comparison{flat, judge, decided, file}.check(first.traced, others);
    add(flat.remark, original.remark());
    if (!decided.branch.empty())
      add(flat.remark, "The model decides by its input's values (" + decided.branch +
                           "); the way it took at import is kept.");
    if (first.narrowed)
      add(flat.remark,
          "Its weights were in double precision; they are kept and computed with as float32.");
    add(flat.remark, judge.remark());
    return std::move(flat);
  });
}

}  // namespace bramble
