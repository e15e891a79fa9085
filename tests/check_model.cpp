// Imports a TorchScript file and compares what the runtime makes of it with what LibTorch does: on
// one node, divided at random between four, and as planned for four equal ones.
// LibTorch first, see catch.hpp.
#include <ATen/Parallel.h>
#include <torch/script.h>

#include "model/import/import.hpp"
//
#include <cstdio>

#include "balancer/planner.hpp"
#include "config/parse.hpp"
#include "tests/simulated_nodes.hpp"
#include "tests/temporary_folder.hpp"

using namespace bramble;

namespace {

void collect(const c10::IValue& value, std::vector<at::Tensor>& out) {
  if (value.isTensor()) {
    out.push_back(value.toTensor());
  } else if (value.isTuple()) {
    for (const auto& item : value.toTupleRef().elements()) collect(item, out);
  } else if (value.isList()) {
    for (const auto& item : value.toListRef()) collect(item, out);
  } else if (value.isGenericDict()) {
    for (const auto& item : value.toGenericDict()) collect(item.value(), out);
  }
}

host_tensor to_host(const at::Tensor& x) {
  const auto* bytes = static_cast<const std::uint8_t*>(x.data_ptr());
  return {x.sizes().vec(), element_type::f32, {bytes, bytes + x.nbytes()}};
}

/// The largest difference, relative to the largest value; infinite for other numbers or shapes.
double difference(const std::vector<host_tensor>& made, const std::vector<at::Tensor>& wanted) {
  double worst = made.size() == wanted.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < std::min(made.size(), wanted.size()); ++i) {
    const auto y = wanted[i].contiguous();
    if (y.sizes() != at::IntArrayRef{made[i].shape} || y.scalar_type() != at::kFloat)
      return INFINITY;
    const auto most = y.abs().max().item<double>();
    const auto scale = most > 0 ? most : 1;
    const auto* from = reinterpret_cast<const float*>(made[i].bytes.data());
    const auto* to = y.data_ptr<float>();
    for (std::int64_t k = 0; k < y.numel(); ++k) {
      const auto off = std::abs(static_cast<double>(from[k]) - static_cast<double>(to[k])) / scale;
      if (!(off <= worst)) worst = std::isnan(off) ? INFINITY : off;
    }
  }
  return worst;
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
  std::vector<std::vector<std::int64_t>> shapes;
  for (const auto& text : inputs) shapes.push_back(parse_shape(text, "the shape"));
  use_threads(2);
  const auto g =
      std::make_shared<const graph>(import_torchscript(store, {file, shapes, "net"}).model.model);

  auto original = torch::jit::load(file);
  original.eval();
  original.to(at::kFloat);  // as the importer does with shorter weights
  std::vector<c10::IValue> arguments;
  std::vector<host_tensor> brought;
  const auto generator = at::detail::createCPUGenerator(11);
  for (const auto& shape : shapes) {
    arguments.emplace_back(at::rand(shape, generator));
    brought.push_back(to_host(arguments.back().toTensor()));
  }
  std::vector<at::Tensor> wanted;
  collect(original.forward(arguments), wanted);

  const auto device = std::make_shared<device_model>(
      g, [&store](const std::string& sha256) { return map_file(store.blob_path(sha256)); },
      runtime_options{2});
  const auto whole = test::run_whole(device, brought);
  const auto alone = difference(whole, wanted);
  test::random_source random{1};
  const auto p = make_plan(*g, test::shelf_of({6, 6, 6, 6}, 940), {"bramble", wire_type::fp32});
  const bool same_bits = equal_bits(test::simulated_nodes{device, p}.run(brought, random), whole);
  test::simulated_nodes nodes{device, test::random_plan(random, *g, 4)};
  const auto divided = difference(nodes.run(brought, random), wanted);
  const auto share = shares_of(*g, list);
  const bool good = alone <= 1e-4 && divided <= 1e-4;
  std::printf(
      "%s: %zu ops, %zu atoms, %.1f %% of %.0f MMAC can be divided; off by %.1e on one node, ",
      file.c_str(), g->ops.size(), share.atoms, 100 * share.macs, total_macs(*g) / 1e6, alone);
  std::printf("%.1e at random on four, planned for four %s bits%s\n", divided,
              same_bits ? "the same" : "other", good ? "" : ": WRONG");
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments{argv + 1, argv + argc};
  const bool list = !arguments.empty() && arguments[0] == "--list";
  if (list) arguments.erase(arguments.begin());
  if (arguments.size() < 2) {
    std::fprintf(stderr, "Usage: check-model [--list] FILE.pt 1x3x224x224 ...\n");
    return 2;
  }
  try {
    return check(arguments[0], {arguments.begin() + 1, arguments.end()}, list);
  } catch (const std::exception& error) {
    std::printf("%s: %s\n", arguments[0].c_str(), error.what());
    return 1;
  }
}
