#include <cstdio>

#include "balancer/planner.hpp"
#include "balancer/report.hpp"
#include "console/common.hpp"
#include "console/dry_run.hpp"
#include "console/inference.hpp"
#include "console/terminal.hpp"
#include "console/verbs.hpp"

namespace bramble {
namespace {

struct flags {
  client_flags client;
  std::string model;
  std::string profile;
  std::string cluster;
  std::string method = "bramble";
  std::string wire = "fp32";
  bool json = false;
};

/// A dry run: the model of this home or of a file, the shelf of a file, no node.
plan plan_dry(const flags& f) {
  const auto from = load_dry_run(f.client.common().paths().models, f.model, f.profile, f.cluster);
  plan_request request;
  request.method = f.method;
  request.wire = parse_wire(f.wire);
  auto made = make_plan(from.model, from.devices, request);
  made.model = from.name;
  made.identity = from.identity;
  return made;
}

plan live(const flags& f) {
  plan_query query;
  query.model = f.model;
  query.method = f.method;
  query.wire = parse_wire(f.wire);
  node_client client{load_keys(f.client.common().paths().keys), f.client.node()};
  return with_progress("planning " + f.model + " (a new model is fetched and measured first)",
                       [&] { return client.make_plan(query); });
}

void check_together(const flags& f) {
  if (f.model.empty() && f.profile.empty())
    throw CLI::RequiredError{"model (or --profile FILE.json)"};
  if (f.cluster.empty() && (!f.profile.empty() || f.model.ends_with(".json")))
    throw CLI::RequiresError{"a profile", "--cluster FILE.toml"};
}

void run(const flags& f) {
  check_together(f);
  const auto made = f.cluster.empty() ? live(f) : plan_dry(f);
  if (f.json)
    std::printf("%s\n", report_json(made).dump(2).c_str());
  else
    std::fputs(report_text(made).c_str(), stdout);
}

}  // namespace

void add_plan_verb(CLI::App& app) {
  auto* verb = app.add_subcommand("plan", "Show which node would make what, and how fast");
  auto f = std::make_shared<flags>();
  f->client.add_to(*verb);
  verb->add_option("model", f->model, "Model name, or a profile's path (FILE.json)");
  verb->add_option("--cluster", f->cluster, "Plan for the shelf of this file; no node is asked")
      ->type_name("FILE.toml");
  verb->add_option("--profile", f->profile,
                   "Measured op times (dry runs): the model where none is named, and the costs of "
                   "nodes with a gmacs figure only")
      ->type_name("FILE.json");
  verb->add_option("--method", f->method, "one, seed, seed-exact or bramble")
      ->capture_default_str();
  verb->add_option("--wire", f->wire, "How tensors travel")->capture_default_str();
  verb->add_flag("--json", f->json, "Print JSON");
  verb->footer(example("bramble plan inception_v4 --cluster shelf.toml"));
  verb->callback([f] { run(*f); });
}

}  // namespace bramble
