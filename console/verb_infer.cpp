#include <cstdio>

#include "config/base/files.hpp"
#include "console/common.hpp"
#include "console/gather_trace.hpp"
#include "console/infer_files.hpp"
#include "console/infer_report.hpp"
#include "console/infer_terms.hpp"
#include "console/inference.hpp"
#include "console/terminal.hpp"
#include "console/verbs.hpp"

namespace bramble {
namespace {

struct flags {
  client_flags client;
  std::string model;
  typed_inputs inputs;
  infer_terms terms;
  files_flags files;
  answer_style style;
  std::string labels;
  answer_files outputs;
  std::string trace;
};

/// Of the request that was just answered, unless somebody else's came in between.
void write_trace(const flags& f, const key_info& keys, node_client& client,
                 const model_description& model) {
  const auto text = trace_json(gather_trace(keys, client, f.model), graph_of(client, model));
  write_file_atomically(f.trace, as_bytes(text));
  std::fprintf(stderr, "%s is written: open it in https://ui.perfetto.dev\n", f.trace.c_str());
}

/// Somebody who reads JSON is told there as well; the sentence and the exit code follow.
infer_reply ask_once(const flags& f, node_client& client, const infer_request& request) {
  try {
    return with_progress("running " + f.model + " (a new model is fetched and measured first)",
                         [&] { return client.infer(request); });
  } catch (const node_is_busy& e) {
    if (f.style.json) std::printf("%s\n", json_text(failure_json(e)).c_str());
    throw;
  }
}

void answer_one(const flags& f, const key_info& keys, node_client& client, const files_job& job) {
  auto request = job.terms;
  const auto files = assign_files(job.model, f.inputs);
  f.outputs.check(job.model, job.known, files);
  auto fed = load_inputs(job.model, f.inputs);
  tell(fed.warnings);
  request.inputs = std::move(fed.tensors);
  job.outputs.keep(files);
  const auto reply = ask_once(f, client, request);
  if (!f.trace.empty()) write_trace(f, keys, client, job.model);
  auto read = read_reply(job.model, job.known, reply.outputs, fed.placement(), f.style.how);
  tell(read.warnings);
  auto written = job.outputs.write(files.empty() ? f.model : files[0], reply.outputs);
  for (const auto& each : f.outputs.write(job.model, read.what, reply.outputs, fed.photo))
    written.push_back(each);
  if (!f.style.json) {
    std::fputs(fit_lines(describe(job.model, reply, read.what, f.style.how.threshold)).c_str(),
               stdout);
    for (const auto& each : written) std::printf("%s is written\n", each.c_str());
    return;
  }
  read.warnings.insert(read.warnings.begin(), fed.warnings.begin(), fed.warnings.end());
  auto told = to_json(f.model, reply, read.what, read.warnings);
  told["tensors"] = tensors_json(job.model, reply.outputs);
  if (job.outputs.wanted() || f.outputs.wanted()) told["outputs"] = written;
  std::printf("%s\n", json_text(told).c_str());
}

[[noreturn]] void refuse_one_file(const answer_files& files) {
  if (!files.overlay.empty())
    throw usage_error("--overlay shows one photo's answer, and these are many; type one file.");
  throw usage_error("--output " + files.output +
                    " holds one answer, and these are many; type a folder, as in `--output DIR`.");
}

void run(const flags& typed) {
  auto f = typed;
  bool many = asks_about_many(f.files, f.inputs);
  const auto terms = f.terms.request(f.model);
  const auto in_folder = kind_of_output(f.outputs.output) == output_kind::folder;
  if (many && f.outputs.wanted()) refuse_one_file(f.outputs);
  output_files outputs{in_folder ? f.outputs.output : ""};
  const auto keys = load_keys(f.client.common().paths().keys);
  node_client client{keys, f.client.nodes()};
  const auto model =
      with_progress("getting " + f.model + " here", [&] { return client.describe(f.model); });
  const auto known = understand(model);
  f.style.how.labels = f.labels.empty() ? model.labels : read_labels(f.labels);
  if (!f.labels.empty()) check_labels(f.style.how.labels, known, f.labels);
  const files_job job{model, known, terms, f.style, outputs};
  if (model.inputs.size() != 1) {
    // Several words are a file for each input, and nothing else can be.
    if (many && f.inputs.words.size() < 2)
      throw usage_error("Model " + f.model + " takes " + text_of(model.inputs) +
                        ": a folder or a list of files is for models of one input; type a file "
                        "for each.");
    many = false;
  }
  if (!many) return answer_one(f, keys, client, job);
  if (!f.trace.empty())
    throw usage_error("--trace draws one request, and this is many; type one file.");
  infer_files(client, job, f.files, f.inputs.words);
}

}  // namespace

void add_infer_verb(CLI::App& app) {
  auto* verb = app.add_subcommand("infer", "Run a model on photos or tensors");
  auto f = std::make_shared<flags>();
  f->client.add_to(*verb);
  verb->add_option("model", f->model, "Model name")->required();
  verb->add_option("file", f->inputs.words,
                   "JPEG, PNG, PPM, .npy or raw elements. For a model of one input any number, a "
                   "folder (the pictures and tensors in it, by name) or - (a path a line on "
                   "standard input); for others a file for each input, in order")
      ->type_name("FILE|DIR|-");
  verb->add_option("--input", f->inputs.named, "A file for the input of that name")
      ->type_name("NAME=FILE")
      ->allow_extra_args(false);
  verb->add_option("--labels", f->labels,
                   "Class names, one a line (those that the model was imported with)")
      ->type_name("FILE");
  verb->add_option("--top", f->style.how.top, "How many classes to show")->capture_default_str();
  verb->add_option("--threshold", f->style.how.threshold,
                   "Of a detector: the score that a box has to have")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->type_name("SCORE");
  verb->add_option("--overlap", f->style.how.overlap,
                   "Of a detector: how far two boxes of one class may cover each other "
                   "(intersection over union)")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->type_name("SHARE");
  f->terms.add_to(*verb);
  f->files.add_to(*verb);
  verb->add_option(
          "--output", f->outputs.output,
          "Also write the answer: FILE.npy (of one output), FILE.npz (all, by name), FILE.json "
          "(few numbers), FILE.png (the photo with boxes, a mask, or the picture that it is); or a "
          "folder, with cat.npy for cat.jpg, cat_0.npy and so on for several outputs. Over files "
          "of earlier runs, never over an input or another's output")
      ->type_name("FILE|DIR");
  verb->add_option("--overlay", f->outputs.overlay,
                   "Also write the photo with the boxes or the mask on it")
      ->type_name("FILE.png");
  verb->add_flag("--json", f->style.json, "Print JSON; of many files one object a line");
  verb->add_option("--trace", f->trace,
                   "Also write who did what when, by all nodes' own records, for Perfetto")
      ->type_name("FILE.json");
  verb->footer(
      example("bramble infer inception_v4 cat.jpg --labels imagenet.txt\n"
              "  bramble infer yolov8n street.jpg --threshold 0.4 --output found.png\n"
              "  bramble infer deeplab street.jpg --output mask.png --overlay street-mask.png\n"
              "  bramble infer flow before.jpg after.jpg\n"
              "  bramble infer flow --input second=after.jpg --input first=before.jpg\n"
              "  bramble infer googlenet photos/ --concurrency 4 --output tensors/\n"
              "  find . -name '*.jpg' | bramble infer googlenet - --concurrency 4 --json\n"
              "  bramble infer googlenet --watch /home/pi/camera --wire auto --max-error 1e-3\n"
              "Exit code: 0 all answered, 1 something failed, 2 wrong usage, 75 the node has too "
              "much to do (try again later; of many files each is asked about again by itself), "
              "130 ended by Ctrl-C, when what was under way is answered."));
  verb->callback([f] { run(*f); });
}

}  // namespace bramble
