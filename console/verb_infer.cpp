#include <cstdio>

#include "balancer/search/planner.hpp"
#include "config/base/files.hpp"
#include "console/common.hpp"
#include "console/gather_trace.hpp"
#include "console/infer_report.hpp"
#include "console/inference.hpp"
#include "console/inputs.hpp"
#include "console/terminal.hpp"
#include "console/verbs.hpp"

namespace bramble {
namespace {

struct flags {
  client_flags client;
  std::string model;
  typed_inputs inputs;
  std::string labels;
  std::string method = "bramble";
  std::string wire = "fp32";
  std::size_t top = 5;
  bool json = false;
  std::string trace;
};

/// Of the request that was just answered, unless somebody else's came in between.
void write_trace(const flags& f, const key_info& keys, node_client& client,
                 const model_description& model) {
  const auto text = trace_json(gather_trace(keys, client, f.model), graph_of(client, model));
  write_file_atomically(f.trace, as_bytes(text));
  std::fprintf(stderr, "%s is written: open it in https://ui.perfetto.dev\n", f.trace.c_str());
}

void run(const flags& f) {
  const auto labels = f.labels.empty() ? std::nullopt : std::optional{read_labels(f.labels)};
  const auto wire = parse_wire(f.wire);
  from_flag([&] { check_method(f.method); });
  const auto keys = load_keys(f.client.common().paths().keys);
  node_client client{keys, f.client.nodes()};
  const auto model =
      with_progress("getting " + f.model + " here", [&] { return client.describe(f.model); });
  infer_request request;
  request.model = f.model;
  request.method = f.method;
  request.wire = wire;
  auto fed = load_inputs(model, f.inputs);
  tell(fed.warnings);
  request.inputs = std::move(fed.tensors);
  const auto reply =
      with_progress("running " + f.model + " (a new model is fetched and measured first)",
                    [&] { return client.infer(request); });
  if (!f.trace.empty()) write_trace(f, keys, client, model);
  const auto top = best_classes(reply, f.top, labels.value_or(model.labels));
  if (f.json)
    std::printf("%s\n", to_json(f.model, reply, top, fed.warnings).dump(2).c_str());
  else
    std::fputs(fit_lines(describe(model, reply, top)).c_str(), stdout);
}

}  // namespace

void add_infer_verb(CLI::App& app) {
  auto* verb = app.add_subcommand("infer", "Run a model on a photo or tensor");
  auto f = std::make_shared<flags>();
  f->client.add_to(*verb);
  verb->add_option("model", f->model, "Model name")->required();
  verb->add_option("file", f->inputs.words,
                   "JPEG, PNG, PPM, .npy or raw elements: a file for each input, in order");
  verb->add_option("--input", f->inputs.named, "A file for the input of that name")
      ->type_name("NAME=FILE")
      ->allow_extra_args(false);
  verb->add_option("--labels", f->labels,
                   "Class names, one a line (those that the model was imported with)")
      ->type_name("FILE");
  verb->add_option("--top", f->top, "How many classes to show")->capture_default_str();
  verb->add_option("--method", f->method, "one, seed, seed-exact or bramble")
      ->capture_default_str();
  verb->add_option("--wire", f->wire, "How tensors travel")->capture_default_str();
  verb->add_flag("--json", f->json, "Print JSON");
  verb->add_option("--trace", f->trace,
                   "Also write who did what when, by all nodes' own records, for Perfetto")
      ->type_name("FILE.json");
  verb->footer(
      example("bramble infer inception_v4 cat.jpg --labels imagenet.txt\n"
              "  bramble infer flow before.jpg after.jpg\n"
              "  bramble infer flow --input second=after.jpg --input first=before.jpg"));
  verb->callback([f] { run(*f); });
}

}  // namespace bramble
