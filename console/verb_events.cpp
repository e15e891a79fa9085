#include <cstdio>

#include "console/common.hpp"
#include "console/events.hpp"
#include "console/infer_report.hpp"
#include "console/stop_flag.hpp"
#include "console/terminal.hpp"
#include "console/verbs.hpp"

namespace bramble {
namespace {

struct flags {
  client_flags client;
  std::string since;
  std::string kind;
  bool follow = false;
  bool json = false;
};

/// JSON: a line for each, so that they can be followed.
void print(const std::vector<merged_event>& events, bool json) {
  for (const auto& each : events)
    std::fputs(json ? (json_line(to_json(each)) + "\n").c_str() : fit_lines(describe(each)).c_str(),
               stdout);
  std::fflush(stdout);
}

void run(const flags& f) {
  from_flag([&] { check_event_kind(f.kind); });
  const auto since = from_flag([&] { return since_of(f.since); });
  const auto keys = load_keys(f.client.common().paths().keys);
  node_client client{keys, f.client.nodes()};
  event_gatherer all{keys, client};
  print(all.gather(since, f.kind), f.json);
  for (const auto& each : all.silent())
    std::fprintf(stderr, "%s does not answer: what it noted is missing\n", each.c_str());
  if (!f.follow) return;
  stop_flag stop;
  const stop_on_signals signals{stop};
  while (!stop.wait_for(std::chrono::seconds{1})) print(all.gather(since, f.kind), f.json);
}

}  // namespace

void add_events_verb(CLI::App& app) {
  auto* verb = app.add_subcommand("events", "Show what has happened to the cluster, node by node");
  auto f = std::make_shared<flags>();
  f->client.add_to(*verb);
  verb->add_option("--since", f->since, "Only of so long: 90s, 10m, 3h, 2d")->type_name("SPAN");
  verb->add_option("--kind", f->kind,
                   "joined, left, failed, plan, review, link, device, request, certificate, "
                   "warning or change")
      ->type_name("KIND");
  verb->add_flag("--follow", f->follow, "Go on with what happens, until Ctrl-C");
  verb->add_flag("--json", f->json, "Print JSON, a line for each event");
  verb->footer(example("bramble events --since 10m --kind plan\n  bramble events --follow"));
  verb->callback([f] { run(*f); });
}

}  // namespace bramble
