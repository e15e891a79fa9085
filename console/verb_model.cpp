#include <cstdio>
#include <nlohmann/json.hpp>

#include "config/base/files.hpp"
#include "console/common.hpp"
#include "console/model_show.hpp"
#include "console/terminal.hpp"
#include "console/verbs.hpp"
#include "model/graph/store.hpp"

namespace bramble {
namespace {

struct flags {
  common_flags common;
  std::string name;
  std::string dot;
  bool calibration = false;
  bool json = false;
};

model_store store_of(const flags& f) {
  return model_store{f.common.paths().models};
}

void list(const flags& f) {
  const auto models = store_of(f).list();
  if (f.json) {
    auto out = nlohmann::json::array();
    for (const auto& m : models)
      out.push_back({{"name", m.name},
                     {"identity", m.identity},
                     {"bytes", m.bytes},
                     {"complete", m.complete},
                     {"last_use", m.last_use ? nlohmann::json(iso_time(*m.last_use)) : nullptr},
                     {"in_use", m.in_use}});
    std::printf("%s\n", out.dump(2).c_str());
    return;
  }
  if (models.empty()) {
    std::printf(
        "No models yet; type `bramble model build inception_v4` or `bramble model import "
        "FILE.pt --input 1x3x224x224`.\n");
    return;
  }
  std::vector<std::vector<std::string>> rows{{"model", "identity", "size", "last use"}};
  for (const auto& m : models)
    rows.push_back({m.name, short_identity(m.identity),
                    megabytes(m.bytes) + (m.complete ? "" : " (incomplete)"),
                    m.in_use      ? "in use"
                    : !m.last_use ? "-"
                                  : age_text(std::chrono::system_clock::now() - *m.last_use)});
  std::fputs(format_table(rows).c_str(), stdout);
}

void show(const flags& f) {
  const auto store = store_of(f);
  model_shown shown;
  shown.name = f.name;
  shown.identity = store.resolve(f.name);
  shown.content = store.load(shown.identity);
  const auto& g = shown.content.model;
  shown.facts = facts_of(g);
  if (!f.dot.empty()) {
    const auto text = dot_text(g, shown.facts);
    if (f.dot == "-")
      std::fputs(text.c_str(), stdout);
    else
      write_file_atomically(f.dot, as_bytes(text));
    return;
  }
  shown.measured = newest_calibration(f.common.paths().calibration, shown.identity, g.ops.size());
  if (f.json)
    std::printf("%s\n", to_json(shown, f.calibration).dump(2).c_str());
  else
    std::fputs(describe(shown, f.calibration).c_str(), stdout);
}

}  // namespace

void add_model_verb(CLI::App& app) {
  auto* verb = app.add_subcommand("model", "Models of this home: build, import, list, show, rm");
  verb->require_subcommand(1);
  verb->footer(example("bramble model import FILE.pt --input 1x3x224x224\n  bramble model list"));
  auto f = std::make_shared<flags>();

  auto* listing = verb->add_subcommand("list", "List the models");
  f->common.add_to(*listing);
  listing->add_flag("--json", f->json, "Print JSON");
  listing->footer(example("bramble model list"));
  listing->callback([f] { list(*f); });

  auto* one = verb->add_subcommand("show", "Show one model");
  f->common.add_to(*one);
  one->add_option("name", f->name, "Name or identity")->required();
  auto* json = one->add_flag("--json", f->json, "Print JSON");
  auto* dot = one->add_option("--dot", f->dot, "Draw it for Graphviz; - is standard output")
                  ->type_name("FILE");
  auto* calibration =
      one->add_flag("--calibration", f->calibration, "Each op's measured times on this device");
  dot->excludes(json)->excludes(calibration);
  one->footer(
      example("bramble model show inception_v4\n"
              "  bramble model show inception_v4 --dot - | dot -Tsvg > inception_v4.svg"));
  one->callback([f] { show(*f); });

  auto* removal = verb->add_subcommand("rm", "Remove a model and the weights no other uses");
  f->common.add_to(*removal);
  removal->add_option("name", f->name, "Name")->required();
  removal->footer(example("bramble model rm inception_v4"));
  removal->callback([f] { store_of(*f).remove(f->name); });

  // `build` and `import` need LibTorch: main hands them to bramble-engine before it parses. They
  // stand here for --help.
  verb->add_subcommand("build", "Build the built-in model: inception_v4");
  verb->add_subcommand("import", "Import a TorchScript file");
}

}  // namespace bramble
