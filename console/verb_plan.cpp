#include <cstdio>

#include "balancer/planner.hpp"
#include "balancer/report.hpp"
#include "console/common.hpp"
#include "console/inference.hpp"
#include "console/terminal.hpp"
#include "console/verbs.hpp"
#include "model/graph/store.hpp"

namespace bramble {
namespace {

struct flags {
  client_flags client;
  std::string model;
  std::string cluster;
  std::string method = "bramble";
  std::string wire = "fp32";
  bool json = false;
};

/// A dry run: the model of this home, the shelf of a file, no node.
plan dry_run(const flags& f) {
  const model_store store{f.client.common().paths().models};
  const auto identity = store.resolve(f.model);
  const auto devices = read_shelf(f.cluster);
  const auto model = store.load(identity).model;
  plan_request request;
  request.method = f.method;
  request.wire = parse_wire(f.wire);
  auto made = make_plan(model, devices, request);
  made.model = f.model;
  made.identity = identity;
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

void run(const flags& f) {
  const auto made = f.cluster.empty() ? live(f) : dry_run(f);
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
  verb->add_option("model", f->model, "Model name")->required();
  verb->add_option("--cluster", f->cluster, "Plan for the shelf of this file; no node is asked")
      ->type_name("FILE.toml");
  verb->add_option("--method", f->method, "one, seed, seed-exact or bramble")
      ->capture_default_str();
  verb->add_option("--wire", f->wire, "How tensors travel")->capture_default_str();
  verb->add_flag("--json", f->json, "Print JSON");
  verb->footer(example("bramble plan inception_v4 --cluster shelf.toml"));
  verb->callback([f] { run(*f); });
}

}  // namespace bramble
