// Control messages, as CAF hands them over. The first byte says which.
#include <caf/binary_deserializer.hpp>

#include "actors/protocol/parts.hpp"
#include "model/plan/program.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/graph_kit.hpp"

using namespace bramble;

namespace {

/// What a node does with a message before it believes any of it.
template <class T>
void check(const T&) {}

void check(const gossip& g) {
  validate(g.view, "a peer");
  membership view;
  merge(view, g.view);
  must(merge(view, g.view).empty());
}

void check(const introduction& i) {
  validate(membership{{{i.where.name, i.where}}}, "a peer");
}

void check(const plan& p) {
  static const auto g = [] {
    test::graph_kit k{"fuzzed"};
    const auto x = k.input({1, 4, 8, 8});
    const auto y = k.conv(x, 8, test::square(3, 1, 1));
    return k.finish({k.sum(y, k.conv(y, 8, test::square(1)))});
  }();
  key_of(p);
  validate(p, g);
  derive(g, p);
}

void check(const infer_request& r) {
  static const auto g = [] {
    test::graph_kit k{"fuzzed"};
    return k.finish({k.pool(k.input({1, 1, 2, 2}), op_kind::max_pool, test::square(2))});
  }();
  check_inputs(g, r.inputs);
}

void check(const tensor_part& p) {
  chunk_assembler taker{{{{1, 1, 2, 2}, element_type::f32, {}}}};
  taker.take(p);
  must(taker.complete());
  must(cut_part(std::move(taker).tensors(), 0).bytes == p.bytes);
}

void check(const infer_reply& r) {
  if (r.in_parts && bytes_of(r.outputs) != 0) end_of_part(r.outputs, 0);
}

void check(const capacity_report& r) {
  shelf s;
  s.host = r.node;
  s.nodes.push_back({r.node, r.gmacs, r.memory_mb, 1, r.table});
  s.nodes.back().messages = r.messages;
  for (const auto& link : r.links) s.links.push_back({r.node, link.to, link.mbit, link.rtt_ms});
  validate(s, "a peer");
}

template <class T>
void read(const std::uint8_t* data, std::size_t size) {
  caf::binary_deserializer in{nullptr, reinterpret_cast<const char*>(data), size};
  T value{};
  if (inspect(static_cast<caf::deserializer&>(in), value)) return;
  succeeds_or_complains([&] { check(value); });
}

using reader = void (*)(const std::uint8_t*, std::size_t);
constexpr reader readers[] = {
    read<hello>,           read<introduction>,      read<gossip>,        read<cluster_status>,
    read<actor_list>,      read<model_description>, read<plan_query>,    read<plan>,
    read<prepare_request>, read<capacity_report>,   read<infer_request>, read<infer_reply>,
    read<run_failure>,     read<runtime_override>,  read<live_report>,   read<tensor_part>,
    read<node_names>,      read<probe_report>,      read<trace_query>,   read<run_trace>,
    read<clock_reading>,   read<turn_query>,        read<turn>,          read<turn_end>,
    read<renewal_request>, read<renewal>,           read<event_query>,   read<event_list>,
    read<request_list>,    read<log_query>,         read<log_list>,      read<examination>,
    read<replan_report>,   read<tap_query>,         read<tap_report>,    read<hand_message>,
    read<hand_reply>};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  readers[data[0] % std::size(readers)](data + 1, size - 1);
  return 0;
}
