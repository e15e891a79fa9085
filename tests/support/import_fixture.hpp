#pragma once

// LibTorch first, see catch.hpp.
#include <ATen/Parallel.h>
#include <torch/script.h>

#include "model/graph/region.hpp"
#include "model/import/convert.hpp"
#include "model/import/import.hpp"
#include "tests/support/reference_executor.hpp"
//
#include "config/base/files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/temporary_folder.hpp"

namespace bramble::test {

namespace fs = std::filesystem;
using torch::jit::Module;

using shape_list = std::vector<std::vector<std::int64_t>>;

inline at::Tensor noise(at::IntArrayRef shape) {
  static auto generator = at::detail::createCPUGenerator(5);
  return at::randn(shape, generator);
}

/// A store and a place for files, and the ways to put a module through both.
struct import_fixture {
  temporary_folder folder;
  model_store store{folder / "models"};

  import_fixture() { at::set_num_threads(1); }

  std::string save(Module& module) const {
    const auto file = (folder / "net.pt").string();
    module.save(file);
    return file;
  }

  import_result import(Module& module, const shape_list& shapes) const {
    const auto yes = [](const std::string&, const std::string&) { return true; };
    return import_torchscript(
        store, {.file = save(module), .inputs = shapes, .name = "net", .may_replace = yes});
  }

  std::string complaint(Module& module, const shape_list& shapes) const {
    return complaint_of([&] { import(module, shapes); });
  }

  /// Refuses the module in a sentence that names the op with its place, and says why.
  void check_refused(Module& module, const shape_list& shapes, const std::string& op,
                     const std::string& why) const {
    const auto said = complaint(module, shapes);
    INFO(said);
    CHECK(contains(said, "the op " + op + " at "));
    CHECK(contains(said, why));
    CHECK(is_sentence(said));
  }

  bool empty() const {
    for (const auto* part : {"blobs", "manifests", "names", "staging"})
      if (fs::exists(store_path(part)) && !fs::is_empty(store_path(part))) return false;
    return true;
  }

 private:
  fs::path store_path(const char* part) const { return folder / "models" / part; }
};

/// The largest difference between the stored graph's answers and `expected`, relative to the
/// latter's maximum.
inline double difference(const model_store& store, const graph& g, const tensors& inputs,
                         const tensors& expected) {
  const at::NoGradGuard no_grad;
  reference_executor executor{store, g};
  const auto outputs = executor.run(inputs);
  REQUIRE(outputs.size() == expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    REQUIRE(outputs[i].sizes() == expected[i].sizes());
    const auto scale = expected[i].abs().max().item<double>();
    worst = std::max(worst, (outputs[i] - expected[i]).abs().max().item<double>() / scale);
  }
  return worst;
}

inline tensors flat_outputs(const c10::IValue& value) {
  if (value.isTensor()) return {value.toTensor()};
  tensors out;
  for (const auto& item : value.toTupleRef().elements()) out.push_back(item.toTensor());
  return out;
}

/// Imports, checks that the graph answers as the module does, and hands out the graph.
inline graph imported(const import_fixture& shop, Module& module, const shape_list& shapes) {
  const auto result = shop.import(module, shapes);
  tensors inputs;
  for (const auto& shape : shapes) inputs.push_back(noise(shape));
  const auto expected = flat_outputs(module.forward({inputs.begin(), inputs.end()}));
  const auto g = shop.store.load(shop.store.resolve("net")).model;
  CHECK(difference(shop.store, g, inputs, expected) < 1e-5);
  CHECK(shop.store.missing_blobs(result.model).empty());
  return g;
}

inline std::size_t count(const graph& g, op_kind kind) {
  std::size_t n = 0;
  for (const auto& o : g.ops) n += o.kind == kind ? 1 : 0;
  return n;
}

inline const op& only(const graph& g, op_kind kind) {
  REQUIRE(count(g, kind) == 1);
  for (const auto& o : g.ops)
    if (o.kind == kind) return o;
  throw std::logic_error("unreachable");
}

using weight_map = std::map<std::string, at::Tensor>;

inline Module module_of(const std::string& source, const weight_map& weights = {}) {
  Module m{"net"};
  for (const auto& [name, tensor] : weights) {
    if (tensor.is_floating_point())
      m.register_parameter(name, tensor, false);
    else
      m.register_buffer(name, tensor);
  }
  m.define(source);
  return m;
}

inline Module returning(const std::string& expression, const weight_map& weights = {}) {
  return module_of("def forward(self, x):\n    return " + expression + "\n", weights);
}

inline const shape_list photo{{1, 3, 20, 17}};

}  // namespace bramble::test
