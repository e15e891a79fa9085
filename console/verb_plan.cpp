#include <cstdio>

#include "balancer/report/report.hpp"
#include "balancer/report/sweep.hpp"
#include "balancer/report/undivided.hpp"
#include "balancer/search/planner.hpp"
#include "balancer/simulate/timeline.hpp"
#include "balancer/throughput/stream.hpp"
#include "config/base/files.hpp"
#include "config/defaults.hpp"
#include "config/defaults_load.hpp"
#include "console/common.hpp"
#include "console/dry_run.hpp"
#include "console/gather_trace.hpp"
#include "console/inference.hpp"
#include "console/live.hpp"
#include "console/load_report.hpp"
#include "console/shelf_load.hpp"
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
  bool live = false;
  bool where = false;
  std::string objective = "latency";
  std::optional<double> latency_limit_ms;
  std::string load;
  std::optional<std::size_t> clients;
  bool exact = false;
  double effort = 1;
  std::string svg;
  std::string trace;
  std::vector<std::string> sweep;

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
    std::fputs(fit_lines(report_text(made) + more).c_str(), stdout);
}

/// A dry run: the model of this home or of a file, the shelf of a file, no node.
void run_dry(const flags& f) {
  const auto from = load_dry_run(f.client.common().paths().models, f.model, f.profile, f.cluster);
  plan_request request;
  request.method = f.method;
  request.wire = parse_wire(f.wire);
  request.effort = f.effort;
  request.exact = f.exact;
  auto made = make_plan(from.model, from.devices, request);
  made.model = from.name;
  made.identity = from.identity;
  const cost_model cost{from.model, from.devices, request.wire};
  const auto host = from.devices.index_of(from.devices.host);
  const auto whole = undivided_text(undivided(cost, host));
  const auto held_back = whole.empty() ? "" : from.devices.host + " alone: " + whole + "\n";
  if (!f.simulates()) return print(f, made, held_back);
  const auto t = timeline_of(made, cost);
  print(f, made, held_back + (f.explain ? explain(t, made, cost) : ""));
  if (!f.svg.empty()) write_text(f.svg, gantt_svg(t, made, cost));
  if (!f.trace.empty()) write_text(f.trace, trace_json(t, made, cost));
}

/// A dry run for a stream of requests.
void run_stream(const flags& f) {
  const auto from = load_dry_run(f.client.common().paths().models, f.model, f.profile, f.cluster);
  stream_request request;
  request.wire = parse_wire(f.wire);
  request.latency_limit_ms = f.latency_limit_ms;
  const auto made = make_stream_plan(from.model, from.devices, request);
  if (f.json)
    std::printf("%s\n", report_json(made).dump(2).c_str());
  else
    std::fputs(fit_lines(report_text(made)).c_str(), stdout);
}

/// The same for as many requests as there are, not for as many as there can be.
void run_load(const flags& f) {
  offered_load load;
  if (!f.load.empty()) from_flag([&] { load.per_second = parse_load(f.load); });
  if (f.clients) load.clients = *f.clients;
  const auto from = load_dry_run(f.client.common().paths().models, f.model, f.profile, f.cluster);
  auto made = plan_load(from.model, from.devices, parse_wire(f.wire), f.effort, load);
  made.model = from.name;
  if (f.json)
    std::printf("%s\n", to_json(made).dump(2).c_str());
  else
    std::fputs(fit_lines(describe(made)).c_str(), stdout);
}

/// A shelf's own nodes, or as many equal ones as are asked for.
void run_sweep(const flags& f) {
  const auto axes = parse_sweep(f.sweep);
  const auto& models = f.client.common().paths().models;
  const auto from = f.cluster.empty() ? load_dry_run(models, f.model, f.profile, axes.nodes.back())
                                      : load_dry_run(models, f.model, f.profile, f.cluster);
  plan_request request;
  request.method = f.method;
  request.wire = parse_wire(f.wire);
  request.effort = f.effort;
  auto result = run_sweep(from.model, from.devices, request, axes, show_progress);
  show_progress("");
  result.model = from.name;
  if (f.json)
    std::printf("%s\n", sweep_json(result).dump(2).c_str());
  else
    std::printf(
        "%s by method %s, %s on the wire: speed-up, and in brackets what no plan exceeds\n%s",
        result.model.c_str(), f.method.c_str(), f.wire.c_str(),
        format_table(sweep_table(result)).c_str());
  if (!f.svg.empty()) write_text(f.svg, sweep_svg(result));
}

plan live(const flags& f) {
  plan_query query;
  query.model = f.model;
  query.method = f.method;
  query.wire = parse_wire(f.wire);
  query.exact = f.exact;
  node_client client{load_keys(f.client.common().paths().keys), f.client.nodes()};
  return with_progress("planning " + f.model + " (a new model is fetched and measured first)",
                       [&] { return client.make_plan(query); });
}

/// What that node works by now; no plan is made.
void show_live(const flags& f) {
  const auto keys = load_keys(f.client.common().paths().keys);
  node_client client{keys, f.client.nodes()};
  auto report = client.live();
  // What its coordinator says of the shelf; where that is out of reach, what it says itself.
  if (report.ways.empty() && !report.loads.empty())
    report.ways = ask_ways(keys, client.status()).ways;
  const auto other = [&](const auto& each) { return each.model != f.model; };
  if (!f.model.empty()) {
    std::erase_if(report.loads, other);
    std::erase_if(report.ways, other);
    std::erase_if(report.plans, [&](const live_plan& each) { return other(each.p); });
    std::erase_if(report.switches, other);
  }
  if (f.json)
    std::printf("%s\n", to_json(report).dump(2).c_str());
  else
    std::fputs(fit_lines(describe(report)).c_str(), stdout);
}

/// Where the time of the newest request of a model went.
void show_where(const flags& f) {
  const auto keys = load_keys(f.client.common().paths().keys);
  node_client client{keys, f.client.nodes()};
  const auto trace = gather_trace(keys, client, f.model);
  if (f.json)
    std::printf("%s\n", where_json(trace).dump(2).c_str());
  else
    std::fputs(fit_lines(describe_where(trace)).c_str(), stdout);
}

/// What the parser cannot know; exit code 2 like its own complaints.
void check_together(const flags& f) {
  if (f.where && f.model.empty()) throw CLI::RequiredError{"model (of which requests)"};
  if (f.live) return;
  if (f.model.empty() && f.profile.empty())
    throw CLI::RequiredError{"model (or --profile FILE.json)"};
  from_flag([&] { check_method(f.method); });
  const bool stream = f.objective == "throughput";
  if (f.latency_limit_ms && !stream)
    throw CLI::RequiresError{"--latency-limit", "--objective throughput"};
  if (stream && (f.cluster.empty() || !f.sweep.empty() || f.simulates() || f.method != "bramble"))
    throw CLI::ValidationError{"--objective throughput",
                               "needs --cluster FILE.toml, and goes with neither --sweep, "
                               "--explain, --svg, --trace nor another method"};
  const bool loaded = !f.load.empty() || f.clients.has_value();
  if (loaded && (f.cluster.empty() || !f.sweep.empty() || f.simulates() || stream || f.exact ||
                 f.method != "bramble"))
    throw CLI::ValidationError{"--load, --clients",
                               "need --cluster FILE.toml, and go with neither --sweep, --explain, "
                               "--svg, --trace, --exact nor another objective or method"};
  if (!f.sweep.empty()) return;
  if (f.cluster.empty() && f.simulates())
    throw CLI::RequiresError{"--explain, --svg or --trace", "--cluster FILE.toml"};
  if (f.cluster.empty() && (!f.profile.empty() || f.model.ends_with(".json")))
    throw CLI::RequiresError{"a profile", "--cluster FILE.toml"};
}

void run(const flags& f) {
  check_together(f);
  if (f.where)
    show_where(f);
  else if (f.live)
    show_live(f);
  else if (!f.load.empty() || f.clients)
    run_load(f);
  else if (f.objective == "throughput")
    run_stream(f);
  else if (!f.sweep.empty())
    run_sweep(f);
  else if (f.cluster.empty())
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
  auto* live = verb->add_flag("--live", f->live,
                              "The plans the node works by now, how they do and why they changed");
  verb->add_flag("--where", f->where,
                 "With --live: where the time of the newest request of the model went, by all "
                 "nodes' own records")
      ->needs(live);
  verb->add_option("--method", f->method, "one, seed, seed-exact, latency, pipeline or bramble")
      ->capture_default_str();
  verb->add_option("--objective", f->objective,
                   "latency of one request, or throughput of a stream of them (dry runs)")
      ->check(CLI::IsMember({"latency", "throughput"}))
      ->capture_default_str();
  verb->add_option("--latency-limit", f->latency_limit_ms,
                   "What a request of the stream may take at most")
      ->type_name("MS");
  verb->add_option("--load", f->load,
                   "How the shelf takes so many requests a second, and how long answers take then "
                   "(dry runs)")
      ->type_name("N/s");
  verb->add_option("--clients", f->clients,
                   "The same for so many clients, each of which asks again when it has its answer")
      ->check(CLI::Range(std::size_t{1}, defaults::way_requests_at_once))
      ->excludes(verb->get_option("--load"));
  verb->add_flag("--exact", f->exact,
                 "Only a plan whose answer has the bits that the host alone would give");
  verb->add_option("--wire", f->wire, "fp32, fp16 or int8 between nodes")->capture_default_str();
  verb->add_option("--effort", f->effort,
                   "How long to search (dry runs): 1 takes milliseconds, 10 gains a few per cent")
      ->check(CLI::Range(defaults::plan_effort_least, defaults::plan_effort_most))
      ->capture_default_str();
  auto* json = verb->add_flag("--json", f->json, "Print JSON");
  auto* explain = verb->add_flag("--explain", f->explain, "Say why, stretch by stretch (dry runs)")
                      ->excludes(json);
  verb->add_option("--svg", f->svg, "Draw who computes, sends and waits when (dry runs)")
      ->type_name("FILE.svg");
  auto* trace =
      verb->add_option("--trace", f->trace, "Write the simulated run for Perfetto (dry runs)")
          ->type_name("FILE.json");
  verb->add_option("--sweep", f->sweep,
                   "Speed-up over devices and bandwidth, with --svg as a plot; without --cluster "
                   "for equal nodes of 6 GMAC/s")
      ->type_name("nodes=1..8 rate=50,100,300,940")
      ->expected(1, 2)
      ->excludes(explain)
      ->excludes(trace)
      ->excludes(live);
  for (const char* dry : {"--cluster", "--profile", "--svg", "--trace", "--explain", "--load",
                          "--clients", "--exact"})
    live->excludes(verb->get_option(dry));
  verb->footer(
      example("bramble plan --live\n"
              "  bramble plan inception_v4 --live --where\n"
              "  bramble plan inception_v4 --cluster shelf.toml --explain --svg plan.svg\n"
              "  bramble plan --profile inception_v4_dag.json --cluster shelf.toml\n"
              "  bramble plan inception_v4 --sweep nodes=1..8 rate=100,940 --svg sweep.svg\n"
              "  bramble plan inception_v4 --cluster shelf.toml --objective throughput "
              "--latency-limit 800\n"
              "  bramble plan inception_v4 --cluster shelf.toml --load 3/s"));
  verb->callback([f] { run(*f); });
}

}  // namespace bramble
