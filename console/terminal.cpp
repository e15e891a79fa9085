#include "console/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace bramble {
namespace {

std::string styled(const char* code, const std::string& text) {
  if (!is_terminal(STDOUT_FILENO)) return text;
  return std::string{"\033["} + code + "m" + text + "\033[0m";
}

/// 0 where that is no terminal, or one that does not say.
std::size_t columns_of(int fd) {
  winsize size{};
  return is_terminal(fd) && ::ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/// Over the last line of progress. What went on in the next row could not be cleared any more.
void draw_progress(const std::string& line) {
  const auto columns = columns_of(STDERR_FILENO);
  const auto shown = columns == 0 ? line : line.substr(0, columns - 1);
  std::fprintf(stderr, "\r\033[K%s", shown.c_str());
}

}  // namespace

bool is_terminal(int fd) {
  return ::isatty(fd) == 1;
}

std::string bold(const std::string& text) {
  return styled("1", text);
}
std::string dim(const std::string& text) {
  return styled("2", text);
}

std::size_t terminal_columns() {
  return columns_of(STDOUT_FILENO);
}

std::string megabytes(std::uint64_t bytes) {
  return fixed(static_cast<double>(bytes) / 1e6, bytes < 10'000'000 ? 2 : 1) + " MB";
}

void show_progress(const std::string& line) {
  if (is_terminal(STDERR_FILENO))
    draw_progress(line);
  else if (!line.empty())
    std::fprintf(stderr, "%s\n", line.c_str());
}

void wait_with_progress(const std::string& label,
                        const std::function<bool(std::chrono::milliseconds)>& done) {
  using namespace std::chrono_literals;
  const auto begin = std::chrono::steady_clock::now();
  if (done(1000ms)) return;
  const bool moving = is_terminal(STDERR_FILENO);
  if (!moving) std::fprintf(stderr, "%s ...\n", label.c_str());
  do {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begin);
    if (moving) draw_progress(label + " ... " + std::to_string(seconds.count()) + " s");
  } while (!done(250ms));
  if (moving) draw_progress("");
}

}  // namespace bramble
