// Model manifests: from files of a home and from peers.
#include "model/graph/manifest.hpp"
#include "balancer/report/model_stats.hpp"
#include "model/graph/region.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace bramble;

namespace {

/// Everything that works on a graph may rely on `validate`.
void use(const graph& g) {
  consumers(g);
  facts_of(g);
  ceiling_in_macs(g);
  for (op_id id = 0; id < g.ops.size(); ++id) {
    const auto& o = g.ops[id];
    auto out = extent(g.values[o.outputs[0]]);
    needed_inputs(g, o, out);
    if (!splittable(g, o)) continue;
    out.rows.begin = out.rows.end / 2;
    const auto needs = needed_inputs(g, o, out);
    for (std::size_t i = 0; i < needs.size(); ++i)
      must(extent(g.values[o.inputs[i]]).contains(needs[i]));
    if (o.kind != op_kind::elementwise && o.kind != op_kind::concat) border_of(g, o, out);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  succeeds_or_complains([&] {
    const auto m = decode_manifest({data, size}, "the fuzzer");
    use(m.model);
    const auto again = encode_manifest(m);
    must(encode_manifest(decode_manifest(again, "itself")) == again);
  });
  return 0;
}
