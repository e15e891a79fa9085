#include <array>
#include <cstdio>

#include "balancer/report/report.hpp"
#include "balancer/search/planner.hpp"
#include "config/base/files.hpp"
#include "config/defaults_load.hpp"
#include "console/bench.hpp"
#include "console/common.hpp"
#include "console/inputs.hpp"
#include "console/load_report.hpp"
#include "console/load_run.hpp"
#include "console/owner_report.hpp"
#include "console/status.hpp"
#include "console/terminal.hpp"
#include "console/verbs.hpp"
#include "model/graph/manifest.hpp"

namespace bramble {
namespace {

struct flags {
  client_flags client;
  std::string model;
  typed_inputs inputs;
  std::vector<std::string> methods{"one", "seed", "bramble"};
  std::string wire = "fp32";
  std::size_t runs = 5;
  int seconds = 0;
  bool json = false;
  std::string report;
  std::string load;
  std::string spread = "first";
  std::uint64_t seed = 1;
};

/// What the host's calibration says of the model, by kind of op.
std::array<kind_time, op_classes> host_times(node_client& client, const model_description& model) {
  const auto told = client.prepare({model.identity, model.name, client.status().self, true});
  const auto bundle = decode_manifest(told.manifest, "the manifest of " + model.name);
  if (told.table.ops.size() != bundle.model.ops.size())
    throw user_error("The node's times are of another model than " + model.name + ".");
  return times_by_kind(bundle.model, told.table);
}

void write_report(const flags& f, node_client& client, const model_description& model,
                  const bench_result& result) {
  const auto report = owner_report(result, host_times(client, model)).dump(2) + "\n";
  write_file_atomically(f.report, as_bytes(report));
  std::fprintf(stderr,
               "%s is written; it has no names or addresses. Compare it: "
               "scripts/bench --import %s\n",
               f.report.c_str(), f.report.c_str());
}

constexpr std::array spreads{"first", "round-robin", "shortest"};

/// Requests at random times, in place of one after the other.
void run_offered(const flags& f, const key_info& keys, const model_description& model) {
  load_order order;
  order.model = f.model;
  order.method = f.methods.size() == 1 ? f.methods.front() : "bramble";
  order.wire = parse_wire(f.wire);
  order.inputs =
      std::move(f.inputs.words.empty() ? noise_inputs(model) : load_inputs(model, f.inputs))
          .tensors;
  order.per_second = parse_load(f.load);
  order.length = std::chrono::seconds{f.seconds > 0 ? f.seconds : defaults::offered_seconds};
  order.seed = f.seed;
  order.spread = static_cast<request_spread>(std::find(spreads.begin(), spreads.end(), f.spread) -
                                             spreads.begin());
  order.hosts = f.client.nodes();
  const auto result = run_load(keys, order, show_progress);
  show_progress("");
  if (f.json)
    std::printf("%s\n", to_json(result).dump(2).c_str());
  else
    std::fputs(describe(result).c_str(), stdout);
  if (!result.failed.empty() || result.wrong > 0)
    throw user_error(std::to_string(result.failed.size()) + " requests failed and " +
                     std::to_string(result.wrong) + " answers were wrong.");
}

void run(const flags& f) {
  const auto keys = load_keys(f.client.common().paths().keys);
  node_client client{keys, f.client.nodes()};
  bench_order order;
  order.model = f.model;
  order.methods = f.methods;
  for (const auto& method : f.methods) from_flag([&] { check_method(method); });
  std::stable_partition(order.methods.begin(), order.methods.end(),
                        [](const std::string& method) { return method == "one"; });
  order.runs = f.runs;
  order.length = std::chrono::seconds{f.seconds};
  order.wire = parse_wire(f.wire);
  const auto model =
      with_progress("getting " + f.model + " here", [&] { return client.describe(f.model); });
  if (!f.load.empty()) return run_offered(f, keys, model);
  auto fed = f.inputs.words.empty() ? noise_inputs(model) : load_inputs(model, f.inputs);
  tell(fed.warnings);
  order.inputs = std::move(fed.tensors);
  const auto result = run_bench(client, order, show_progress);
  show_progress("");
  if (!f.report.empty()) write_report(f, client, model, result);
  if (f.json) {
    std::printf("%s\n", to_json(result).dump(2).c_str());
    return;
  }
  std::printf("%s\n", describe(result.shelf).c_str());
  for (const auto& each : result.methods)
    if (each.method == "bramble") std::printf("%s\n", report_text(each.used).c_str());
  std::fputs(describe(result).c_str(), stdout);
}

}  // namespace

void add_bench_verb(CLI::App& app) {
  auto* verb = app.add_subcommand("bench", "Compare one node, the seed scheme and Bramble");
  auto f = std::make_shared<flags>();
  f->client.add_to(*verb);
  verb->add_option("model", f->model, "Model name")->required();
  verb->add_option("--input", f->inputs.words,
                   "Photo or tensor, once for each input; seeded noise without")
      ->type_name("[NAME=]FILE")
      ->allow_extra_args(false);
  verb->add_option("--methods", f->methods,
                   "Any of one, seed, seed-exact, latency, pipeline, bramble")
      ->delimiter(',');
  verb->add_option("--runs", f->runs, "Timed runs of each method")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  verb->add_option("--seconds", f->seconds, "Rounds for so long, instead of --runs")
      ->check(CLI::Range(1, 86400));
  verb->add_option("--wire", f->wire, "How tensors travel")->capture_default_str();
  verb->add_flag("--json", f->json, "Print JSON");
  verb->add_option("--report", f->report,
                   "Also write what can be sent to those who describe devices: kinds of machines, "
                   "figures and times, no names or addresses")
      ->type_name("FILE.json");
  verb->add_option("--load", f->load,
                   "Offer so many requests a second at random times, of one method, and tell how "
                   "long answers take")
      ->type_name("N/s");
  verb->add_option(
          "--spread", f->spread,
          "With --load: to the first of the nodes given, to one after the other, or to the "
          "one that has fewest of these requests")
      ->check(CLI::IsMember({"first", "round-robin", "shortest"}))
      ->capture_default_str();
  verb->add_option("--seed", f->seed, "With --load: other times")->capture_default_str();
  verb->footer(
      example("bramble bench inception_v4 --runs 10 --methods one,seed,bramble --json\n"
              "  bramble bench inception_v4 --load 1.5/s --seconds 60"));
  verb->callback([f] { run(*f); });
}

}  // namespace bramble
