#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include <readline/history.h>
#include <readline/readline.h>
#include <unistd.h>

#include "console/common.hpp"
#include "console/shell.hpp"
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

void interactive(shell& s, const std::filesystem::path& history) {
  completing = &s;
  rl_readline_name = "bramble";
  rl_attempted_completion_function = complete;
  using_history();
  read_history(history.c_str());
  while (!s.wants_to_leave()) {
    char* typed = readline(s.prompt().c_str());
    if (typed == nullptr) break;  // Ctrl-D
    const std::string line{typed};
    std::free(typed);
    if (!line.empty()) add_history(line.c_str());
    std::fputs(s.execute(line).c_str(), stdout);
    std::fflush(stdout);
  }
  std::error_code ignored;  // a read-only home only loses the history
  std::filesystem::create_directories(history.parent_path(), ignored);
  stifle_history(1000);
  write_history(history.c_str());
}

void run(const client_flags& flags) {
  shell s{load_keys(flags.common().paths().keys), flags.nodes()};
  if (is_terminal(STDIN_FILENO)) {
    std::printf("%s", s.execute("nodes").c_str());
    std::printf("Type help for the commands, Tab to complete, Ctrl-D to leave.\n");
    return interactive(s, flags.common().paths().console_history);
  }
  for (std::string line; !s.wants_to_leave() && std::getline(std::cin, line);)
    std::fputs(s.execute(line).c_str(), stdout);
}

}  // namespace

void add_console_verb(CLI::App& app) {
  auto* verb = app.add_subcommand("console", "Talk to a node's actors interactively");
  auto flags = std::make_shared<client_flags>();
  flags->add_to(*verb);
  verb->footer(example("bramble console --node pi2.local\n  echo nodes | bramble console"));
  verb->callback([flags] { run(*flags); });
}

}  // namespace bramble
