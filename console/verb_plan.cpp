#include <cstdio>

#include "balancer/planner.hpp"
#include "balancer/report.hpp"
#include "balancer/timeline.hpp"
#include "config/base/files.hpp"
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
  bool explain = false;
  std::string svg;
  std::string trace;

  bool simulates() const { return explain || !svg.empty() || !trace.empty(); }
};

void write_text(const std::string& path, const std::string& text) {
  write_file_atomically(path, as_bytes(text));
  std::fprintf(stderr, "%s is written.\n", path.c_str());
}

void print(const flags& f, const plan& made, const std::string& more) {
  if (f.json)
    std::printf("%s\n", report_json(made).dump(2).c_str());
  else
    std::fputs((report_text(made) + more).c_str(), stdout);
}

/// A dry run: the model of this home or of a file, the shelf of a file, no node.
void run_dry(const flags& f) {
  const auto from = load_dry_run(f.client.common().paths().models, f.model, f.profile, f.cluster);
  plan_request request;
  request.method = f.method;
  request.wire = parse_wire(f.wire);
  auto made = make_plan(from.model, from.devices, request);
  made.model = from.name;
  made.identity = from.identity;
  if (!f.simulates()) return print(f, made, "");
  const cost_model cost{from.model, from.devices, request.wire};
  const auto t = timeline_of(made, cost);
  print(f, made, f.explain ? explain(t, made, cost) : "");
  if (!f.svg.empty()) write_text(f.svg, gantt_svg(t, made, cost));
  if (!f.trace.empty()) write_text(f.trace, trace_json(t, made, cost));
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

/// What the parser cannot know; exit code 2 like its own complaints.
void check_together(const flags& f) {
  if (f.model.empty() && f.profile.empty())
    throw CLI::RequiredError{"model (or --profile FILE.json)"};
  if (f.cluster.empty() && f.simulates())
    throw CLI::RequiresError{"--explain, --svg or --trace", "--cluster FILE.toml"};
  if (f.cluster.empty() && (!f.profile.empty() || f.model.ends_with(".json")))
    throw CLI::RequiresError{"a profile", "--cluster FILE.toml"};
}

void run(const flags& f) {
  check_together(f);
  if (f.cluster.empty())
    print(f, live(f), "");
  else
    run_dry(f);
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
  auto* json = verb->add_flag("--json", f->json, "Print JSON");
  verb->add_flag("--explain", f->explain, "Say why, stretch by stretch (dry runs)")->excludes(json);
  verb->add_option("--svg", f->svg, "Draw who computes, sends and waits when (dry runs)")
      ->type_name("FILE.svg");
  verb->add_option("--trace", f->trace, "Write the simulated run for Perfetto (dry runs)")
      ->type_name("FILE.json");
  verb->footer(
      example("bramble plan inception_v4 --cluster shelf.toml --explain --svg plan.svg\n"
              "  bramble plan --profile inception_v4_dag.json --cluster shelf.toml"));
  verb->callback([f] { run(*f); });
}

}  // namespace bramble
