#include "model/runtime/calibrate.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "config/base/files.hpp"
#include "config/defaults_balancer.hpp"
#include "model/runtime/exactness_probe.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/graph_kit.hpp"
#include "tests/support/small_graph.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

/// A small model on a device that chooses what computes its ops.
struct choosing_device {
  executable_graph g = small_graph();
  runtime_options options = choosing();
  device_model device{g.model, made_up_blobs(*g.model), options};

  static runtime_options choosing() {
    use_threads(1);
    runtime_options out;
    out.choices = std::make_shared<backend_choices>();
    return out;
  }
};

}  // namespace

TEST_CASE("calibration measures every op at several sizes, with or without weights") {
  const auto g = small_graph();
  use_threads(1);
  const auto load = GENERATE(0, 1) == 0 ? g.loader() : zero_blobs(*g.model);
  device_model device{g.model, load, runtime_options{}};
  std::size_t calls = 0, last = 0, all = 0;
  const auto table = calibrate(device, [&](std::size_t done, std::size_t total) {
    ++calls;
    last = done;
    all = total;
  });
  CHECK(calls == all);
  CHECK(last == all);
  REQUIRE(table.ops.size() == g.model->ops.size());
  for (op_id id = 0; id < table.ops.size(); ++id) {
    const auto& samples = table.ops[id];
    const auto rows = g.model->values[g.model->ops[id].outputs[0]].shape[2];
    REQUIRE(samples.size() >= 4);
    CHECK(samples.back().rows == rows);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      CHECK(samples[i].ms > 0);
      if (i > 0) CHECK(samples[i - 1].rows < samples[i].rows);
    }
  }
  // Ops with weights by slices too, all channels last.
  REQUIRE(table.slices.size() == table.ops.size());
  for (op_id id = 0; id < table.ops.size(); ++id) {
    const auto& o = g.model->ops[id];
    const auto channels = g.model->values[o.outputs[0]].shape[1];
    const bool convolves = o.kind == op_kind::convolution && o.groups == 1;
    REQUIRE(table.slices[id].empty() != convolves);
    if (convolves) CHECK(table.slices[id].back().channels == channels);
    if (convolves && channels >= 16) CHECK(table.slices[id].size() > 1);
  }
  CHECK(is_sound(table));
  // The second and fourth op are alike and were timed once; the first has other channels.
  CHECK(table.ops[1].back().ms == table.ops[3].back().ms);
  // Which bits each has is known with and without weights, and alike ops have equal ones.
  REQUIRE(table.bits.size() == table.ops.size());
  for (const auto& bits : table.bits) CHECK(bits.whole != 0);
  CHECK(table.bits[1] == table.bits[3]);
  CHECK(table.bits[0].whole != table.bits[1].whole);
  double sum = 0;
  for (const auto& samples : table.ops) sum += samples.back().ms;
  CHECK(whole_model_ms(table) == Approx(sum));
}

TEST_CASE("calibration needs no room for the whole model, nor for its largest op") {
  const auto g = small_graph();
  use_threads(1);
  device_model device{g.model, g.loader(), runtime_options{}};
  // Not even a slice of the largest convolution: one op after the other, by its smallest slice.
  const auto table = calibrate(device, {}, {}, 1);
  CHECK(is_sound(table));
  for (op_id id = 0; id < table.ops.size(); ++id) {
    const auto& o = g.model->ops[id];
    const auto whole = extent(g.model->values[o.outputs[0]]);
    REQUIRE(table.knows(id));
    CHECK(table.ops[id].back().rows == whole.rows.size());
    // Nor is it made whole to see which bits it has.
    CHECK((table.bits[id].whole == 0) == !o.weights.empty());
    if (table.slices[id].size() < 2) continue;
    const auto &slice = table.slices[id].front(), &all = table.slices[id].back();
    CHECK(all.channels == whole.channels.size());
    CHECK(all.ms / static_cast<double>(all.channels) ==
          Approx(slice.ms / static_cast<double>(slice.channels)));
    CHECK(table.ops[id].size() == 1);
  }
}

TEST_CASE("calibration chooses a backend for each convolution, which kernels made later use") {
  const auto g = small_graph();
  use_threads(1);
  runtime_options options;
  options.choices = std::make_shared<backend_choices>();
  device_model measured{g.model, g.loader(), options};
  const auto table = calibrate(measured);
  REQUIRE(table.backends.size() == g.model->ops.size());
  for (op_id id = 0; id < g.model->ops.size(); ++id) {
    const auto& o = g.model->ops[id];
    if (o.kind != op_kind::convolution) {
      CHECK(table.backends[id] == backend::own);
      continue;
    }
    CHECK(options.choices->find(likeness(*g.model, o)) ==
          kernel_choice{table.backends[id], table.codes[id]});
    CHECK(device_model{g.model, g.loader(), options}.backend_of(id) == table.backends[id]);
  }
  // A kept table does the same for a process that has not measured, whatever the default is.
  for (auto by : {backend::onednn, backend::xnnpack, backend::libtorch}) {
    auto kept = table;
    kept.backends[0] = by;
    options.choices = std::make_shared<backend_choices>();
    device_model device{g.model, g.loader(), options};
    use_choices(device, kept);
    const auto usable = device.backends_for(0);
    const bool can = std::find(usable.begin(), usable.end(), by) != usable.end();
    CHECK(device.backend_of(0) == (can ? by : usable.front()));
  }
}

TEST_CASE("of a library's codes the usual one is taken unless its parts have other bits") {
  const auto chosen = [](const std::vector<kernel_candidate>& candidates) {
    return best_of(candidates).choice.code;
  };
  const kernel_candidate usual{{backend::onednn, ""}, 1, false};
  const auto with = [](const char* code, double ms, bool exact) {
    return kernel_candidate{{backend::onednn, code}, ms, exact};
  };
  CHECK(chosen({usual}).empty());
  CHECK(chosen({usual, with("a", 1.02, true)}) == "a");
  CHECK(chosen({usual, with("a", 1.02, true), with("b", 1.01, true)}) == "b");
  CHECK(chosen({usual, with("a", 1.02, false)}).empty());
  CHECK(chosen({usual, with("a", 1.04, true)}).empty());
  auto exact = usual;
  exact.exact = true;
  CHECK(chosen({exact, with("a", 0.9, true)}).empty());
}

TEST_CASE("every code of a library makes the same of a convolution, and a kept table chooses it") {
  choosing_device chosen;
  auto& [g, options, device] = chosen;
  exactness_probe probe{device};
  const auto whole = extent(g.model->values[g.model->ops[0].outputs[0]]);
  op_table kept;
  kept.backends.assign(g.model->ops.size(), backend::own);
  kept.codes.resize(g.model->ops.size());
  for (auto by : device.backends_for(0))
    for (const auto& code : device.codes_for(by, 0)) {
      INFO(name_of(by) << " " << code);
      probe.make_whole(0, kernel_choice{by, code});
      if (!code.empty()) CHECK(probe.code() == code);
      kept.backends[0] = by;
      kept.codes[0] = code;
      use_choices(device, kept);
      device_model other{g.model, made_up_blobs(*g.model), options};
      CHECK(other.backend_of(0) == by);
      CHECK(other.code_of(0) == code);
      exactness_probe again{other};
      again.make_whole(0);
      CHECK(again.code() == probe.code());
      CHECK(again.make_part(whole).same);
    }
}

TEST_CASE("a device computes an op as the shelf does, and measures it anew") {
  choosing_device chosen;
  auto& [g, options, device] = chosen;
  auto table = calibrate(device);
  const auto before = table;
  // Another backend, and as slow as it may be: what was measured does not matter to what is asked.
  const auto usable = device.backends_for(0);
  const auto other =
      *std::ranges::find_if(usable, [&](auto by) { return by != table.backends[0]; });
  std::size_t changed = 0;
  // Where it is much slower than the chosen one it is refused, and nothing has changed.
  changed = adopt_kernels(device, table, {{0, other, ""}});
  if (changed == 0) {
    CHECK((table.backends == before.backends));
    CHECK(table.ops[0].back().ms == before.ops[0].back().ms);
  } else {
    CHECK(changed == 1);
    CHECK(table.backends[0] == other);
    CHECK(device.backend_of(0) == other);
    device_model again{g.model, made_up_blobs(*g.model), options};
    CHECK(again.backend_of(0) == other);
    CHECK(table.bits[0].whole != 0);
    CHECK(table.ops[0].size() == before.ops[0].size());
  }
  CHECK(is_sound(table));
  CHECK((kernels_of(table) != kernels_of(before)) == (changed != 0));
}

TEST_CASE("wishes that a device cannot fulfil change nothing") {
  choosing_device chosen;
  auto& [g, options, device] = chosen;
  auto table = calibrate(device);
  const auto kernels = kernels_of(table);
  const auto last = static_cast<op_id>(g.model->ops.size());
  CHECK(adopt_kernels(device, table,
                      {{last, backend::onednn, ""},
                       {0, backend::own, ""},
                       {0, backend::onednn, "no such code"},
                       {0, table.backends[0], code_of(table, 0)}}) == 0);
  CHECK(kernels_of(table) == kernels);
  op_table empty;
  CHECK(adopt_kernels(device, empty, {{0, backend::onednn, ""}}) == 0);
}

TEST_CASE("a choice that changes is for kernels made from then on") {
  choosing_device chosen;
  auto& [g, options, device] = chosen;
  const auto whole = extent(g.model->values[g.model->ops[0].outputs[0]]);
  const auto needs = needed_inputs(*g.model, g.model->ops[0], whole);
  const auto usable = device.backends_for(0);
  const auto like = likeness(*g.model, g.model->ops[0]);
  options.choices->set(like, {usable.front(), ""});
  const auto first = device.kernel_for(0, whole, needs);
  CHECK(device.kernel_for(0, whole, needs) == first);
  options.choices->set(like, {usable.back(), ""});
  CHECK(device.backend_of(0) == usable.back());
  CHECK(device.kernel_for(0, whole, needs) != first);
}

TEST_CASE("made-up weights are the same in every process, and hardly take memory") {
  graph_kit k{"heavy"};
  const auto x = k.input({1, 4096, 4, 4});
  auto g = k.finish({k.conv(x, 4096, square(4))});  // a weight of 1 GiB
  g.weights[0].sha256 = "large";
  g.weights.push_back({{3, 5}, element_type::f32, "small", true});
  g.weights.push_back({{4}, element_type::i64, "numbers"});
  const auto load = made_up_blobs(g);
  const auto large = load("large"), again = made_up_blobs(g)("large");
  REQUIRE(large.bytes.size() == std::size_t{1} << 30U);
  REQUIRE(load("small").bytes.size() == 30);
  CHECK(std::memcmp(large.bytes.data(), again.bytes.data(), 1U << 20U) == 0);
  // From the start and the end of it, beyond what a test should touch in between.
  for (const auto at : {std::size_t{0}, large.bytes.size() - 4096}) {
    std::set<float> seen;
    for (std::size_t i = 0; i < 4096; i += sizeof(float)) {
      float value = 0;
      std::memcpy(&value, large.bytes.data() + at + i, sizeof value);
      CHECK(value >= 0.25F);
      CHECK(value < 1.25F);
      seen.insert(value);
    }
    CHECK(seen.size() > 1000);
  }
  const auto numbers = load("numbers");
  CHECK(std::ranges::all_of(numbers.bytes, [](auto byte) { return byte == 0; }));
  CHECK(is_sentence(complaint_of([&] { load("another"); })));
}

TEST_CASE("calibration stops when it is told to") {
  const auto g = small_graph();
  use_threads(1);
  device_model device{g.model, g.loader(), runtime_options{}};
  int asked = 0;
  const auto table = calibrate(device, {}, [&] { return ++asked > 2; });
  std::size_t measured = 0;
  for (const auto& samples : table.ops) measured += samples.size();
  CHECK(table.ops.size() == g.model->ops.size());
  CHECK(measured >= 2);
  CHECK(measured <= 4);
}

TEST_CASE("a saved calibration is read again only for the same device, model and form") {
  const temporary_folder folder;
  const auto path = folder / "calibration";
  const auto key = calibration_key({1, true}, "model");
  CHECK(key != calibration_key({2, true}, "model"));
  CHECK(key != calibration_key({1, false}, "model"));
  CHECK((key != calibration_key({1, true, false}, "model")) == has_xnnpack());
  CHECK(key != calibration_key({1, true}, "other"));
  runtime_options rested{1, true};
  rested.calibration_rest = std::chrono::milliseconds{1};
  CHECK(key != calibration_key(rested, "model"));
  CHECK_FALSE(load_calibration(path, key, 2));
  op_table table;
  table.ops = {{{1, 0.5}, {4, 1.5}}, {}};
  table.backends = {backend::xnnpack, backend::own};
  save_calibration(path, key, table);
  const auto loaded = load_calibration(path, key, 2);
  REQUIRE(loaded);
  CHECK(encode(*loaded) == encode(table));
  CHECK_FALSE(load_calibration(path, key + "!", 2));
  CHECK_FALSE(load_calibration(path, key, 3));
  auto bytes = read_file(path);
  bytes.resize(bytes.size() - 1);
  write_file_atomically(path, bytes);
  CHECK_FALSE(load_calibration(path, key, 2));
  table.ops[0][0].ms = std::nan("");
  save_calibration(path, key, table);
  CHECK_FALSE(load_calibration(path, key, 2));
}

TEST_CASE("a calibration tries every way in which plans divide an op") {
  graph_kit k{"one"};
  const auto g = k.finish({k.conv(k.input({1, 16, 8, 8}), 16, square(3, 1, 1))});
  const auto whole = extent(g.values[g.ops[0].outputs[0]]);
  int strips = 0, slices = 0, of_columns = 0, of_channels = 0;
  for (const auto& part : parts_to_try(g, g.ops[0])) {
    CHECK(whole.contains(part));
    CHECK_FALSE(part.empty());
    CHECK(part != whole);
    CHECK(part.channels.size() % defaults::channel_grain == 0);
    const bool rows = part.rows != whole.rows, columns = part.columns != whole.columns,
               channels = part.channels != whole.channels;
    strips += rows && !columns && !channels ? 1 : 0;
    slices += channels && !rows && !columns ? 1 : 0;
    of_columns += rows && columns ? 1 : 0;
    of_channels += rows && channels ? 1 : 0;
  }
  for (int kind : {strips, slices, of_columns, of_channels}) CHECK(kind >= 2);
}
