#include "model/import/first_run.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <regex>

#include "config/defaults_import.hpp"
#include "model/import/source_place.hpp"
#include "model/import/torch_error.hpp"
#include "model/import/torchscript_file.hpp"

namespace bramble {
namespace {

std::vector<at::ScalarType> types_of(const original_model& original, at::ScalarType otherwise) {
  std::vector<at::ScalarType> out;
  for (const auto& input : original.inputs()) out.push_back(input.type.value_or(otherwise));
  return out;
}

bool has_whole_numbers(const std::vector<at::ScalarType>& types) {
  return std::any_of(types.begin(), types.end(),
                     [](auto type) { return !at::isFloatingType(type) && type != at::kBool; });
}

/// Empty when it failed; then `reason` is why, unless it has been set before.
std::optional<probe> attempt(original_model& original, const example_values& values,
                             std::string& reason) {
  try {
    probe p{random_inputs(original, values, 1, distribution::uniform), {}};
    p.outputs = original.call(p.inputs);
    return p;
  } catch (const std::exception& error) {
    if (reason.empty()) reason = reason_of(error);
    return {};
  }
}

/// With smaller whole numbers where larger ones are no good: indices into a short table.
bool try_values(original_model& original, const std::vector<at::ScalarType>& types, first_run& run,
                std::string& reason) {
  // Indices may be 0, divisors may not.
  for (const auto from : {0, 1})
    for (auto below : defaults::import_whole_numbers_below) {
      run.values = {types, below, from};
      if (auto p = attempt(original, run.values, reason)) {
        run.traced = std::move(*p);
        return true;
      }
      if (!has_whole_numbers(types)) return false;
    }
  return false;
}

bool is_about_types(const std::string& reason) {
  static const std::regex words{R"(scalar type|must be long|dtype|data type|implemented for)"};
  return std::regex_search(reason, words);
}

/// The one size that a view is given, where it is a constant.
std::optional<std::int64_t> only_size(const torch::jit::Node* view) {
  const auto* list = view->input(1)->node();
  const auto size = torch::jit::toIValue(list->kind() == torch::jit::prim::ListConstruct &&
                                                 list->inputs().size() == 1
                                             ? list->input(0)
                                             : view->input(1));
  if (size && size->isInt()) return size->toInt();
  if (size && size->isIntList() && size->toIntVector().size() == 1) return size->toIntVector()[0];
  return {};
}

/// The op, with its place, that failed for this reason if it was `view(dtype)`: of that TorchScript
/// makes a view of one axis, as long as the number by which LibTorch knows the type. Empty else.
std::string view_as_type(original_model& original, const std::string& reason) {
  static const std::regex words{R"(^shape '\[(\d{1,2})\]' is invalid for input of size)"};
  std::smatch found;
  if (!std::regex_search(reason, found, words)) return {};
  std::string out;
  each_graph(original.module(), [&](torch::jit::Graph& graph) {
    each_node(graph.block(), [&](torch::jit::Node* node) {
      if (out.empty() && node->kind() == torch::jit::aten::view &&
          only_size(node) == std::stoi(found[1]))
        out = op_and_place(node);
    });
  });
  return out;
}

}  // namespace

tensors random_inputs(const original_model& original, const example_values& values,
                      std::uint64_t seed, distribution kind) {
  const auto generator = at::detail::createCPUGenerator(seed);
  tensors out;
  for (std::size_t i = 0; i < values.types.size(); ++i) {
    const auto& shape = original.inputs()[i].shape;
    const auto type = values.types[i];
    if (type == at::kBool)
      out.push_back(at::rand(shape, generator) > 0.5);
    else if (!at::isFloatingType(type))
      out.push_back(at::randint(values.whole_numbers_from,
                                values.whole_numbers_from + values.whole_numbers_below, shape,
                                generator, at::kLong)
                        .to(type));
    else
      out.push_back(
          (kind == distribution::uniform ? at::rand(shape, generator) : at::randn(shape, generator))
              .to(type));
  }
  return out;
}

first_run run_first(original_model& original, const std::string& file,
                    const import_inputs& inputs) {
  first_run run;
  std::string reason;
  const auto as_floats = types_of(original, at::kFloat), as_numbers = types_of(original, at::kLong);
  bool done = try_values(original, as_floats, run, reason);
  if (!done && original.has_doubles() && is_about_types(reason)) {
    original.narrow_doubles();
    run.narrowed = done = try_values(original, as_floats, run, reason);
  }
  if (!done && as_numbers != as_floats) done = try_values(original, as_numbers, run, reason);
  if (!done) {
    if (const auto view = view_as_type(original, reason); !view.empty())
      throw user_error(file + ": the op " + view +
                       " is `view(dtype)`, the bytes of a tensor seen as another type, of which "
                       "TorchScript makes a shape (" +
                       reason + "); numbers are converted with `to(dtype)`.");
  }
  if (!done && is_about_types(reason))
    throw user_error(file + " does not accept what it was given, " + text_of(inputs) + ": " +
                     reason + "; an input's type can be said, as in `--input 1x32:int64`.");
  if (!done)
    throw user_error(file + " does not accept an input of shape " + text_of(inputs) + ": " +
                     reason + ".");
  if (run.traced.outputs.empty()) throw user_error(file + ": the model returns no tensor.");
  return run;
}

}  // namespace bramble
