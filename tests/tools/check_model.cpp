// Imports a TorchScript or ONNX file and compares what the runtime makes of it with what LibTorch
// does: on one node, divided at random between four, and as planned for four equal ones. LibTorch
// first, see catch.hpp.
#include <ATen/Parallel.h>
#include <torch/script.h>

#include "model/import/agreement.hpp"
#include "model/import/import.hpp"
//
#include <cstdio>

#include "balancer/search/planner.hpp"
#include "config/parse.hpp"
#include "model/runtime/scalar_type.hpp"
#include "tests/support/simulated_nodes.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;

namespace {

host_tensor to_host(const at::Tensor& x, element_type type) {
  const auto* bytes = static_cast<const std::uint8_t*>(x.data_ptr());
  return {x.sizes().vec(), type, {bytes, bytes + x.nbytes()}};
}

at::Tensor from_host(const host_tensor& x) {
  return at::from_blob(const_cast<std::uint8_t*>(x.bytes.data()), x.shape, scalar_type(x.type));
}

/// As the importer makes them up: whole numbers that short tables have.
at::Tensor made_up(const value_info& input, const at::Generator& generator) {
  const auto type = scalar_type(input.type);
  if (at::isFloatingType(type)) return at::rand(input.shape, generator).to(type);
  return at::randint(0, 2, input.shape, generator, at::kLong).to(type);
}

std::vector<at::Tensor> from_host(const std::vector<host_tensor>& all) {
  std::vector<at::Tensor> out;
  for (const auto& x : all) out.push_back(from_host(x));
  return out;
}

bool equal_bits(const std::vector<host_tensor>& a, const std::vector<host_tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.bytes == y.bytes; });
}

struct shares {
  std::size_t atoms = 0;
  double macs = 0;  // that can be divided, of all
};

shares shares_of(const graph& g, bool list) {
  shares out;
  double divided = 0;
  for (op_id op = 0; op < g.ops.size(); ++op) {
    const auto& o = g.ops[op];
    if (o.kind == op_kind::atom) ++out.atoms;
    if (splittable(g, o)) divided += macs(g, op);
    if (!list) continue;
    std::printf("  %-22s %-28s %8.1f MMAC ->", name_of(o.kind), o.name.c_str(), macs(g, op) / 1e6);
    for (auto size : g.values[o.outputs[0]].shape)
      std::printf(" %lld", static_cast<long long>(size));
    std::printf("\n");
  }
  const auto all = total_macs(g);
  out.macs = all > 0 ? divided / all : 0;
  return out;
}

int check(const std::string& file, const std::vector<std::string>& inputs, bool list) {
  const at::NoGradGuard no_grad;
  const temporary_folder folder;
  const model_store store{folder.path()};
  import_inputs given;
  for (const auto& text : inputs) given.push_back(parse_import_input(text));
  use_threads(2);
  const auto g =
      std::make_shared<const graph>(import_torchscript(store, {file, given, "net"}).model.model);

  // Its short weights are widened, as the runtime does; whole numbers stay what they are.
  original_model original{file, given};
  std::vector<at::Tensor> arguments;
  std::vector<host_tensor> brought;
  const auto generator = at::detail::createCPUGenerator(11);
  for (auto id : g->inputs) {
    const auto& input = g->values[id];
    arguments.push_back(made_up(input, generator));
    brought.push_back(to_host(arguments.back(), input.type));
  }
  const bool narrowed = original.has_doubles() && g->values[g->inputs[0]].type == element_type::f32;
  if (narrowed) original.narrow_doubles();
  agreement judge{[&] {
    original_model anew{file, given};
    if (narrowed) anew.narrow_doubles();
    return anew;
  }};
  const auto wanted = original.call(arguments);

  const auto device = std::make_shared<device_model>(
      g, [&store](const std::string& sha256) { return map_file(store.blob_path(sha256)); },
      runtime_options{2});
  const auto whole = test::run_whole(device, brought);
  const auto alone = from_host(whole);
  test::random_source random{1};
  const auto p = make_plan(*g, test::shelf_of({6, 6, 6, 6}, 940), {"bramble", wire_type::fp32});
  const bool same_bits = equal_bits(test::simulated_nodes{device, p}.run(brought, random), whole);
  test::simulated_nodes nodes{device, test::random_plan(random, *g, 4)};
  const auto pieces = nodes.run(brought, random);
  const auto divided = from_host(pieces);
  const auto share = shares_of(*g, list);
  const bool good =
      judge.agrees(alone, wanted, arguments) && judge.agrees(divided, wanted, arguments);
  std::printf(
      "%s: %zu ops, %zu atoms, %.1f %% of %.0f MMAC can be divided; off by %.1e on one node, ",
      file.c_str(), g->ops.size(), share.atoms, 100 * share.macs, total_macs(*g) / 1e6,
      difference(alone, wanted));
  std::printf("%.1e at random on four, planned for four %s bits%s\n", difference(divided, wanted),
              same_bits ? "the same" : "other", good ? "" : ": WRONG");
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments{argv + 1, argv + argc};
  const bool list = !arguments.empty() && arguments[0] == "--list";
  if (list) arguments.erase(arguments.begin());
  if (arguments.empty()) {
    std::fprintf(stderr,
                 "Usage: check-model [--list] FILE.pt 1x3x224x224 ...\n       check-model [--list] "
                 "FILE.onnx [images=1x3x640x640] ...\n");
    return 2;
  }
  try {
    return check(arguments[0], {arguments.begin() + 1, arguments.end()}, list);
  } catch (const std::exception& error) {
    std::printf("%s: %s\n", arguments[0].c_str(), error.what());
    return 1;
  }
}
