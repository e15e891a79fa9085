#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <string>
#include <vector>

#include "config/format.hpp"

namespace bramble {

/// Colour and motion are for terminals only; a pipe or file gets plain lines.
bool is_terminal(int fd);

std::string bold(const std::string& text);
std::string dim(const std::string& text);

/// Columns of the terminal that standard output is; 0 where it is none, and lines have no end.
std::size_t terminal_columns();

/// Left-aligned first column, right-aligned others; each as wide as its widest cell. A table that
/// is wider than `columns` (0: no limit) has cells in several lines, broken between words, or where
/// even that is too wide a block of lines for each row, with what its columns are called in front.
std::string format_table(const std::vector<std::vector<std::string>>& rows,
                         std::size_t columns = terminal_columns());

/// Lines longer than `columns` (0: no limit) broken between words; what follows is indented more.
std::string fit_lines(const std::string& text, std::size_t columns = terminal_columns());

/// "5.3 MB".
std::string megabytes(std::uint64_t bytes);

/// A line of progress on standard error: over the last one on a terminal. Empty: clears it there,
/// which whoever ends with an error does as well.
void show_progress(const std::string& line);

/// Returns when `done(limit)` (which waits at most `limit`) says true. From the second second on it
/// says on standard error what is being waited for: a line that counts on a terminal, one line in
/// all elsewhere.
void wait_with_progress(const std::string& label,
                        const std::function<bool(std::chrono::milliseconds)>& done);

/// The result of `work`, run on another thread while the wait is shown.
template <class Function>
auto with_progress(const std::string& label, Function&& work) {
  auto task = std::async(std::launch::async, std::forward<Function>(work));
  wait_with_progress(label, [&](std::chrono::milliseconds limit) {
    return task.wait_for(limit) == std::future_status::ready;
  });
  return task.get();
}

}  // namespace bramble
