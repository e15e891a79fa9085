#include "console/terminal.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace bramble {
namespace {

std::string styled(const char* code, const std::string& text) {
  if (!is_terminal(STDOUT_FILENO)) return text;
  return std::string{"\033["} + code + "m" + text + "\033[0m";
}

/// Columns a text takes on a terminal: UTF-8 continuation bytes and styles take none.
std::size_t width(const std::string& text) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\033')
      while (i < text.size() && text[i] != 'm') ++i;
    else if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U)
      ++columns;
  }
  return columns;
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

std::string format_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string pad(widths[i] - width(row[i]), ' ');
      line += (i == 0 ? "" : "  ") + (i == 0 ? row[i] + pad : pad + row[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string megabytes(std::uint64_t bytes) {
  return fixed(static_cast<double>(bytes) / 1e6, bytes < 10'000'000 ? 2 : 1) + " MB";
}

void show_progress(const std::string& line) {
  if (is_terminal(STDERR_FILENO))
    std::fprintf(stderr, "\r\033[K%s", line.c_str());
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
    if (moving)
      std::fprintf(stderr, "\r\033[K%s ... %lld s", label.c_str(),
                   static_cast<long long>(seconds.count()));
  } while (!done(250ms));
  if (moving) std::fprintf(stderr, "\r\033[K");
}

}  // namespace bramble
