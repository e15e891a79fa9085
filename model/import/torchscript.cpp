#include <ATen/TracerMode.h>
#include <torch/csrc/jit/passes/inliner.h>

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

  report(progress, "tracing", 0);
  auto flat = flatten(
      [&](const tensors& given) {
        auto again = original.call(given);
        original.forget();
        const at::tracer::impl::NoTracerDispatchMode unseen;
        if (difference(again, first.traced.outputs) > defaults::import_tolerance)
          throw user_error(file +
                           ": the model answers the same input differently each time, by random "
                           "numbers or by what it remembers; it cannot be shared between nodes.");
        return again;
      },
      first.traced.inputs, file);
  flat.half_weights = original.had_halves();
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
