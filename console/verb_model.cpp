#include <cstdio>
#include <nlohmann/json.hpp>

#include "console/common.hpp"
#include "console/terminal.hpp"
#include "console/verbs.hpp"
#include "model/graph/region.hpp"
#include "model/graph/store.hpp"

namespace bramble {
namespace {

struct flags {
  common_flags common;
  std::string name;
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
                     {"complete", m.complete}});
    std::printf("%s\n", out.dump(2).c_str());
    return;
  }
  if (models.empty()) {
    std::printf(
        "No models yet; type `bramble model build inception_v4` or `bramble model import "
        "FILE.pt --input 1x3x224x224`.\n");
    return;
  }
  std::vector<std::vector<std::string>> rows{{"model", "identity", "size"}};
  for (const auto& m : models)
    rows.push_back({m.name, m.identity.substr(0, 12),
                    megabytes(m.bytes) + (m.complete ? "" : " (incomplete)")});
  std::fputs(format_table(rows).c_str(), stdout);
}

void show(const flags& f) {
  const auto store = store_of(f);
  const auto identity = store.resolve(f.name);
  const auto m = store.load(identity);
  const auto& g = m.model;
  std::map<std::string, int> kinds;
  double splittable_macs = 0;
  std::uint64_t parameters = 0;
  for (std::size_t i = 0; i < g.ops.size(); ++i) {
    ++kinds[name_of(g.ops[i].kind)];
    if (splittable(g, g.ops[i])) splittable_macs += macs(g, static_cast<op_id>(i));
  }
  for (const auto& w : g.weights) parameters += element_count(w.shape);
  const auto total = total_macs(g);
  const auto share = total > 0 ? splittable_macs / total : 0;
  auto shapes = nlohmann::json::array();
  std::string inputs;
  for (auto id : g.inputs) {
    shapes.push_back(g.values[id].shape);
    inputs += (inputs.empty() ? "" : ", ") + format_shape(g.values[id].shape);
  }
  if (f.json) {
    std::printf("%s\n", nlohmann::json{{"name", f.name},
                                       {"identity", identity},
                                       {"inputs", shapes},
                                       {"gmacs", total / 1e9},
                                       {"parameters", parameters},
                                       {"splittable_share", share},
                                       {"ops", kinds},
                                       {"remark", m.remark}}
                            .dump(2)
                            .c_str());
    return;
  }
  std::printf("%s (%s)\ninput %s, %s GMAC, %s M parameters, %s %% of the MACs can be split\n",
              bold(f.name).c_str(), identity.substr(0, 12).c_str(), inputs.c_str(),
              fixed(total / 1e9, 2).c_str(),
              fixed(static_cast<double>(parameters) / 1e6, 2).c_str(),
              fixed(100 * share, 1).c_str());
  for (const auto& [kind, count] : kinds) std::printf("  %4d %s\n", count, kind.c_str());
  if (!m.remark.empty()) std::printf("%s\n", m.remark.c_str());
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
  one->add_flag("--json", f->json, "Print JSON");
  one->footer(example("bramble model show inception_v4"));
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
