#include <cstdio>
#include <nlohmann/json.hpp>

#include "actors/client/node_client.hpp"
#include "config/base/files.hpp"
#include "config/parse.hpp"
#include "console/common.hpp"
#include "console/meaning_flags.hpp"
#include "console/model_list.hpp"
#include "console/model_show.hpp"
#include "console/status.hpp"
#include "console/terminal.hpp"
#include "console/verbs.hpp"
#include "model/store/store.hpp"

namespace bramble {
namespace {

struct flags {
  common_flags common;
  client_flags client;
  std::string name;
  std::string identity;
  std::string dot;
  meaning_flags means;
  bool calibration = false;
  bool json = false;
};

model_store store_of(const common_flags& f) {
  return model_store{f.paths().models};
}

/// What the living nodes have. Nothing, and a line about it, where no node answers: a home has its
/// models without a shelf, too.
std::optional<std::vector<held_model>> ask_shelf(const client_flags& f) {
  try {
    node_client client{load_keys(f.common().paths().keys), f.nodes()};
    return models_of(client.status());
  } catch (const user_error& e) {
    std::fprintf(stderr, "Only the models of this home are known: %s\n", e.what());
    return std::nullopt;
  }
}

void list(const flags& f) {
  const auto shelf = ask_shelf(f.client);
  const auto models =
      list_models(store_of(f.client.common()).list(), shelf.value_or(std::vector<held_model>{}));
  if (f.json)
    std::printf("%s\n", to_json(models, shelf.has_value()).dump(2).c_str());
  else if (models.empty())
    std::printf(
        "No models yet; type `bramble model build inception_v4` or `bramble model import "
        "FILE.pt --input 1x3x224x224`.\n");
  else
    std::fputs(fit_lines(describe(models)).c_str(), stdout);
}

void check_whole(const model_store& store, const std::string& identity) {
  if (const auto missing = store.missing_blobs(store.load(identity)).size(); missing > 0)
    throw user_error("The model " + short_identity(identity) + " lacks " + std::to_string(missing) +
                     " of its weights here; type this on a node that has it whole (`bramble model "
                     "list` tells which).");
}

/// Says what a name means, in the knowledge of what all nodes make of it: theirs are replaced.
/// False where it meant that already.
bool give_name(const model_store& store, const client_flags& client, const std::string& name,
               const std::string& identity) {
  auto held = of_name(name, ask_shelf(client).value_or(std::vector<held_model>{}));
  if (const auto mine = store.find_record(name)) held.push_back({"", {name, *mine}});
  if (meaning_of(name, held).identity == identity && store.find_record(name)) return false;
  std::vector<name_record> known;
  for (const auto& each : held)
    if (std::ranges::count(known, each.model.record) == 0) known.push_back(each.model.record);
  store.set_name(name, decide_name(identity, known));
  return true;
}

void use(const flags& f) {
  const auto store = store_of(f.client.common());
  model_store::check_name(f.name);
  const auto identity = store.resolve(f.identity);
  check_whole(store, identity);
  const auto* const what =
      give_name(store, f.client, f.name, identity)
          ? "%s means %s from now on; nodes where it meant another model follow by themselves.\n"
          : "%s means %s already.\n";
  std::printf(what, f.name.c_str(), short_identity(identity).c_str());
}

/// A model of the same weights that says something else of its photos and answers.
void set(const flags& f) {
  if (!f.means.any())
    throw usage_error("Say what is to be otherwise, as in `bramble model set " + f.name +
                      " --task detect`.");
  const auto store = store_of(f.client.common());
  if (!store.find_record(f.name))
    throw user_error("There is no model called " + quoted(f.name) +
                     " in this home; `bramble model list` shows those there are.");
  const auto before = store.resolve(f.name);
  check_whole(store, before);
  auto content = store.load(before);
  content.version = manifest::current_version;
  f.means.apply_to(content);
  check_use(content, {"--mean", "--std", "Model " + f.name,
                      f.means.labels_file().empty() ? "Model " + f.name : f.means.labels_file()});
  const auto identity = store.put_manifest(content);
  const bool changed = give_name(store, f.client, f.name, identity);
  const auto known = understand(content, f.name);
  if (f.json) {
    const nlohmann::json told{{"name", f.name},
                              {"identity", identity},
                              {"replaced", changed ? nlohmann::json(before) : nlohmann::json()},
                              {"task", name_of(known.what.task)}};
    std::printf("%s\n", told.dump(2).c_str());
    return;
  }
  std::printf(changed ? "%s is %s from now on, in place of %s; nodes follow by themselves.\n"
                      : "%s is %s already.\n",
              f.name.c_str(), short_identity(identity).c_str(), short_identity(before).c_str());
  if (const auto read = describe_reading(known, f.name); !read.empty())
    std::printf("Its answer is read as %s.\n", read.c_str());
  if (const auto photo = describe_photo(known, content); !photo.empty())
    std::printf("A photo becomes its input by %s.\n", photo.c_str());
}

void show(const flags& f) {
  const auto store = store_of(f.common);
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
  auto* verb = app.add_subcommand(
      "model", "Models of this home and its shelf: build, import, list, show, set, use, rm");
  verb->require_subcommand(1);
  verb->footer(example("bramble model import FILE.pt --input 1x3x224x224\n  bramble model list"));
  auto f = std::make_shared<flags>();

  auto* listing = verb->add_subcommand("list", "List the models, and which nodes have each");
  f->client.add_to(*listing);
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

  auto* naming =
      verb->add_subcommand("use", "Say which model a name means on the whole shelf, from now on");
  f->client.add_to(*naming);
  naming->add_option("name", f->name, "Name")->required();
  naming->add_option("model", f->identity, "Identity, or another name, of a model of this home")
      ->required();
  naming->footer(example("bramble model use googlenet 1a2b3c4d5e6f"));
  naming->callback([f] { use(*f); });

  auto* setting = verb->add_subcommand(
      "set", "Say what a model's photos and answers are; its weights stay as they are");
  f->client.add_to(*setting);
  setting->add_option("name", f->name, "Name")->required();
  f->means.add_to(*setting);
  setting->add_flag("--json", f->json, "Print JSON");
  setting->footer(
      example("bramble model set yolov8n --task detect --labels coco.txt\n"
              "  bramble model set deeplab --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225"));
  setting->callback([f] { set(*f); });

  auto* removal = verb->add_subcommand("rm", "Remove a model and the weights no other uses");
  f->common.add_to(*removal);
  removal->add_option("name", f->name, "Name")->required();
  removal->footer(example("bramble model rm inception_v4"));
  removal->callback([f] { store_of(f->common).remove(f->name); });

  // `build` and `import` need LibTorch: main hands them to bramble-engine before it parses. They
  // stand here for --help.
  verb->add_subcommand("build", "Build the built-in model: inception_v4");
  verb->add_subcommand("import", "Import a TorchScript file");
}

}  // namespace bramble
