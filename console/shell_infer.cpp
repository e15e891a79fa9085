// The command that asks about files of this machine.
#include <algorithm>
#include <filesystem>

#include "config/defaults_stream.hpp"
#include "config/format.hpp"
#include "console/infer_files.hpp"
#include "console/infer_report.hpp"
#include "console/shell.hpp"
#include "console/stop_flag.hpp"
#include "console/terminal.hpp"
#include "model/plan/method_pins.hpp"

namespace bramble {
namespace {

constexpr const char* infer_usage = "infer MODEL [NAME=]FILE... [METHOD] [--concurrency N]";

/// With what was to be told of the inputs in front.
told_answer read_of(const model_description& model, const infer_reply& reply,
                    const fed_inputs& fed) {
  reading how;
  how.labels = model.labels;
  auto out = read_reply(model, understand(model), reply.outputs, fed.placement(), how);
  out.warnings.insert(out.warnings.begin(), fed.warnings.begin(), fed.warnings.end());
  return out;
}

}  // namespace

void shell::add_infer_command() {
  commands_["infer"] = {infer_usage,
                        "run a model on photos or tensors of this machine, or on a folder of them",
                        "infer inception_v4 cat.jpg dog.jpg", [this](auto& w) { return infer(w); },
                        [this](auto& w) {
                          if (w.size() == 2) return models();
                          if (w.size() < 4) return std::vector<std::string>{};
                          auto out = plan_methods();
                          out.emplace_back("--concurrency");
                          return out;
                        }};
}

shell_answer shell::infer(arguments words) {
  const auto concurrency_text = take_option(words, "--concurrency");
  const auto concurrency = static_cast<std::size_t>(
      concurrency_text.empty()
          ? 1
          : parse_integer(concurrency_text, 1, defaults::stream_concurrency_most, "--concurrency"));
  need(words, 3, ~std::size_t{0}, infer_usage);
  const auto model =
      with_progress("getting " + words[1] + " here", [&] { return client_->describe(words[1]); });
  infer_request request;
  request.model = words[1];
  typed_inputs typed{{words.begin() + 2, words.end()}, {}};
  // A file may be called "one"; then it is not the method.
  if (const auto& last = words.back(); std::ranges::count(plan_methods(), last) != 0 &&
                                       words.size() > 3 && !std::filesystem::exists(last)) {
    request.method = last;
    typed.words.pop_back();
  }
  if (std::ranges::count(typed.words, "-") != 0)
    throw user_error(
        "In the console files are typed; `bramble infer MODEL -` reads paths from standard input.");
  if (model.inputs.size() == 1 && asks_about_many({}, typed))
    return infer_many(model, request, typed.words, concurrency);
  auto fed = load_inputs(model, typed);
  request.inputs = std::move(fed.tensors);
  const auto reply = with_progress("running", [&] { return client_->infer(request); });
  const auto read = read_of(model, reply, fed);
  std::string warnings;
  for (const auto& each : read.warnings) warnings += each + "\n";
  return {warnings + describe(model, reply, read.what),
          to_json(words[1], reply, read.what, read.warnings)};
}

/// A line a file as it is answered, an object a file in JSON.
shell_answer shell::infer_many(const model_description& model, const infer_request& terms,
                               const arguments& files, std::size_t concurrency) {
  const auto& input = model.inputs[0];
  auto found = expand(files, element_count(input.shape) * size_of(input.type));
  std::string text;
  if (found.skipped != 0)
    text += std::to_string(found.skipped) + (found.skipped == 1 ? " file is" : " files are") +
            " neither a picture nor a tensor and left out.\n";
  if (found.files.empty()) throw user_error(text + "There is no file to ask about.");
  const bool shows_now = print_ != nullptr && !as_json_;
  stop_flag stop;
  stream_work work;
  work.concurrency = std::min(concurrency, found.files.size());
  const auto total = found.files.size();
  auto json = nlohmann::json::array();
  std::size_t failed = 0, done = 0;
  listed_inputs source{std::move(found.files)};
  work.admit = [](const std::string&) { return std::string{}; };
  work.answer = [&](const std::string& file) {
    auto request = terms;
    auto fed = load_inputs(model, {{file}, {}});
    request.inputs = std::move(fed.tensors);
    const auto reply =
        ask_patiently([&] { return client_->infer(request); }, stop, [](const node_is_busy&) {});
    const auto read = read_of(model, reply, fed);
    auto told = to_json(terms.model, reply, read.what, read.warnings);
    told["file"] = file;
    return stream_result{
        file, as_json_ ? json_line(told) : describe_briefly(file, reply, read.what), {}};
  };
  work.fail = [&](const std::string& file, const std::exception& why) {
    auto told = failure_json(why);
    told["file"] = file;
    return stream_result{file, as_json_ ? json_line(told) : describe_failure(file, why.what()),
                         why.what()};
  };
  work.tell = [&](const stream_result* result) {
    if (stop_ != nullptr && stop_->raised()) stop.raise();
    if (result == nullptr) return;
    ++done;
    if (!result->failure.empty()) ++failed;
    if (as_json_)
      json.push_back(nlohmann::json::parse(result->line));
    else if (shows_now)
      say(std::exchange(text, {}) + result->line + "\n");
    else
      text += result->line + "\n";
  };
  const auto broken = run_stream(source, work, stop);
  if (!broken.empty()) throw user_error(broken);
  failed_ += failed;
  if (failed > 0) text += std::to_string(failed) + " of " + std::to_string(total) + " failed.\n";
  if (done < total) text += std::to_string(total - done) + " were not asked about any more.\n";
  return {text, json};
}

}  // namespace bramble
