#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "console/common.hpp"
#include "console/engine/verbs.hpp"
#include "console/terminal.hpp"
#include "model/import/import.hpp"
#include "model/runtime/memory.hpp"
#include "model/runtime/threads.hpp"

namespace bramble {
namespace {

struct flags {
  common_flags common;
  std::string what;
  std::string name;
  std::string torchscript;
  std::vector<std::string> inputs;
  std::vector<float> mean;
  std::vector<float> deviation;
  std::string most;
  std::uint32_t seed = 1;
  bool json = false;
};

/// A line per stage; on a terminal one line that changes.
class stage_printer {
 public:
  void operator()(const std::string& stage, double done) {
    if (is_terminal(STDERR_FILENO)) {
      std::fprintf(stderr, "\r\033[K%s %.0f %%", stage.c_str(), 100 * done);
    } else if (stage != last_) {
      std::fprintf(stderr, "%s ...\n", stage.c_str());
    }
    last_ = stage;
  }
  ~stage_printer() {
    if (!last_.empty() && is_terminal(STDERR_FILENO)) std::fprintf(stderr, "\r\033[K");
  }

 private:
  std::string last_;
};

import_progress printing(stage_printer& printer) {
  return [&printer](const std::string& stage, double done) { printer(stage, done); };
}

void print(const flags& f, const import_result& made) {
  for (const auto& name : made.dropped)
    std::fprintf(stderr, "The model %s was dropped to make room.\n", name.c_str());
  if (f.json) {
    std::printf("%s\n", nlohmann::json{{"name", made.name},
                                       {"identity", made.identity},
                                       {"ops", made.model.model.ops.size()},
                                       {"weight_bytes", made.weight_bytes},
                                       {"dropped", made.dropped},
                                       {"remark", made.model.remark}}
                            .dump(2)
                            .c_str());
    return;
  }
  std::printf("%s (%s): %zu ops, %s of weights\n", made.name.c_str(),
              made.identity.substr(0, 12).c_str(), made.model.model.ops.size(),
              megabytes(made.weight_bytes).c_str());
  if (!made.model.remark.empty()) std::printf("%s\n", made.model.remark.c_str());
}

model_store prepare(const flags& f) {
  prefer_small_peak();
  use_threads(static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
  const auto most_gb = f.most.empty()
                           ? f.common.options().models_max_gb
                           : from_flag([&] { return parse_models_max(f.most, "--max"); });
  return model_store{f.common.paths().models, bytes_of_gb(most_gb)};
}

void build(const flags& f) {
  if (f.what != "inception_v4")
    throw usage_error("There is no built-in model \"" + f.what +
                      "\"; type `bramble model build inception_v4`, or `bramble model import "
                      "FILE.pt --input SHAPE` for one of your own.");
  const auto store = prepare(f);
  stage_printer printer;
  const auto made = build_inception_v4(store, f.seed, f.name.empty() ? f.what : f.name,
                                       printing(printer), f.torchscript);
  print(f, made);
}

std::array<float, 3> three(const std::vector<float>& values, std::array<float, 3> otherwise) {
  if (values.empty()) return otherwise;
  return {values[0], values[1], values[2]};
}

void import(const flags& f) {
  import_request request;
  request.file = f.what;
  request.name = f.name;
  for (const auto& shape : f.inputs)
    request.shapes.push_back(from_flag([&] { return parse_shape(shape, "--input"); }));
  request.mean = three(f.mean, request.mean);
  request.deviation = three(f.deviation, request.deviation);
  const auto store = prepare(f);
  stage_printer printer;
  print(f, import_torchscript(store, request, printing(printer)));
}

void add_max(CLI::App& verb, flags& f) {
  verb.add_option("--max", f.most,
                  "What models may take on disk; the least recently used ones make room "
                  "(BRAMBLE_MODELS_MAX_GB; 8)")
      ->type_name("GB");
}

}  // namespace

void add_model_making_verbs(CLI::App& app) {
  auto* verb = app.add_subcommand("model", "Make models");
  verb->require_subcommand(1);
  auto f = std::make_shared<flags>();

  auto* making = verb->add_subcommand("build", "Build the built-in model: inception_v4");
  f->common.add_to(*making);
  making->add_option("model", f->what, "inception_v4")->required();
  making->add_option("--seed", f->seed, "Of the random weights")->capture_default_str();
  making->add_option("--name", f->name, "Name to keep it under");
  making->add_option("--torchscript", f->torchscript, "Also write it to this TorchScript file");
  add_max(*making, *f);
  making->add_flag("--json", f->json, "Print JSON");
  making->footer(example("bramble model build inception_v4 --seed 1"));
  making->callback([f] { build(*f); });

  auto* bringing = verb->add_subcommand("import", "Import a TorchScript file");
  f->common.add_to(*bringing);
  bringing->add_option("file", f->what, "TorchScript file")->required();
  bringing->add_option("--input", f->inputs, "Shape of each input, in order")
      ->required()
      ->type_name("1x3x224x224");
  bringing->add_option("--name", f->name, "Name to keep it under (the file's)");
  bringing->add_option("--mean", f->mean, "Subtracted from a photo's red, green, blue in 0..1")
      ->delimiter(',')
      ->expected(3);
  bringing->add_option("--std", f->deviation, "Divides a photo's red, green, blue")
      ->delimiter(',')
      ->expected(3)
      ->check(CLI::PositiveNumber);
  add_max(*bringing, *f);
  bringing->add_flag("--json", f->json, "Print JSON");
  bringing->footer(example("bramble model import googlenet.pt --input 1x3x224x224"));
  bringing->callback([f] { import(*f); });
}

}  // namespace bramble
