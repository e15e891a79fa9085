#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <optional>
#include <sstream>

#include <readline/history.h>
#include <readline/readline.h>
#include <unistd.h>

#include "console/common.hpp"
#include "console/shell.hpp"
#include "console/stop_flag.hpp"
#include "console/terminal.hpp"
#include "console/verbs.hpp"

namespace bramble {
namespace {

/// readline completes through plain functions; there is one console in a process.
shell* completing = nullptr;

char** complete(const char*, int start, int end) {
  rl_attempted_completion_over = 0;
  const std::string line(rl_line_buffer, static_cast<std::size_t>(end));
  const auto options = completing->complete(line);
  if (options.empty()) return nullptr;  // falls back to file names, which `infer` wants
  rl_attempted_completion_over = 1;
  static std::vector<std::string> current;
  current = options;
  return rl_completion_matches(rl_line_buffer + start, [](const char*, int index) -> char* {
    return static_cast<std::size_t>(index) < current.size()
               ? ::strdup(current[static_cast<std::size_t>(index)].c_str())
               : nullptr;
  });
}

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

/// A question to who sits at the terminal; Ctrl-C is a no.
bool ask(const std::string& question, const stop_flag& stop) {
  print(question + " (yes/no) ");
  std::string answer;
  if (!stop.wait_for_file(STDIN_FILENO) || !std::getline(std::cin, answer)) return false;
  return answer == "yes" || answer == "y";
}

/// Ctrl-C ends a command that goes on by itself, and any other one at the second time.
std::string execute(shell& s, const std::string& line, bool is_typed = false) {
  stop_flag stop;
  const stop_on_signals signals{stop};
  s.let_go_on(print, stop);
  if (is_typed) s.let_ask([&](const std::string& question) { return ask(question, stop); });
  return s.execute(line);
}

/// Ctrl-C while a line is typed gives up that line.
volatile std::sig_atomic_t interrupted = 0;

int give_up_line() {
  if (interrupted == 0) return 0;
  interrupted = 0;
  rl_replace_line("", 0);
  rl_crlf();
  rl_on_new_line();
  rl_redisplay();
  return 0;
}

/// A line typed, without its end; empty: the input has ended.
std::optional<std::string> read_typed(const std::string& prompt) {
  std::signal(SIGINT, [](int) { interrupted = 1; });
  char* typed = readline(prompt.c_str());
  std::signal(SIGINT, SIG_DFL);
  if (typed == nullptr) return std::nullopt;
  std::string line{typed};
  std::free(typed);
  return line;
}

/// In the file at once, however the console ends; a read-only home only loses the history.
void remember(const std::string& line, const std::filesystem::path& history) {
  add_history(line.c_str());
  if (append_history(1, history.c_str()) == 0) return;
  std::error_code ignored;
  std::filesystem::create_directories(history.parent_path(), ignored);
  write_history(history.c_str());
}

void interactive(shell& s, const std::filesystem::path& history) {
  constexpr int remembered = 1000;
  completing = &s;
  rl_readline_name = "bramble";
  rl_attempted_completion_function = complete;
  // Asked after a signal, and ten times a second: one that comes while a key is worked on
  // interrupts no waiting.
  rl_event_hook = give_up_line;
  using_history();
  read_history(history.c_str());
  while (!s.wants_to_leave()) {
    const auto line = read_typed(s.prompt());
    if (!line) break;  // Ctrl-D
    if (!line->empty()) remember(*line, history);
    print(fit_lines(execute(s, *line, true)));
  }
  history_truncate_file(history.c_str(), remembered);
}

/// Each line is tried, whatever became of the one before; a script that went wrong says so.
void run_script(shell& s, std::istream& lines) {
  std::size_t failed = 0;
  for (std::string line; !s.wants_to_leave() && std::getline(lines, line);) {
    print(execute(s, line));
    failed += s.failed();
  }
  if (failed == 1) throw user_error("A command of the script failed; see above.");
  if (failed > 1)
    throw user_error(std::to_string(failed) + " commands of the script failed; see above.");
}

void run(const client_flags& flags, const std::optional<std::string>& commands) {
  shell s{load_keys(flags.common().paths().keys), flags.nodes()};
  if (commands) {
    std::istringstream lines{*commands};
    return run_script(s, lines);
  }
  if (is_terminal(STDIN_FILENO)) {
    print(s.execute("nodes"));
    print("Type help for the commands, Tab to complete, Ctrl-D to leave.\n");
    return interactive(s, flags.common().paths().console_history);
  }
  run_script(s, std::cin);
}

}  // namespace

void add_console_verb(CLI::App& app) {
  auto* verb = app.add_subcommand("console", "Talk to a node's actors interactively");
  auto flags = std::make_shared<client_flags>();
  auto commands = std::make_shared<std::optional<std::string>>();
  flags->add_to(*verb);
  verb->add_option("-c,--command", *commands, "Carry these out, divided by ;, and end")
      ->type_name("COMMANDS");
  verb->footer(
      example("bramble console --node pi2.local\n  bramble console -c 'actors; plan'\n  echo nodes "
              "| bramble console"));
  verb->callback([flags, commands] { run(*flags, *commands); });
}

}  // namespace bramble
