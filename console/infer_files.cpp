#include "console/infer_files.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "config/defaults_stream.hpp"
#include "console/folder_watch.hpp"
#include "console/infer_report.hpp"
#include "console/stream_view.hpp"

namespace bramble {
namespace {

/// A file, from its name to what is told of it.
class file_question {
 public:
  file_question(node_client& client, const files_job& job, const stop_flag& stop, stream_view& view)
      : client_{client}, job_{job}, stop_{stop}, view_{view} {}

  stream_result answer(const std::string& file) const {
    auto request = job_.terms;
    auto fed = load_inputs(job_.model, {{file}, {}});
    request.inputs = std::move(fed.tensors);
    const auto reply = ask_patiently([&] { return client_.infer(request); }, stop_,
                                     [this](const node_is_busy& e) { view_.say_busy(e); });
    const auto written = job_.outputs.write(file, reply.outputs);
    auto read = read_reply(job_.model, job_.known, reply.outputs, fed.placement(), job_.style.how);
    auto& warnings = read.warnings;
    warnings.insert(warnings.begin(), fed.warnings.begin(), fed.warnings.end());
    if (!job_.style.json) {
      for (const auto& each : warnings) view_.say(each);
      return {file, describe_briefly(file, reply, read.what), {}};
    }
    auto told = to_json(job_.terms.model, reply, read.what, warnings);
    told["file"] = file;
    told["tensors"] = tensors_json(job_.model, reply.outputs);
    if (job_.outputs.wanted()) told["outputs"] = written;
    return {file, json_line(told), {}};
  }

  stream_result fail(const std::string& file, const std::exception& why) const {
    if (!job_.style.json) return {file, describe_failure(file, why.what()), why.what()};
    auto told = failure_json(why);
    told["file"] = file;
    return {file, json_line(told), why.what()};
  }

 private:
  node_client& client_;
  const files_job& job_;
  const stop_flag& stop_;
  stream_view& view_;
};

std::unique_ptr<input_source> source_of(const files_flags& flags, const files_job& job,
                                        const std::vector<std::string>& words,
                                        const stop_flag& stop) {
  const auto& input = job.model.inputs[0];
  const auto raw_bytes = element_count(input.shape) * size_of(input.type);
  if (!flags.watch.empty()) {
    auto watch = std::make_unique<folder_watch>(flags.watch, raw_bytes, stop);
    std::fprintf(stderr, "Watching %s; Ctrl-C ends it.\n", shown_path(flags.watch).c_str());
    return watch;
  }
  if (words[0] == "-") return std::make_unique<typed_paths>(STDIN_FILENO, stop);
  auto found = expand(words, raw_bytes);
  if (found.skipped != 0)
    std::fprintf(stderr, "%zu %s neither a picture nor a tensor and left out.\n", found.skipped,
                 found.skipped == 1 ? "file is" : "files are");
  job.outputs.keep(found.files);
  return std::make_unique<listed_inputs>(std::move(found.files));
}

}  // namespace

void files_flags::add_to(CLI::App& verb) {
  verb.add_option("--concurrency", concurrency, "Requests under way at once, of many files")
      ->check(CLI::Range(1, defaults::stream_concurrency_most))
      ->type_name("N")
      ->capture_default_str();
  verb.add_flag("--unordered", unordered, "Results as they come, not in the order of the files");
  verb.add_option("--watch", watch,
                  "Answer each file that is written or moved to this folder from now on, until "
                  "Ctrl-C")
      ->type_name("DIR");
}

bool asks_about_many(const files_flags& flags, const typed_inputs& typed) {
  const auto& words = typed.words;
  if (!flags.watch.empty()) {
    if (!words.empty() || !typed.named.empty())
      throw usage_error("--watch names the folder that files come from; type no others.");
    return true;
  }
  if (std::ranges::count(words, "-") != 0) {
    if (words.size() > 1 || !typed.named.empty())
      throw usage_error("\"-\" means the paths on standard input; type no other files.");
    return true;
  }
  std::error_code ignored;
  return typed.named.empty() &&
         (words.size() > 1 ||
          (words.size() == 1 && std::filesystem::is_directory(words[0], ignored)));
}

void infer_files(node_client& client, const files_job& job, const files_flags& flags,
                 const std::vector<std::string>& words) {
  stop_flag stop;
  const stop_on_signals signals{stop};
  const auto source = source_of(flags, job, words, stop);
  stream_view view{source->total()};
  const file_question question{client, job, stop, view};
  stream_work work;
  work.concurrency = std::min(flags.concurrency, source->total().value_or(flags.concurrency));
  work.unordered = flags.unordered;
  work.admit = [&](const std::string& file) { return job.outputs.claim(file); };
  work.answer = [&](const std::string& file) { return question.answer(file); };
  work.fail = [&](const std::string& file, const std::exception& why) {
    return question.fail(file, why);
  };
  work.tell = [&](const stream_result* result) { view.tell(result); };
  const auto broken = run_stream(*source, work, stop);
  view.finish(stop.raised());
  if (!broken.empty()) std::fprintf(stderr, "bramble: %s\n", broken.c_str());
  if (signals.signal() != 0) throw CLI::RuntimeError(128 + signals.signal());
  if (!broken.empty() || view.has_failures()) throw CLI::RuntimeError(1);
}

}  // namespace bramble
