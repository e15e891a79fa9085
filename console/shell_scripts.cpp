// Commands about commands: repeat, keep, carry out those of a file.
#include <unistd.h>

#include <fstream>

#include "config/base/files.hpp"
#include "config/format.hpp"
#include "console/changed_lines.hpp"
#include "console/shell.hpp"
#include "console/stop_flag.hpp"
#include "console/terminal.hpp"

namespace bramble {
namespace {

constexpr const char* watch_usage = "watch COMMAND [SECONDS] [--times N]";
constexpr std::size_t deepest_source = 8;  // a file that names itself ends here

double number_of(const std::string& text, const char* what) {
  std::size_t used = 0;
  double out = 0;
  try {
    out = std::stod(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (used != text.size() || out <= 0)
    throw user_error("\"" + text + "\" is no number of " + what + ".");
  return out;
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string::npos;
}

}  // namespace

void shell::add_script_commands() {
  commands_["watch"] = {watch_usage,
                        "repeat a command every so many seconds (2) until Ctrl-C, and show what "
                        "has changed",
                        "watch actors 1", [this](auto& w) { return watch(w); },
                        [this](auto& w) {
                          if (w.size() == 2) return names_of_commands();
                          std::string inner;
                          for (std::size_t i = 1; i + 1 < w.size(); ++i) inner += w[i] + " ";
                          return complete(inner + w.back());
                        }};
  commands_["save"] = {"save FILE", "write the commands that went well so far into a file",
                       "save incident.bramble", [this](auto& w) {
                         need(w, 2, 2, "save FILE");
                         return save(w[1]);
                       }};
  commands_["source"] = {"source FILE", "carry out the commands of a file, one a line",
                         "source incident.bramble", [this](auto& w) {
                           need(w, 2, 2, "source FILE");
                           return source(w[1]);
                         }};
}

shell_answer shell::watch(const arguments& typed) {
  auto words = typed;
  const auto times_text = take_option(words, "--times");
  double seconds = 2;
  if (words.size() > 2 && is_number(words.back())) {
    seconds = number_of(words.back(), "seconds");
    words.pop_back();
  }
  need(words, 2, ~std::size_t{0}, watch_usage);
  if (!print_) throw user_error("Here nothing can be watched; `bramble console` can.");
  if (words[1] == "watch") throw user_error("A watch watches a command, not another watch.");
  const double times = times_text.empty() ? 0 : number_of(times_text, "times");
  std::string command;
  for (std::size_t i = 1; i < words.size(); ++i) command += (i == 1 ? "" : " ") + words[i];
  const bool at_terminal = is_terminal(STDOUT_FILENO);
  std::string before;
  for (double done = 1;; ++done) {
    bool as_json = false;
    const auto now = run(command, as_json).text;
    const auto shown = with_changes_shown(before, now, !at_terminal);
    print_((at_terminal ? "\033[H\033[2J" : "") +
           dim(command + ", every " + fixed(seconds, seconds < 1 ? 1 : 0) + " s; Ctrl-C ends") +
           "\n" + fit_lines(shown));
    before = now;
    if (done == times ||
        stop_->wait_for(std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1000)}))
      return {};
  }
}

shell_answer shell::save(const std::string& file) {
  std::string text;
  for (const auto& each : typed_) text += each + "\n";
  write_file_atomically(file, as_bytes(text));
  const auto said = std::to_string(typed_.size()) + " commands are in " + file;
  return {said + "\n", {{"file", file}, {"commands", typed_.size()}}};
}

shell_answer shell::source(const std::string& file) {
  std::ifstream in{file};
  if (!in) throw user_error(file + " cannot be read; `save " + file + "` would write it.");
  if (sourced_ >= deepest_source)
    throw user_error(file + " is not carried out: files name each other without end.");
  ++sourced_;
  std::string out;
  const auto failed_before = failed_;
  for (std::string line; !leaving_ && std::getline(in, line);) out += execute_one(line);
  --sourced_;
  if (failed_ != failed_before)
    out += std::to_string(failed_ - failed_before) + " commands of " + file + " failed.\n";
  return {out};
}

}  // namespace bramble
