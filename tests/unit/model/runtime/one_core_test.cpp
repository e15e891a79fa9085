#include <thread>

#include "model/runtime/clocks.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/executable_graph.hpp"
#include "tests/support/simulated_nodes.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

/// Products large enough for a BLAS to share out between threads.
executable_graph much_work() {
  graph_kit k{"products"};
  auto x = k.input({1, 512, 28, 28});
  for (int i = 0; i < 2; ++i) x = k.conv(x, 512, square(1));
  random_source random{2};
  return with_weights(k.finish({k.conv(x, 64, square(3, 1, 1))}), random);
}

/// How many cores the process used while `device` computed for a third of a second: its processor
/// time by the clock's, of one and the same run. What else the machine does makes it less.
double cores_used(const std::shared_ptr<device_model>& device) {
  random_source random{1};
  const auto inputs = random_inputs(random, device->model());
  run_whole(device, inputs);  // makes the kernels, and whatever threads there will be
  const stopwatch watch;
  const auto before = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
  while (watch.wall_ms() < 300) run_whole(device, inputs);
  return (clock_ms(CLOCK_PROCESS_CPUTIME_ID) - before) / watch.wall_ms();
}

}  // namespace

TEST_CASE("a node with one thread uses one core, whichever library computes") {
  const auto g = much_work();
  const auto by = GENERATE(backend::onednn, backend::xnnpack, backend::libtorch);
  INFO(name_of(by));
  double cores = 0;
  // A thread of its own, as in a node: what it sets must count although others set more before.
  use_threads(2);
  std::thread([&] {
    use_threads(1);
    cores = cores_used(std::make_shared<device_model>(
        g.model, g.loader(), runtime_options{1, by == backend::onednn, by == backend::xnnpack}));
  }).join();
  CHECK(cores > 0);
  CHECK(cores <= 1.1);
}
