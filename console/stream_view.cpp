#include "console/stream_view.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "config/base/error.hpp"
#include "config/defaults_stream.hpp"
#include "console/infer_report.hpp"
#include "console/terminal.hpp"

namespace bramble {
namespace {

/// Sentences about a file often begin with it.
std::string told_of(const stream_result& failed) {
  const auto& why = failed.failure;
  return why.starts_with(failed.file) ? why : shown_path(failed.file) + ": " + why;
}

}  // namespace

stream_view::stream_view(std::optional<std::size_t> total)
    : progress_{total, std::chrono::steady_clock::now()}, moving_{is_terminal(STDERR_FILENO)} {}

void stream_view::draw() const {
  if (moving_) show_progress(progress_.line(std::chrono::steady_clock::now()));
}

void stream_view::tell(const stream_result* result) {
  const std::lock_guard lock{mutex_};
  if (result != nullptr) {
    progress_.finished(std::chrono::steady_clock::now(), !result->failure.empty());
    if (!result->failure.empty() && failures_.size() < defaults::stream_failures_listed)
      failures_.push_back(told_of(*result));
    // Both may be the same terminal.
    if (moving_) show_progress("");
    // At once: somebody may act upon each.
    if (std::fprintf(stdout, "%s\n", result->line.c_str()) < 0 || std::fflush(stdout) != 0)
      throw user_error(std::string{"Results cannot be written: "} + std::strerror(errno) + ".");
  }
  draw();
}

void stream_view::say(const std::string& line) {
  const std::lock_guard lock{mutex_};
  say_now(line);
}

void stream_view::say_busy(const node_is_busy& why) {
  const std::lock_guard lock{mutex_};
  const auto now = std::chrono::steady_clock::now();
  if (now < busy_until_) return;
  busy_until_ = now + why.after;
  say_now(std::string{why.what()} + " Asking again in " +
          fixed(static_cast<double>(why.after.count()) / 1000, 1) + " s.");
}

void stream_view::say_now(const std::string& line) const {
  if (moving_) show_progress("");
  std::fprintf(stderr, "%s\n", line.c_str());
  draw();
}

void stream_view::finish(bool stopped) {
  const std::lock_guard lock{mutex_};
  if (moving_) show_progress("");
  if (!failures_.empty()) std::fputs("Failed:\n", stderr);
  for (const auto& each : failures_) std::fprintf(stderr, "  %s\n", each.c_str());
  if (progress_.failed() > failures_.size())
    std::fprintf(stderr, "  and %zu more, told above\n", progress_.failed() - failures_.size());
  const auto summary = progress_.summary(std::chrono::steady_clock::now(), stopped);
  std::fprintf(stderr, "%s\n", summary.c_str());
}

}  // namespace bramble
