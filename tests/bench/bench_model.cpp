#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "config/base/files.hpp"
#include "model/runtime/calibrate.hpp"
#include "model/runtime/clocks.hpp"
#include "model/runtime/node_run.hpp"
#include "model/store/store.hpp"

// One node's executor, told on standard input when to run: scripts/bench-model takes turns between
// this and another runtime.

namespace bramble {
namespace {

struct options {
  std::string store, model, input, output;
  int threads = 1;
  bool calibrate = false;
  bool steps = false;
};

std::shared_ptr<device_model> open(const options& given) {
  const model_store store{given.store};
  auto g = std::make_shared<const graph>(store.load(store.resolve(given.model)).model);
  runtime_options runtime;
  runtime.threads = given.threads;
  if (given.calibrate) {
    runtime.choices = std::make_shared<backend_choices>();
    device_model measured{g, zero_blobs(*g), runtime};
    calibrate(measured);
  }
  return std::make_shared<device_model>(
      g, [store](const std::string& sha256) { return map_file(store.blob_path(sha256)); }, runtime);
}

class bench {
 public:
  explicit bench(const options& given)
      : device_{open(given)},
        plan_{std::make_shared<const loaded_plan>(device_, whole_plan(device_->model(), "here"),
                                                  std::uint16_t{0})},
        step_ms_(plan_->steps().size(), 1e9) {
    const auto& g = plan_->model();
    if (g.inputs.size() != 1) throw user_error("Only models with one input can be compared.");
    const auto& value = g.values[g.inputs[0]];
    inputs_ = {{value.shape, value.type, read_file(given.input)}};
  }

  void write_output(const std::string& path) { write_file_atomically(path, infer()[0].bytes); }

  /// One line of JSON: wall and CPU time of each run.
  void run(int times) {
    std::vector<double> wall, cpu;
    for (int i = 0; i < times; ++i) {
      const stopwatch watch;
      const auto before = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
      infer();
      wall.push_back(watch.wall_ms());
      cpu.push_back(clock_ms(CLOCK_PROCESS_CPUTIME_ID) - before);
    }
    std::cout << nlohmann::json{{"wall_ms", wall}, {"cpu_ms", cpu}} << std::endl;
  }

  void print_steps() const {
    const auto& g = plan_->model();
    for (std::size_t i = 0; i < step_ms_.size(); ++i) {
      const auto id = plan_->steps()[i].op;
      const auto out = extent(g.values[g.ops[id].outputs[0]]);
      std::printf("%9.4f ms  %s %s %lldx%lldx%lld\n", step_ms_[i], name_of(device_->backend_of(id)),
                  describe_op(g, id).c_str(), static_cast<long long>(out.channels.size()),
                  static_cast<long long>(out.rows.size()),
                  static_cast<long long>(out.columns.size()));
    }
  }

 private:
  std::vector<host_tensor> infer() {
    node_run request{plan_, inputs_};
    request.start();
    while (const auto step = request.next())
      step_ms_[*step] = std::min(step_ms_[*step], request.execute(*step).took.wall_ms);
    return request.outputs();
  }

  std::shared_ptr<device_model> device_;
  std::shared_ptr<const loaded_plan> plan_;
  std::vector<host_tensor> inputs_;
  std::vector<double> step_ms_;
};

void serve(const options& given) {
  use_threads(given.threads);
  bench b{given};
  b.write_output(given.output);
  std::cout << "ready" << std::endl;
  int times = 0;
  while (std::cin >> times) b.run(times);
  if (given.steps) b.print_steps();
}

}  // namespace
}  // namespace bramble

int main(int argc, char** argv) {
  bramble::options given;
  CLI::App app{"Runs a model as often as each line on standard input says, and prints the times."};
  app.add_option("--store", given.store, "folder of the model store")->required();
  app.add_option("--model", given.model, "name in the store")->required();
  app.add_option("--input", given.input, "file of raw floats, NCHW")->required();
  app.add_option("--output", given.output, "file for the first output's raw floats")->required();
  app.add_option("--threads", given.threads, "of the executor")->capture_default_str();
  app.add_flag("--calibrate", given.calibrate, "choose backends first, as a node does");
  app.add_flag("--steps", given.steps, "print each op's shortest time at the end");
  CLI11_PARSE(app, argc, argv);
  try {
    bramble::serve(given);
  } catch (const bramble::user_error& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
  return 0;
}
