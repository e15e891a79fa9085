#include "model/runtime/calibrate.hpp"

#include <cmath>

#include "config/base/files.hpp"
#include "tests/catch.hpp"
#include "tests/small_graph.hpp"
#include "tests/temporary_folder.hpp"

using namespace bramble;
using namespace bramble::test;

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
  double sum = 0;
  for (const auto& samples : table.ops) sum += samples.back().ms;
  CHECK(whole_model_ms(table) == Approx(sum));
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
    CHECK(options.choices->find(likeness(*g.model, o)) == table.backends[id]);
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
