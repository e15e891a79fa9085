#include <ATen/ATen.h>
#include <torch/script.h>

#include "tests/support/catch.hpp"

#include <malloc.h>
#include <rapidcheck.h>

#include <cmath>
#include <fstream>

#include "model/runtime/device_model.hpp"
#include "model/runtime/half.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/executable_graph.hpp"
#include "tests/support/reference_executor.hpp"
#include "tests/support/simulated_nodes.hpp"
#include "tests/support/small_graph.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

/// The graph's blobs where the reference looks for them.
model_store stored(const executable_graph& g, const temporary_folder& folder) {
  model_store store{folder.path()};
  for (const auto& [sha256, content] : g.blobs) {
    const auto path = store.blob_path(sha256);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream{path, std::ios::binary}.write(reinterpret_cast<const char*>(content->data()),
                                                static_cast<std::streamsize>(content->size()));
  }
  return store;
}

at::Tensor tensor_of(const host_tensor& t) {
  auto out = at::empty(t.shape, at::kFloat);
  std::copy(t.bytes.begin(), t.bytes.end(), static_cast<std::uint8_t*>(out.data_ptr()));
  return out;
}

host_tensor host_of(const at::Tensor& t) {
  const auto dense = t.contiguous();
  const auto* data = static_cast<const std::uint8_t*>(dense.data_ptr());
  return {t.sizes().vec(), element_type::f32, byte_vector(data, data + dense.nbytes())};
}

std::vector<host_tensor> reference(const executable_graph& g,
                                   const std::vector<host_tensor>& inputs) {
  const temporary_folder folder;
  const auto store = stored(g, folder);
  std::vector<at::Tensor> tensors;
  for (const auto& in : inputs) tensors.push_back(tensor_of(in));
  std::vector<host_tensor> out;
  for (const auto& t : reference_executor{store, *g.model}.run(tensors)) out.push_back(host_of(t));
  return out;
}

std::shared_ptr<device_model> device_for(const executable_graph& g, runtime_options options = {}) {
  use_threads(options.threads);
  return std::make_shared<device_model>(g.model, g.loader(), options);
}

void check_whole(runtime_options options) {
  const auto seed = *rc::gen::arbitrary<std::uint32_t>();
  random_source random{seed};
  const auto g =
      random_executable_graph(random, static_cast<std::size_t>(*rc::gen::inRange(1, 14)));
  const auto inputs = random_inputs(random, *g.model);
  const auto made = run_whole(device_for(g, options), inputs);
  const auto expected = reference(g, inputs);
  RC_ASSERT(made.size() == expected.size());
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (difference(made[i], expected[i]) > 1e-5)
      RC_LOG() << "output " << i << ", difference " << difference(made[i], expected[i]) << "\n"
               << text_of(*g.model);
    RC_ASSERT(difference(made[i], expected[i]) <= 1e-5);
  }
}

/// The same graph, whose blobs hold halves: what a kernel has of weights is then in memory of its
/// own, and not the blob's.
executable_graph in_halves(executable_graph g) {
  std::map<std::string, std::shared_ptr<const byte_vector>> blobs;
  for (auto& w : g.model->weights) {
    const auto& floats = *g.blobs.at(w.sha256);
    const auto count = floats.size() / sizeof(float);
    byte_vector halves(count * sizeof(std::uint16_t));
    floats_to_halves(reinterpret_cast<const float*>(floats.data()),
                     reinterpret_cast<std::uint16_t*>(halves.data()),
                     static_cast<std::int64_t>(count));
    w.sha256 = sha256_hex(halves);
    w.stored_as_half = true;
    blobs[w.sha256] = std::make_shared<const byte_vector>(std::move(halves));
  }
  g.blobs = std::move(blobs);
  return g;
}

std::size_t allocated_bytes() {
  const auto all = mallinfo2();
  return all.uordblks + all.hblkhd;
}

double parameters(const graph& g) {
  double sum = 0;
  for (const auto& w : g.weights) sum += static_cast<double>(element_count(w.shape));
  return sum;
}

/// One atom on a map.
executable_graph atom_graph(const std::string& schema, const std::string& overload,
                            std::vector<argument> rest,
                            std::vector<std::vector<std::int64_t>> shapes) {
  graph_kit k{"atoms"};
  const auto x = k.input({1, 4, 3, 3});
  auto g = k.finish({k.atom(schema, {x}, shapes[0])});
  auto& o = g.ops[0];
  o.call.overload = overload;
  o.call.arguments.insert(o.call.arguments.end(), rest.begin(), rest.end());
  for (std::size_t i = 1; i < shapes.size(); ++i) {
    o.outputs.push_back(static_cast<value_id>(g.values.size()));
    g.outputs.push_back(o.outputs.back());
    g.values.push_back({shapes[i], element_type::f32, 0});
  }
  random_source random{3};
  return with_weights(std::move(g), random);
}

}  // namespace

TEST_CASE("a whole graph gives LibTorch's answer") {
  const auto threads = GENERATE(1, 2);
  SECTION("through oneDNN") {
    REQUIRE(rc::check([&] { check_whole({threads, true, false}); }));
  }
  SECTION("through XNNPACK") {
    REQUIRE(rc::check([&] { check_whole({threads, false, true}); }));
  }
  SECTION("through LibTorch alone") {
    REQUIRE(rc::check([&] { check_whole({threads, false, false}); }));
  }
}

TEST_CASE("windows that hang over the edge are LibTorch's ceil_mode") {
  const auto kind = GENERATE(op_kind::max_pool, op_kind::avg_pool);
  const auto padding = GENERATE(0, 1);
  const auto include = GENERATE(true, false);
  graph_kit k{"ceil"};
  const auto x = k.input({1, 19, 8, 10});
  auto win = square(3, 2, padding);
  win.stride[1] = 3;
  win.count_include_pad = include;
  auto g = k.finish({k.pool(x, kind, win)});
  const auto expected_shape =
      at::max_pool2d(at::zeros({1, 19, 8, 10}), win.kernel, win.stride, win.padding, 1, true)
          .sizes()
          .vec();
  g.values[g.outputs[0]].shape = expected_shape;
  random_source random{5};
  const auto whole = with_weights(std::move(g), random);
  auto inputs = random_inputs(random, *whole.model);
  // A pixel that is no number must come through.
  reinterpret_cast<float*>(inputs[0].bytes.data())[45] = std::nanf("");
  const auto made = run_whole(device_for(whole), inputs);
  const auto expected = reference(whole, inputs);
  CHECK(difference(made[0], expected[0]) < 1e-6);
  CHECK(std::count_if(reinterpret_cast<const float*>(made[0].bytes.data()),
                      reinterpret_cast<const float*>(made[0].bytes.data() + made[0].bytes.size()),
                      [](float v) { return std::isnan(v); }) > 0);
}

TEST_CASE("an atom's list of results becomes its outputs, also where they are views of its input") {
  const auto g = atom_graph("aten::chunk", "", {std::int64_t{2}, std::int64_t{1}},
                            {{1, 2, 3, 3}, {1, 2, 3, 3}});
  random_source random{1};
  const auto inputs = random_inputs(random, *g.model);
  const auto made = run_whole(device_for(g), inputs);
  const auto halves = tensor_of(inputs[0]).chunk(2, 1);
  REQUIRE(made.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) CHECK(difference(made[i], host_of(halves[i])) == 0);
}

TEST_CASE("an op that fails says which it is") {
  random_source random{1};
  auto complaint = [&](const executable_graph& g) {
    const auto inputs = random_inputs(random, *g.model);
    return complaint_of([&] { run_whole(device_for(g), inputs); });
  };
  const auto unknown = complaint(atom_graph("aten::no_such_op", "", {}, {{1}}));
  CHECK(contains(unknown, "op 0 (aten::no_such_op)"));
  CHECK(contains(unknown, "import the model again"));
  // A dimension that is not there.
  const auto refused =
      complaint(atom_graph("aten::softmax", "int", {std::int64_t{9}, nothing{}}, {{1, 4, 3, 3}}));
  CHECK(contains(refused, "op 0 (aten::softmax) failed in LibTorch"));
  const auto other = complaint(
      atom_graph("aten::flatten", "using_ints", {std::int64_t{0}, std::int64_t{-1}}, {{1, 36}}));
  CHECK(contains(other, "op 0 (aten::flatten)"));
  CHECK(contains(other, "another shape"));
  CHECK(contains(complaint(atom_graph("aten::relu_", "", {}, {{1, 4, 3, 3}})), "writes to its"));
}

TEST_CASE("a request that does not fit the model is refused") {
  const auto g = small_graph();
  const auto device = device_for(g);
  const auto plan = std::make_shared<loaded_plan>(device, whole_plan(*g.model, "a"), 0);
  random_source random{1};
  auto inputs = random_inputs(random, *g.model);
  CHECK(is_sentence(complaint_of([&] { node_run(plan, {}); })));
  auto wrong = inputs;
  wrong[0].shape = {1, 3, 8, 9};
  CHECK(contains(complaint_of([&] { node_run(plan, wrong); }), "1x3x8x9"));
  auto shared = whole_plan(*g.model, "a");
  shared.nodes.push_back("b");
  const auto other = std::make_shared<loaded_plan>(device, shared, 1);
  CHECK(contains(complaint_of([&] { node_run(other, inputs); }), "Only the host"));
  CHECK(node_run(other, {}).finished());
  wrong = inputs;
  wrong[0].type = element_type::i32;
  CHECK(is_sentence(complaint_of([&] { node_run(plan, wrong); })));
  wrong = inputs;
  wrong[0].bytes.pop_back();
  CHECK(is_sentence(complaint_of([&] { node_run(plan, wrong); })));
}

TEST_CASE("a node takes each transfer once, whole, and only its own") {
  const auto g = small_graph();
  const auto device = device_for(g);
  auto p = whole_plan(*g.model, "a");
  p.nodes.push_back("b");
  for (auto& part : p.pieces)
    if (part.op > 0) part.node = 1;
  const auto host = std::make_shared<loaded_plan>(device, p, 0);
  const auto other = std::make_shared<loaded_plan>(device, p, 1);
  random_source random{1};
  const auto inputs = random_inputs(random, *g.model);
  node_run sender{host, inputs}, receiver{other, {}};
  sender.start();
  CHECK_FALSE(receiver.next());
  CHECK_THROWS_AS(receiver.execute(0), std::logic_error);
  const auto sends = sender.execute(*sender.next()).sends;
  REQUIRE(sends.size() == 1);
  const byte_span payload{sends[0].data, sends[0].size};
  const auto id = sends[0].transfer;
  CHECK(contains(complaint_of([&] { receiver.receive(id, payload.first(7)); }), "7 bytes"));
  CHECK(contains(complaint_of([&] { receiver.receive(id + 1, payload); }), "not for this node"));
  CHECK(
      contains(complaint_of([&] { receiver.receive(0xFFFFFFFF, payload); }), "not for this node"));
  CHECK(contains(complaint_of([&] { sender.receive(id, payload); }), "not for this node"));
  CHECK_FALSE(receiver.next());
  receiver.receive(id, payload);
  CHECK(contains(complaint_of([&] { receiver.receive(id, payload); }), "second time"));
  CHECK(receiver.next());
}

TEST_CASE("what was sent outlives the request that made it") {
  const auto g = small_graph();
  const auto device = device_for(g);
  auto p = whole_plan(*g.model, "a");
  p.nodes.push_back("b");
  for (auto& part : p.pieces)
    if (part.op > 0) part.node = 1;
  random_source random{1};
  const auto host = std::make_shared<loaded_plan>(device, p, 0);
  auto first_send = [&] {
    node_run run{host, random_inputs(random, *g.model)};
    return run.execute(*run.next()).sends.at(0);
  };
  const auto kept = first_send();
  const byte_vector before(kept.data, kept.data + kept.size);
  // Further requests must not get the same memory while it is in flight.
  for (int i = 0; i < 3; ++i) first_send();
  CHECK(std::equal(before.begin(), before.end(), kept.data));
}

TEST_CASE("a loaded plan keeps working when unused things are released") {
  const auto g = small_graph();
  const auto device = device_for(g);
  random_source random{1};
  const auto inputs = random_inputs(random, *g.model);
  const auto before = run_whole(device, inputs);
  simulated_nodes nodes{device, whole_plan(*g.model, "a")};
  device->release_unused();
  CHECK(nodes.run(inputs, random)[0].bytes == before[0].bytes);
  CHECK(run_whole(device, inputs)[0].bytes == before[0].bytes);
}

TEST_CASE("a device at rest keeps no buffers, and goes on as before") {
  const auto g = small_graph();
  const auto device = device_for(g);
  random_source random{1};
  const auto inputs = random_inputs(random, *g.model);
  simulated_nodes nodes{device, whole_plan(*g.model, "a")};
  const auto before = nodes.run(inputs, random);
  CHECK(device->pool()->idle_bytes() > 0);
  device->rest();
  CHECK(device->pool()->idle_bytes() == 0);
  CHECK(nodes.run(inputs, random)[0].bytes == before[0].bytes);
}

TEST_CASE("a loaded plan tells the weights of what it makes") {
  const auto g = small_graph();
  const auto device = device_for(g);
  std::uint64_t all = 0;
  for (const auto& w : g.model->weights) all += blob_bytes(w);
  CHECK(loaded_plan(device, whole_plan(*g.model, "a"), 0).weight_bytes() == all);

  // A quarter of the channels of each convolution on b, its rows below the first on c as well.
  auto p = whole_plan(*g.model, "a");
  p.nodes = {"a", "b", "c"};
  std::vector<piece> pieces;
  for (const auto& whole : p.pieces) {
    if (g.model->ops[whole.op].kind != op_kind::convolution) {
      pieces.push_back(whole);
      continue;
    }
    auto here = whole, there = whole, below = whole;
    here.out.channels = {2, 8};
    there.node = 1;
    there.out.channels = {0, 2};
    below.node = 2;
    below.out.rows.begin = 1;
    pieces.insert(pieces.end(), {here, there, below});
  }
  p.pieces = pieces;
  CHECK(loaded_plan(device, p, 0).weight_bytes() == all / 4 * 3);
  CHECK(loaded_plan(device, p, 1).weight_bytes() == all / 4);
  CHECK(loaded_plan(device, p, 2).weight_bytes() == all);
}

TEST_CASE("a slice of channels holds its part of the weights, whatever computes it") {
  const auto options = GENERATE(runtime_options{1, true, false}, runtime_options{1, false, true},
                                runtime_options{1, false, false});
  graph_kit kit{"heavy"};
  auto x = kit.input({1, 256, 6, 6});
  x = kit.conv(kit.conv(x, 256, square(3, 1, 1)), 256, square(3, 1, 1));
  random_source random{1};
  const auto g = in_halves(with_weights(kit.finish({kit.conv(x, 512, square(6))}), random));

  auto p = whole_plan(*g.model, "a");
  p.nodes = {"a", "b"};
  for (op_id op = 0; op < 3; ++op) {
    auto quarter = p.pieces[op];
    quarter.node = 1;
    quarter.out.channels.begin = quarter.out.channels.end / 4 * 3;
    p.pieces.push_back(quarter);
    p.pieces[op].out.channels.end = quarter.out.channels.begin;
  }
  std::stable_sort(p.pieces.begin(), p.pieces.end(),
                   [](const piece& a, const piece& b) { return a.op < b.op; });
  for (std::uint16_t node : {0, 1}) {
    const auto device = device_for(g, options);
    const auto before = allocated_bytes();
    const loaded_plan loaded{device, p, node};
    const auto held = static_cast<double>(allocated_bytes() - before);
    const auto counted = static_cast<double>(loaded.weight_bytes());
    CHECK(counted == Approx((node == 0 ? 0.75 : 0.25) * 4 * parameters(*g.model)));
    // Kernels and their code besides.
    CHECK(held > 0.98 * counted);
    CHECK(held < 1.05 * counted + 500'000);
  }
}

TEST_CASE("a weight that is missing or of the wrong size is named") {
  const auto g = small_graph();
  use_threads(1);
  auto complaint = [&](const blob_loader& load) {
    const auto device = std::make_shared<device_model>(g.model, load, runtime_options{});
    return complaint_of([&] { loaded_plan(device, whole_plan(*g.model, "a"), 0); });
  };
  const byte_vector three(3);
  CHECK(contains(complaint([&](const std::string&) { return blob{nullptr, three}; }), "3 bytes"));
  const temporary_folder folder;
  CHECK(contains(complaint([&](const std::string& sha256) { return map_file(folder / sha256); }),
                 folder.path().string()));
}

TEST_CASE("a mapped file is its content") {
  const temporary_folder folder;
  const auto path = folder / "weights";
  std::ofstream{path} << "twelve bytes";
  const auto mapped = map_file(path);
  std::filesystem::remove(path);
  CHECK(as_text(mapped.bytes) == "twelve bytes");
  CHECK(contains(complaint_of([&] { map_file(path); }), path.string()));
  std::ofstream{path};
  CHECK(map_file(path).bytes.empty());
}
