#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "config/parse.hpp"
#include "console/common.hpp"
#include "console/engine/verbs.hpp"
#include "console/meaning_flags.hpp"
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
  meaning_flags means;
  std::string most;
  std::uint32_t seed = 1;
  bool replace = false;
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

/// At a terminal the owner says; elsewhere nobody is there to say yes.
replace_question asking(const flags& f) {
  if (f.replace) return [](const std::string&, const std::string&) { return true; };
  if (!is_terminal(STDIN_FILENO) || !is_terminal(STDERR_FILENO)) return {};
  return [](const std::string& name, const std::string& there) {
    std::fprintf(stderr, "\r\033[KThe name %s belongs to another model (%s). Replace it? [y/N] ",
                 name.c_str(), short_identity(there).c_str());
    std::string typed;
    return std::getline(std::cin, typed) && (typed == "y" || typed == "Y" || typed == "yes");
  };
}

void print(const flags& f, const import_result& made) {
  for (const auto& name : made.dropped)
    std::fprintf(stderr, "The model %s was dropped to make room.\n", name.c_str());
  if (f.json) {
    std::printf("%s\n",
                nlohmann::json{{"name", made.name},
                               {"identity", made.identity},
                               {"ops", made.model.model.ops.size()},
                               {"weight_bytes", made.weight_bytes},
                               {"dropped", made.dropped},
                               {"was_there", made.was_there},
                               {"replaced", made.replaced.empty() ? nlohmann::json(nullptr)
                                                                  : nlohmann::json(made.replaced)},
                               {"task", name_of(understand(made.model, made.name).what.task)},
                               {"remark", made.model.remark}}
                    .dump(2)
                    .c_str());
    return;
  }
  const auto note = made.was_there          ? std::string{", already there"}
                    : made.replaced.empty() ? std::string{}
                                            : ", in place of " + short_identity(made.replaced);
  std::printf("%s (%s): %zu ops, %s of weights%s\n", made.name.c_str(),
              short_identity(made.identity).c_str(), made.model.model.ops.size(),
              megabytes(made.weight_bytes).c_str(), note.c_str());
  if (!made.model.remark.empty()) std::printf("%s\n", made.model.remark.c_str());
  const auto known = understand(made.model, made.name);
  if (const auto read = describe_reading(known, made.name); !read.empty())
    std::printf("Its answer is read as %s.\n", read.c_str());
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
                                       printing(printer), f.torchscript, asking(f));
  print(f, made);
}

void import(const flags& f) {
  import_request request;
  request.file = f.what;
  request.name = f.name;
  for (const auto& input : f.inputs)
    request.inputs.push_back(from_flag([&] { return parse_import_input(input); }));
  manifest said;
  f.means.apply_to(said);
  request.mean = said.mean;
  request.deviation = said.deviation;
  request.labels = said.labels;
  request.labels_file = f.means.labels_file();
  request.means = said.means;
  request.may_replace = asking(f);
  const auto store = prepare(f);
  stage_printer printer;
  print(f, import_torchscript(store, request, printing(printer)));
}

void add_replace(CLI::App& verb, flags& f) {
  verb.add_flag("--replace", f.replace,
                "Take the name from another model that has it, which stays under its identity");
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
  add_replace(*making, *f);
  add_max(*making, *f);
  making->add_flag("--json", f->json, "Print JSON");
  making->footer(example("bramble model build inception_v4 --seed 1"));
  making->callback([f] { build(*f); });

  auto* bringing = verb->add_subcommand("import", "Import a TorchScript or ONNX file");
  f->common.add_to(*bringing);
  bringing->add_option("file", f->what, "TorchScript or ONNX file")->required();
  bringing
      ->add_option("--input", f->inputs,
                   "Shape of each input, in order or by its name (images=1x3x640x640); its type "
                   "where it is no float32 (1x32:int64), a number that the model takes by its name "
                   "(sr=16000), values that decide shapes (sizes=[640,640]). Of an ONNX file only "
                   "what it leaves open")
      ->type_name("1x3x224x224");
  bringing->add_option("--name", f->name, "Name to keep it under (the file's)");
  f->means.add_to(*bringing);
  add_replace(*bringing, *f);
  add_max(*bringing, *f);
  bringing->add_flag("--json", f->json, "Print JSON");
  bringing->footer(
      example("bramble model import googlenet.pt --input 1x3x224x224 --labels imagenet.txt\n"
              "  bramble model import yolov8n.onnx --input images=1x3x640x640 --labels coco.txt\n"
              "  bramble model import deeplab.pt --input 1x3x512x512 --task segment "
              "--mean 0.485,0.456,0.406 --std 0.229,0.224,0.225"));
  bringing->callback([f] { import(*f); });
}

}  // namespace bramble
